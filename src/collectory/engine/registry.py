"""The blades that are installed: our own and those of other packages, found through their entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from collectory.blade import Blade, Edition, ExtraRules

GROUP = "collectory.blades"
EXTRA_RULES = "collectory.extra_rules"


@cache
def blades() -> dict[str, Blade]:
    """All blades by name. An entry point of the group "collectory.blades" gives one each."""
    found: list[Blade] = [point.load() for point in entry_points(group=GROUP)]
    return {blade.name: blade for blade in sorted(found, key=lambda blade: blade.name)}


def editions() -> dict[str, Edition]:
    """All editions by key."""
    return {edition.key: edition for blade in blades().values() for edition in blade.editions}


def edition(key: str) -> Edition:
    """The edition of that key. Raises KeyError with the keys that there are."""
    known = editions()
    if key not in known:
        raise KeyError(f"There is no edition {key}. There are: {', '.join(known)}")
    return known[key]


@cache
def extra_rules() -> dict[str, ExtraRules]:
    """The sets of extra rules that are installed, by name. An entry point of the group "collectory.extra_rules" gives
    one each. Which of them apply is for whoever checks to say. Raises ValueError where two have one name."""
    found: dict[str, ExtraRules] = {}
    for point in entry_points(group=EXTRA_RULES):
        made: ExtraRules = point.load()
        if made.name in found and found[made.name] is not made:
            raise ValueError(f"Two sets of extra rules have the name {made.name}")
        found[made.name] = made
    return dict(sorted(found.items()))
