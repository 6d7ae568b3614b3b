"""Schools of two councils, people for each, and clashes between their returns as matching would hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from collectory.portal.cases.found import Found, Record
from collectory.portal.cases.models import Case, CaseSide, Kind
from collectory.portal.cases.services.acting import Deed, act
from collectory.portal.cases.services.keeping import keep
from collectory.portal.cases.states import Happening
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.returns.models import Return
from tests.portal.in_state import person

TWO_SOLE = "More than one school says that the pupil is registered there alone (C)."
UPN = "A800000000001"


def school(
    native_id: str, name: str, authority: str, *, agent: str = "", email: str = "", collection: DataCollection
) -> Return:
    """A school with a return; maintained where it has an agent."""
    council, _ = Organisation.objects.get_or_create(
        native_id=authority, defaults={"name": f"Council {authority}", "kind": Organisation.Kind.AUTHORITY}
    )
    department = Organisation.objects.get(kind=Organisation.Kind.DEPARTMENT)
    made, _ = Organisation.objects.get_or_create(
        native_id=native_id,
        defaults={
            "name": name,
            "kind": Organisation.Kind.SCHOOL,
            "school_type": "maintained" if agent else "academy",
            "authority": council,
            "agent": council if agent else department,
            "email": email,
        },
    )
    return Return.objects.get_or_create(collection=collection, organisation=made)[0]


def of(collection: DataCollection, native_id: str) -> Return:
    """The return of a school."""
    return Return.objects.select_related("organisation").get(collection=collection, organisation__native_id=native_id)


def record(data_return: Return, values: Mapping[str, str], row: int = 0, revision: int = 1) -> Record:
    """A record of a return."""
    organisation = data_return.organisation
    values = {"upn": UPN, "surname": "Osborne", "forename": "Ada", "birth_date": "2009-03-01", "status": "C", **values}
    return Record(data_return.pk, organisation.pk, organisation.authority_id or 0, "PupilOnRoll", row, revision, values)


def clash(
    *records: Record,
    kind: Kind = Kind.SAME_UPN,
    verdict: str = "not-allowed",
    key: str = UPN,
    message: str = TWO_SOLE,
) -> Found:
    """A clash of these records."""
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
    return Found(kind, number, verdict, message, records)


def kept(collection: DataCollection, found: Found) -> Case:
    """The case that a clash makes, or that it is."""
    keep(collection, [found])
    return Case.objects.get(collection=collection, kind=found.kind, key=found.key)


def end(collection: DataCollection, found: Found) -> Case:
    """New data end a clash."""
    keep(collection, [], [(found.kind.value, found.key)])
    return Case.objects.get(collection=collection, kind=found.kind, key=found.key)


def side(case: Case, native_id: str) -> CaseSide:
    """A school's side."""
    return case.sides.get(organisation__native_id=native_id)


def source(native_id: str) -> Membership:
    """The data manager of a school."""
    return person(native_id, Role.SOURCE)


def agent(native_id: str) -> Membership:
    """Somebody at a council."""
    return person(native_id, Role.AGENT)


def collector() -> Membership:
    """Somebody at the department."""
    return person("000", Role.COLLECTOR)


def do(case: Case, who: Membership, kind: Happening, reason: str = "", **more: object) -> object:
    """Somebody does something in a case as it is now."""
    case.refresh_from_db()
    return act(case.pk, who, Deed(kind, case.version, reason, **more))  # type: ignore[arg-type]


def states(case: Case) -> Sequence[str]:
    """The states through which a case has gone."""
    return list(case.events.values_list("to_state", flat=True))
