"""Switching a rule after its impact was seen, and calling a switch off before it begins."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from collectory.blade import SwitchKind
from collectory.engine import Refusal
from collectory.engine.checking.compile import compiled
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.rules.models import Impact, RuleSwitch
from collectory.portal.rules.services import rechecking
from collectory.portal.rules.services.impact import problem_with
from collectory.portal.rules.switching import edition_at

NOT_READY = Refusal(
    "not-ready",
    "The impact is not known yet",
    "It is still being worked out. Nothing was changed.",
    "Wait until it has finished, look at it, and confirm then.",
)
DONE_ALREADY = Refusal(
    "done-already", "The rule was switched already", "This was confirmed before.", "Look at the list of switches."
)
OTHER_RULES = Refusal(
    "other-rules",
    "The rules have changed since",
    "Since the impact was worked out, another rule was switched or the service was brought up to date, so the "
    "impact may be another one. Nothing was changed.",
    "Have the impact worked out again.",
)
BEGUN = Refusal(
    "begun",
    "The switch has begun",
    "It is in force, so it can no longer be called off. Nothing was changed.",
    "Restore the rule instead.",
)


def confirm(impact: Impact, membership: Membership) -> RuleSwitch | Refusal:
    """Make the switch whose impact was seen. Where it begins at once, stored returns are checked again."""
    with transaction.atomic():
        collection = DataCollection.objects.select_for_update(no_key=True).get(pk=impact.collection_id)
        current = Impact.objects.select_for_update().get(pk=impact.pk)
        if not current.is_finished:
            return NOT_READY
        if RuleSwitch.objects.filter(impact=current).exists():
            return DONE_ALREADY
        kind = SwitchKind(current.kind)
        if problem := problem_with(collection, current.rule_key, kind, current.reason, current.starts_at):
            return problem
        starts_at = current.starts_at or timezone.now()
        if compiled(edition_at(collection, starts_at)).version != current.of_version:
            return OTHER_RULES
        made = RuleSwitch.objects.create(
            collection=collection,
            rule_key=current.rule_key,
            kind=current.kind,
            reason=current.reason,
            starts_at=starts_at,
            user=membership.user,
            organisation=membership.organisation,
            role=membership.role,
            impact=current,
        )
    if current.starts_at is None:
        # Where a recheck is running, or this process ends here, the sweep of the workers asks again.
        rechecking.ask(DataCollection.objects.get(pk=collection.pk))
    return made


def call_off(switch: RuleSwitch, membership: Membership, reason: str) -> RuleSwitch | Refusal:
    """Undo a switch that has not begun, with a reason."""
    if not reason.strip():
        return Refusal("reason", "There is no reason", "Say why the switch is called off.", "")
    with transaction.atomic():
        current = RuleSwitch.objects.select_for_update().get(pk=switch.pk)
        if current.starts_at <= timezone.now():
            return BEGUN
        if current.calls_off_id or RuleSwitch.objects.filter(calls_off=current).exists():
            return DONE_ALREADY
        return RuleSwitch.objects.create(
            collection_id=current.collection_id,
            rule_key=current.rule_key,
            kind=current.kind,
            reason=reason.strip(),
            starts_at=current.starts_at,
            user=membership.user,
            organisation=membership.organisation,
            role=membership.role,
            calls_off=current,
        )
