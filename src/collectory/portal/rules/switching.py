"""The edition of a data collection as its rules are switched. The one way to get at it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.utils import timezone

import collectory
from collectory.blade import Edition, Rule, Switch, SwitchKind
from collectory.engine.checking.compile import compiled
from collectory.engine.checking.structure import STRUCTURE_RULES
from collectory.portal.collections.models import DataCollection
from collectory.portal.rules.models import RuleSwitch

_KEPT = "_edition_as_switched"


def edition_in(collection: DataCollection) -> Edition:
    """The edition of a data collection with the switches that are in force now.

    Kept on the row's object, so that everything in one request or piece of work sees the same rules.
    """
    known = collection.__dict__.get(_KEPT)
    if known is None:
        known = collection.__dict__[_KEPT] = edition_at(collection, timezone.now())
    assert isinstance(known, Edition)
    return known


def edition_at(collection: DataCollection, at: dt.datetime, more: tuple[Switch, ...] = ()) -> Edition:
    """The edition with the switches that have begun by then, and some more on top of them."""
    switches = tuple(_switch(row) for row in switches_begun(collection, at))
    return _switched(collection.edition_key, (*switches, *more))


def switches_begun(collection: DataCollection, at: dt.datetime) -> list[RuleSwitch]:
    """The switches of a data collection that have begun by then, in the order in which they count."""
    return list(
        RuleSwitch.objects.filter(collection=collection, starts_at__lte=at, calls_off=None, called_off_by=None)
        .select_related("organisation")
        .order_by("starts_at", "pk")
    )


def rule_in(edition: Edition, key: str) -> Rule | None:
    """The rule of that key as it is asked, else as it was published; None where the edition has none.

    Those about a file's structure, which belong to no blade, are included.
    """
    about_file = next((each for each in STRUCTURE_RULES.values() if each.key == key), None)
    if about_file is not None:
        return edition.as_switched(about_file) or about_file
    for of in (edition, edition.as_published):
        try:
            return of.rule(key)
        except KeyError:
            continue
    return None


def number_of(edition: Edition, key: str) -> str:
    """What people call the rule of that key."""
    rule = rule_in(edition, key)
    return (rule.number if rule else "") or key


def switches_in_force(collection: DataCollection) -> list[Switch]:
    """What is softened or withdrawn now, newest first, with reason and date."""
    found = edition_in(collection).switches.values()
    return sorted(found, key=lambda each: (each.since or timezone.now(), each.rule), reverse=True)


def numbered_switches(collection: DataCollection) -> list[tuple[str, Switch]]:
    """The switches in force, each with what people call its rule."""
    edition = edition_in(collection)
    return [(number_of(edition, one.rule), one) for one in switches_in_force(collection)]


def version_in(collection: DataCollection) -> str:
    """The version of the rules that a return of this data collection is checked with now."""
    return compiled(edition_in(collection)).version


def _switch(row: RuleSwitch) -> Switch:
    return Switch(row.rule_key, SwitchKind(row.kind), row.reason, row.starts_at)


@lru_cache(maxsize=32)
def _switched(key: str, switches: tuple[Switch, ...]) -> Edition:
    # Compiling an edition takes a moment: the same switches give the same object.
    return collectory.edition(key).switched(switches)
