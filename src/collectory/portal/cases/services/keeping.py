"""From clashes to cases: opened when a clash appears, closed when new data end it, re-opened when they bring it back.

Idempotent: it is told what is there now, not what to do. Five hundred clashes cost as many queries as one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from collectory.portal.cases.found import TELL_APART, Found, Record
from collectory.portal.cases.models import Case, CaseEvent, CaseRecord, CaseSide
from collectory.portal.cases.proposals import What
from collectory.portal.cases.services import memory
from collectory.portal.cases.services.recording import Actor, event_of, stand
from collectory.portal.cases.shown import shown_of
from collectory.portal.cases.states import Happening, Standing, State, fold
from collectory.portal.collections.models import DataCollection
from collectory.portal.in_bulk import save_fields
from collectory.portal.returns.models import Return

AT_ONCE = 500
FIELDS = ("verdict", "message", "birth_dates_differ", "funded_hours", "extended_hours", "expanded_hours", "score")
SAVED = [*FIELDS, "reasons", "fingerprint", "across", "state", "opened_at", "touched_at", "version"]
Key = tuple[str, int]


def keep(
    collection: DataCollection, found: Iterable[Found], ended: Iterable[Key] = (), cause: Return | None = None
) -> None:
    """Bring cases in line with these clashes, and close those of the clashes that `ended` (kind and key).

    `cause` is the return whose new data did it. Call in the transaction that writes the clashes.
    """
    wanted: dict[Key, Found | None] = dict.fromkeys(ended)
    wanted |= {(each.kind.value, each.key): each if each.is_case else None for each in found}
    actor = Actor(organisation=cause.organisation if cause else None)
    with transaction.atomic():
        for part in _parts(list(wanted.items())):
            _Keeping(collection, dict(part), actor).go()


def _parts(items: list[tuple[Key, Found | None]]) -> Iterator[list[tuple[Key, Found | None]]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


class _Keeping:
    """One round of some hundred clashes: what there is, what becomes of it, and then everything written at once."""

    def __init__(self, collection: DataCollection, wanted: dict[Key, Found | None], actor: Actor) -> None:
        self.collection, self.wanted, self.actor = collection, wanted, actor
        self.at: dt.datetime = timezone.now()
        self.sides: dict[int, list[CaseSide]] = {}
        self.records: dict[int, list[Record]] = {}  # that a side has now, by its id
        self.standings: dict[int, Standing] = {}
        self.events: list[CaseEvent] = []
        self.open: dict[int, memory.Values] = {}

    def go(self) -> None:
        """Do it."""
        cases = self._there()
        new = [key for key, found in self.wanted.items() if found is not None and key not in cases]
        cases |= self._made(new)
        self._make_sides(cases)
        changed: list[Case] = []
        for key, case in cases.items():
            found = self.wanted[key]
            before = len(self.events)
            if found is None:
                self._end(case)
            else:
                self._bring_in_line(case, found, is_new=key in new)
            if len(self.events) > before:
                changed.append(case)
        self._remember(cases)
        self._write(changed)

    def _there(self) -> dict[Key, Case]:
        lock: Any = {"of": ("self",)} if connection.vendor == "postgresql" else {}
        found = Case.objects.select_for_update(**lock).filter(
            collection=self.collection, key__in={key for _, key in self.wanted}
        )
        rows = found.order_by("pk").prefetch_related("sides__records", "events")
        cases = {(one.kind, one.key): one for one in rows if (one.kind, one.key) in self.wanted}
        for one in cases.values():
            self.sides[one.pk] = list(one.sides.all())
            self.standings[one.pk] = fold(one.events.all())
        return cases

    def _made(self, new: Sequence[Key]) -> dict[Key, Case]:
        made = [
            Case(
                collection=self.collection,
                kind=kind,
                key=key,
                fingerprint=0,
                opened_at=self.at,
                touched_at=self.at,
            )
            for kind, key in new
        ]
        for case in Case.objects.bulk_create(made):
            self.sides[case.pk] = []
            self.standings[case.pk] = Standing()
        return {(one.kind, one.key): one for one in made}

    def _make_sides(self, cases: dict[Key, Case]) -> None:
        """Make the sides that are missing, so that events can name all of them."""
        made = []
        for key, case in cases.items():
            found = self.wanted[key]
            known = {side.data_return_id for side in self.sides[case.pk]}
            for each in _by_return(found).values() if found is not None else ():
                if each[0].data_return not in known:
                    made.append(
                        CaseSide(
                            case=case,
                            organisation_id=each[0].organisation,
                            data_return_id=each[0].data_return,
                            present=False,
                        )
                    )
        for side in CaseSide.objects.bulk_create(made):
            self.sides[side.case_id].append(side)

    def _happens(self, case: Case, kind: Happening, sides: Iterable[int], **details: Any) -> None:
        event, after = event_of(case, self.standings[case.pk], self.actor, kind, sides, details=details, at=self.at)
        self.events.append(event)
        self.standings[case.pk] = after

    def _end(self, case: Case) -> None:
        if case.standing is not State.CLOSED:
            self._happens(case, Happening.CLOSED, [])
            for side in self.sides[case.pk]:
                side.present = False

    def _bring_in_line(self, case: Case, found: Found, *, is_new: bool) -> None:
        now = _by_return(found)
        sides = self.sides[case.pk]
        was = {side.pk for side in sides if side.present}
        here = {side.pk for side in sides if side.data_return_id in now}
        if is_new:
            self._happens(case, Happening.OPENED, here)
        elif case.standing is State.CLOSED:
            case.opened_at = self.at
            self._happens(case, Happening.REOPENED, here)
        else:
            changed = self._changed(case, found, was & here)
            if changed or case.verdict != found.verdict:
                details = {"others": self._others(case, found, changed), "verdict": found.verdict}
                self._happens(case, Happening.CHANGED, changed, **details)
            if here - was:
                self._happens(case, Happening.JOINED, here - was)
            if was - here:
                self._happens(case, Happening.LEFT, was - here)
        for side in sides:
            side.present = side.pk in here
            if side.present:
                self.records[side.pk] = now[side.data_return_id]
        for name in FIELDS:
            setattr(case, name, getattr(found, name))
        case.reasons, case.across, case.fingerprint = list(found.reasons), found.across, found.fingerprint
        if self.standings[case.pk].state is State.OPEN:
            values = [(each.organisation, shown_of(case.kind, each.values)) for each in found.records]
            self.open[case.pk] = values

    def _changed(self, case: Case, found: Found, sides: set[int]) -> set[int]:
        """The sides whose records say something else than before."""
        if case.fingerprint == found.fingerprint:
            return set()
        now = _by_return(found)
        return {
            side.pk
            for side in self.sides[case.pk]
            if side.pk in sides and _told(case, now[side.data_return_id]) != _told_before(side)
        }

    def _others(self, case: Case, found: Found, sides: set[int]) -> bool:
        """Whether the sides may be of other children than before, or of others than those that were found right."""
        proposal = self.standings[case.pk].proposal
        said = next((event for event in case.events.all() if event.pk == proposal), None)
        if said is not None and said.details.get("what") != What.NOT_SAME:
            return True
        now = _by_return(found)
        return any(
            _told(case, now[side.data_return_id], TELL_APART) != _told_before(side, TELL_APART)
            for side in self.sides[case.pk]
            if side.pk in sides
        )

    def _remember(self, cases: dict[Key, Case]) -> None:
        """Settle at once what was said of the same children before."""
        known = memory.remembered(self.collection, self.open)
        for case in cases.values():
            if case.pk in known:
                needs = case.kind == "same-upn"
                self._happens(case, Happening.REMEMBERED, [], what=What.NOT_SAME.value, by=None, needs_data=needs)

    def _write(self, changed: list[Case]) -> None:
        for case in changed:
            stand(case, self.sides[case.pk], self.standings[case.pk], self.at)
        save_fields(changed, SAVED)
        sides = [side for case in changed for side in self.sides[case.pk]]
        save_fields(sides, ["present", "to_do"])
        CaseEvent.objects.bulk_create(self.events, batch_size=AT_ONCE)
        self._write_records({side.pk: case for case in changed for side in self.sides[case.pk]})

    def _write_records(self, cases: dict[int, Case]) -> None:
        sides = [number for number in self.records if number in cases]
        CaseRecord.objects.filter(side__in=sides).delete()
        CaseRecord.objects.bulk_create(
            [
                CaseRecord(
                    side_id=number,
                    entity=each.entity,
                    record=each.record,
                    revision=each.revision,
                    values=shown_of(cases[number].kind, each.values),
                )
                for number in sides
                for each in self.records[number]
            ],
            batch_size=AT_ONCE,
        )


def _by_return(found: Found) -> dict[int, list[Record]]:
    grouped: dict[int, list[Record]] = {}
    for each in found.records:
        grouped.setdefault(each.data_return, []).append(each)
    return grouped


def _told(case: Case, records: Iterable[Record], names: Sequence[str] = ()) -> list[list[tuple[str, str]]]:
    return sorted(_pairs(shown_of(case.kind, each.values), names) for each in records)


def _told_before(side: CaseSide, names: Sequence[str] = ()) -> list[list[tuple[str, str]]]:
    return sorted(_pairs(each.values, names) for each in side.records.all())


def _pairs(values: dict[str, str], names: Sequence[str]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in values.items() if not names or name in names)
