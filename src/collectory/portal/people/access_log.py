"""The access log: who signed in, took on another role, looked at or took out whose data, or changed whose access."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from collectory.portal.people.models import AccessLog, Membership, Organisation, User


class Action(StrEnum):
    """What is written down beside the acts on returns (people/permissions.py) and the downloads."""

    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    SWITCHED = "took another role"
    FACTOR_ADDED = "second factor added"
    FACTOR_REMOVED = "second factor removed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    INVITED = "invited"
    ACCEPTED = "invitation accepted"
    CANCELLED = "invitation withdrawn"
    ROLE_CHANGED = "role changed"
    ARCHIVED = "archived"
    REACTIVATED = "re-activated"
    HANDED_ON = "approver right handed on"
    FACTOR_RESET = "second factor reset"
    LINK_SENT = "link for a new password sent"
    ADDRESS_CHANGED = "e-mail address changed"
    LOG_DOWNLOADED = "access log downloaded"
    CASES_LISTED = "listed cases"
    CASES_DOWNLOADED = "list of cases downloaded"


SHOWN = {
    "look": "looked at a return",
    "export": "exported a return",
    "upload": "loaded a file",
    "edit": "edited a return",
    "note": "wrote a note",
    "submit": "submitted a return",
    "withdraw": "withdrew a submission",
    "delete": "deleted data",
    "approve": "approved a return",
    "reject": "rejected a return",
    "ok": "OK'd a finding",
    "authorise": "authorised a return",
    "reopen": "reopened a return",
    "look case": "looked at a case",
    "settle case": "acted in a case",
    "decide case": "decided in a case",
}


def shown(action: str) -> str:
    """An action in words; acts on returns are kept by their short name."""
    return SHOWN.get(action, action)


def of_return(data_return: Any) -> str:
    """A return as the log names it."""
    return f"{data_return.collection.slug} {data_return.organisation.native_id}"


def about_person(user: User, action: Action, subject: str = "") -> None:
    """What somebody did with their own account: a line for each organisation that they act for, at least one."""
    organisations = Membership.objects.active().filter(user=user).values_list("organisation", flat=True)
    AccessLog.objects.bulk_create(
        AccessLog(user=user, organisation_id=number, action=action.value, subject=subject)
        for number in dict.fromkeys(organisations.order_by()) or [None]
    )


def failed_sign_in(username: str, subject: str = "") -> None:
    """An attempt that failed; what was typed is not kept, for it may be a password."""
    if user := User.objects.filter(username__iexact=username).first():
        about_person(user, Action.SIGN_IN_FAILED, subject)
    else:
        AccessLog.objects.create(action=Action.SIGN_IN_FAILED.value, subject="no such user name")


def people_changed(
    by: Membership, action: Action, organisation: Organisation, person: User | None, subject: str = ""
) -> None:
    """What an approver or administrator did with somebody's access to an organisation."""
    AccessLog.objects.create(
        user_id=by.user_id,
        organisation_id=by.organisation_id,
        about=organisation,
        person=person,
        action=action.value,
        subject=subject,
    )


def done_by(membership: Membership, action: str, subject: Any, about: Organisation | None = None) -> None:
    """What somebody did in the role they act in."""
    AccessLog.objects.create(
        user_id=membership.user_id,
        organisation_id=membership.organisation_id,
        about=about or membership.organisation,
        action=str(action),
        subject=str(subject)[:200],
    )
