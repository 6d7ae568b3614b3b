"""The team's own rules: which sets are installed, and which of them it has chosen."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from collectory.blade import ExtraRules
from collectory.engine import extra_rules
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.receiving.models import ChosenRules


def chosen(team: Organisation) -> list[ExtraRules]:
    """The sets that a team has chosen and that are installed."""
    installed = extra_rules()
    names = ChosenRules.objects.filter(organisation=team).values_list("name", flat=True)
    return [installed[name] for name in names if name in installed]


def choose(membership: Membership, names: Iterable[str]) -> list[str]:
    """Choose these of the installed sets, and no others; gives their names. Two sets of one prefix are not chosen
    together: the first counts."""
    installed, wanted = extra_rules(), set(names)
    taken: dict[str, str] = {}
    for name, each in installed.items():
        if name in wanted:
            taken.setdefault(each.prefix, name)
    kept = sorted(taken.values())
    team = membership.organisation
    with transaction.atomic():
        ChosenRules.objects.filter(organisation=team).exclude(name__in=kept).delete()
        for name in kept:
            ChosenRules.objects.get_or_create(
                organisation=team, name=name, defaults={"chosen_by_id": membership.user_id}
            )
        access_log.done_by(membership, "chose extra rules", ", ".join(kept) or "none")
    return kept
