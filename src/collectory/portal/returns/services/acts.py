"""What can be done with a return now, and if not, why: the one place that says so in words.

The pages show these sentences and the services refuse with them, so that the two never disagree.
"""

from __future__ import annotations

from django.conf import settings

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, may, part_in
from collectory.portal.returns.models import Return
from collectory.portal.returns.states import WITHDRAWABLE, Happening, State, can

HAPPENS = {
    Act.UPLOAD: Happening.UPLOADED,
    Act.EDIT: Happening.EDITED,
    Act.SUBMIT: Happening.SUBMITTED,
    Act.WITHDRAW: Happening.WITHDRAWN,
    Act.DELETE: Happening.DELETED,
    Act.APPROVE: Happening.APPROVED,
    Act.REJECT: Happening.REJECTED,
    Act.OK: Happening.OK_GIVEN,
    Act.ASK: Happening.ASKED,
    Act.AUTHORISE: Happening.AUTHORISED,
    Act.REOPEN: Happening.REOPENED,
}
NEEDS_DATA = frozenset({Act.SUBMIT, Act.EXPORT, Act.DELETE, Act.WITHDRAW})
CHANGES = frozenset(
    {Act.UPLOAD, Act.EDIT, Act.SUBMIT, Act.WITHDRAW, Act.DELETE, Act.APPROVE, Act.REJECT, Act.AUTHORISE}
)

# Questions are asked and answered, and findings judged, until the collector closes too.
AFTER_CLOSING = frozenset({Act.NOTE, Act.OK, Act.ASK, Act.REOPEN})


def _why_not_in(state: State, act: Act) -> str:
    if act is Act.REOPEN:
        return "The return is not authorised. There is nothing to reopen."
    if state is State.AUTHORISED:
        if act is Act.AUTHORISE:
            return "The return is authorised already."
        if act in {Act.OK, Act.ASK}:
            return "The return is authorised. Reopen it first."
        return "The return is authorised. It can change only after the department reopens it."
    if act is Act.OK:
        return "The return has been approved. The department judges it now."
    if act is Act.SUBMIT:
        return f"The return is {state.value} already. There is nothing to submit."
    if act is Act.WITHDRAW:
        if state in {State.APPROVED, State.AMENDED_BY_COLLECTOR}:
            return "The return has been approved. It can no longer be withdrawn; ask for it to be rejected."
        return "The return has not been submitted."
    if act is Act.AUTHORISE and state in WITHDRAWABLE:
        return f"The return is {state.value}. It has to be approved before it can be authorised."
    if act in {Act.APPROVE, Act.REJECT, Act.AUTHORISE}:
        return _why_not_judged(state, act)
    return f"This is not possible while the return is {state.value}."


def _why_not_judged(state: State, act: Act) -> str:
    if state in {State.APPROVED, State.AMENDED_BY_COLLECTOR}:
        if act is Act.REJECT:
            return "The return has been approved. Only the department can send it back now."
        if state is State.AMENDED_BY_COLLECTOR:
            return "The return was approved, and the department has changed it since. There is nothing to approve."
        return "The return is approved already."
    if state in {State.REJECTED_BY_AGENT, State.REJECTED_BY_COLLECTOR}:
        return f"The return is {state.value} and has not been submitted again."
    return "The return has not been submitted."


def nothing_yet(collection: DataCollection) -> str:
    """What to do first with a return without data."""
    if collection.allows_adding_on_screen:
        return "There is no data yet. Add the return on screen, or upload it from file, first."
    return "Nothing has been loaded yet. Upload a return from file first."


def _is_being_checked(data_return: Return) -> bool:
    """Whether a file is on its way. Lists of returns annotate `being_checked`, to ask once for all of them."""
    known: bool | None = getattr(data_return, "being_checked", None)
    return data_return.uploads.exclude(stage="finished").exists() if known is None else known


def why_not(data_return: Return, act: Act, membership: Membership) -> str:
    """Why this person cannot do this to this return now; "" when they can."""
    if not may(membership, act, data_return.organisation, data_return.collection):
        if act is Act.APPROVE and may(membership, Act.AUTHORISE, data_return.organisation):
            return f"{data_return.organisation.agent or 'Its agent'} approves this return. You authorise it after that."
        return f"Your role ({membership.get_role_display()}) lets you read the return but not do this."
    state = data_return.standing
    collection = data_return.collection
    if act in NEEDS_DATA and state is State.NO_DATA:
        return nothing_yet(collection)
    part = part_in(membership, data_return.organisation) or Part.SOURCE
    if act in CHANGES:
        if closed := collection.why_closed(part, data_return.organisation):
            return closed
        if data_return.excused_at is not None:
            return "This return is not expected any more, so nothing can be done with it. Its history says why."
        if _is_being_checked(data_return):
            return "A file is being checked for this return. Wait until that has finished."
    elif act in AFTER_CLOSING:
        closing = part if act is Act.OK else Part.COLLECTOR  # an agent's OK ends with what else it does
        if closed := collection.why_closed(closing, data_return.organisation):
            return closed
    if settings.DESKTOP and act is Act.SUBMIT:
        return "Nothing is sent from this computer. Export the return, or upload your file where it is collected."
    if act is Act.UPLOAD and not collection.allows_upload:
        return "This collection is filled in on screen. It takes no files."
    if act is Act.DELETE and not collection.allows_delete:
        return "This collection does not allow returns to be deleted. Upload a corrected file instead."
    happening = HAPPENS.get(act)
    if happening is not None and not can(state, happening, part):
        return _why_not_in(state, act)
    return ""
