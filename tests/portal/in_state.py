"""Returns in any state, brought there by the events that lead there, without data."""

from __future__ import annotations

from django.db import transaction

from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import Happening as H
from collectory.portal.returns.states import State

SOURCE, AGENT, COLLECTOR = Part.SOURCE, Part.AGENT, Part.COLLECTOR
SENT = [(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE)]
PASSED = [*SENT, (H.APPROVED, AGENT)]
WAY: dict[State, list[tuple[H, Part]]] = {
    State.NO_DATA: [],
    State.LOADED: SENT[:1],
    State.AMENDED_BY_SOURCE: [*SENT[:1], (H.EDITED, SOURCE)],
    State.SUBMITTED: SENT,
    State.AMENDED_BY_AGENT: [*SENT, (H.EDITED, AGENT)],
    State.APPROVED: PASSED,
    State.REJECTED_BY_AGENT: [*SENT, (H.REJECTED, AGENT)],
    State.AMENDED_BY_COLLECTOR: [*PASSED, (H.EDITED, COLLECTOR)],
    State.REJECTED_BY_COLLECTOR: [*PASSED, (H.REJECTED, COLLECTOR)],
    State.AUTHORISED: [*PASSED, (H.AUTHORISED, COLLECTOR)],
}
ROLES = {SOURCE: Role.SOURCE, AGENT: Role.AGENT, COLLECTOR: Role.COLLECTOR}


def bring_to(data_return: Return, state: State) -> Return:
    """Record the events that lead a return without data to a state; gives it as it is then."""
    who = {SOURCE: data_return.organisation, AGENT: data_return.organisation.agent}
    who[COLLECTOR] = Organisation.objects.get(kind=Organisation.Kind.DEPARTMENT)
    with transaction.atomic():
        current = locked(data_return.pk)
        for kind, part in WAY[state]:
            organisation = who[part]
            assert organisation is not None
            actor = Actor(None, organisation, ROLES[part], part)
            record(current, actor, kind, reason="Year 9 is missing" if kind is H.REJECTED else "")
    assert current.standing is state
    data_return.refresh_from_db()
    return data_return


def person(native_id: str, role: Role) -> Membership:
    """Somebody in a role for an organisation, made when there is nobody."""
    organisation = Organisation.objects.get(native_id=native_id)
    user, _ = User.objects.get_or_create(username=f"{role.value}-{native_id}", defaults={"first_name": "Kit"})
    return Membership.objects.get_or_create(user=user, organisation=organisation, role=role)[0]
