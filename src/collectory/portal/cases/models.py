"""The rows of cases. State and what a side has to do are a cache of the events, which are added and never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from collectory.blade import Verdict
from collectory.portal.cases.states import UNFINISHED, Happening, Standing, State, fold
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.guidance import WORDS as CLASHES
from collectory.portal.people.models import Organisation, Role
from collectory.portal.people.parts import Part

STATES = [(state.value, state.words) for state in State]
HAPPENINGS = [(kind.value, kind.value) for kind in Happening]
TO_DO = [("propose", "propose"), ("answer", "answer"), ("change", "change")]


def words_of(verdict: str) -> str:
    """A verdict in a word or two."""
    return CLASHES.get(Verdict(verdict), verdict.replace("-", " ").capitalize())


class Kind(models.TextChoices):
    """Why records are thought to clash, as the engine names it."""

    SAME_UPN = "same-upn", "Same UPN"
    SAME_PERSON = "same-person", "Same person, different UPN"
    UNDER_FIVES = "under-fives", "2, 3 and 4 year olds"
    PROBABLE = "probable", "Probable match"


class Case(models.Model):
    """Records in the returns of two or more organisations that cannot all be right, or may be one child.

    key          with collection and kind: which clash it is, the same when it comes back
    fingerprint  of all that the records say; another one when anything of it has changed
    opened_at    since when it stands open this time
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="cases")
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.BigIntegerField()
    verdict = models.CharField(max_length=24)  # a collectory.blade.Verdict
    message = models.TextField()
    birth_dates_differ = models.BooleanField(default=False)
    funded_hours = models.FloatField(null=True)
    extended_hours = models.FloatField(null=True)
    expanded_hours = models.FloatField(null=True)
    score = models.FloatField(null=True)
    reasons = models.JSONField(default=list)  # of a probable match, in words
    fingerprint = models.BigIntegerField()
    across = models.BooleanField(default=False)  # between schools of more than one authority
    state = models.CharField(max_length=12, choices=STATES, default=State.OPEN.value)
    opened_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["collection", "id"]
        constraints = [models.UniqueConstraint(fields=["collection", "kind", "key"], name="one_case_per_clash")]
        indexes = [
            models.Index(fields=["collection", "state", "opened_at"], name="case_by_state"),
            models.Index(fields=["collection", "opened_at"], name="case_by_age"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What it is called in a conversation."""
        return f"D{self.pk}"

    @property
    def standing(self) -> State:
        """The state as a State."""
        return State(self.state)

    @property
    def clash(self) -> str:
        """What clashes, in a word or two."""
        return words_of(self.verdict)

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody has still to do something about it."""
        return self.standing in UNFINISHED

    @property
    def age(self) -> int:
        """For how many whole days it has been open."""
        return max(0, (timezone.now() - self.opened_at).days)

    def folded(self) -> Standing:
        """Where it stands, from its events."""
        return fold(self.events.all())


class CaseSide(models.Model):
    """One organisation's part in a case. `present` says whether its data are in the clash now."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sides")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    data_return = models.ForeignKey("returns.Return", on_delete=models.CASCADE, related_name="case_sides")
    present = models.BooleanField(default=True)
    to_do = models.CharField(max_length=8, choices=TO_DO, blank=True)

    class Meta:
        ordering = ["case", "organisation__native_id"]
        constraints = [models.UniqueConstraint(fields=["case", "data_return"], name="one_side_per_return")]
        indexes = [models.Index(fields=["data_return", "to_do"], name="case_side_to_do")]

    def __str__(self) -> str:
        return f"side {self.pk} of case {self.case_id}"


class CaseRecord(models.Model):
    """A record that clashes, with the values that its kind of case shows (shown.py) and no others.

    `record` is its row in `revision`; pages lead from there to where it is now.
    """

    side = models.ForeignKey(CaseSide, on_delete=models.CASCADE, related_name="records")
    entity = models.CharField(max_length=80)
    record = models.IntegerField()
    revision = models.PositiveIntegerField()
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["side", "id"]

    def __str__(self) -> str:
        return f"record {self.record} of side {self.side_id}"


class CaseEvent(models.Model):
    """Something that happened to a case, by a person for one or more sides, or by data. Never changed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    part = models.CharField(max_length=10, choices=[(part.value, part.value) for part in Part], blank=True)
    kind = models.CharField(max_length=20, choices=HAPPENINGS)
    sides: Any = models.JSONField(default=list)  # ids of CaseSide
    from_state = models.CharField(max_length=12, choices=STATES)
    to_state = models.CharField(max_length=12, choices=STATES)
    reason = models.TextField(blank=True)
    details: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["case", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class TwoChildren(models.Model):
    """That two records are of two children: said by all sides, or by the collector. Holds no values, only their key.

    Said in a live data collection it holds in all live ones; said in a familiarisation, in that one alone.
    """

    pair = models.CharField(max_length=32)
    familiarisation = models.ForeignKey(DataCollection, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["pair"], name="two_children_by_pair")]

    def __str__(self) -> str:
        return f"pair {self.pk}"


class CaseDates(models.Model):
    """Until when cases of a data collection are to be settled, and up to which event people have been told."""

    collection = models.OneToOneField(
        DataCollection, on_delete=models.CASCADE, primary_key=True, related_name="case_dates"
    )
    deadline_at = models.DateTimeField(null=True, blank=True)
    told_to = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["collection"]
        verbose_name_plural = "case dates"

    def __str__(self) -> str:
        return f"dates of cases in {self.collection_id}"


def deadline_of(collection: DataCollection) -> dt.datetime:
    """Until when cases are to be settled: the date of their own, else the deadline of returns, else the closing."""
    own = CaseDates.objects.filter(collection=collection).values_list("deadline_at", flat=True).first()
    return own or collection.deadline_at or collection.closes_at
