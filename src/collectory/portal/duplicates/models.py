"""The rows that matching reads, and what it found. All of it is worked out of revisions and can be made anew.

Nothing here outlives the data: rows, clashes and their sides go with the revision, the return or the data collection
that they were made of. What people said of a clash is kept elsewhere.
"""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models

from collectory.blade import Verdict
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation, Role

VERDICTS = [(each.value, each.value.replace("-", " ")) for each in Verdict]


AsSent = partial(models.TextField, null=True)
"""A text of a return: null where it is missing, as in the engine's rows."""


class Kind(models.TextChoices):
    """The exact ways in which records clash, named as the engine names them."""

    SAME_UPN = "same-upn", "Same UPN"
    SAME_PERSON = "same-person", "Same person, different UPN"
    UNDER_FIVES = "under-fives", "2, 3 and 4 year olds"


class PupilRow(models.Model):
    """One person of the current revision of a return: what `engine.matching.match_rows` says of them, and nothing more.

    upn_key, person_key  64 bits of the UPN, and of names with birth date (keys.py): short to index, null where there
                         is none. Who looks by them compares the texts too, as the engine does.
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="+", db_index=False)
    data_return = models.ForeignKey("returns.Return", on_delete=models.CASCADE, related_name="+", db_index=False)
    entity = models.CharField(max_length=80)
    record = models.IntegerField()  # 0-based position among the records of the entity
    on_roll = models.BooleanField()
    upn = AsSent()
    former_upn = AsSent()
    forename = AsSent()
    middle_names = AsSent()
    surname = AsSent()
    former_surname = AsSent()
    sex = AsSent()
    birth_date = models.DateField(null=True)
    postcode = AsSent()
    status = AsSent()
    funded_hours = models.FloatField(null=True)
    extended_hours = models.FloatField(null=True)
    expanded_hours = models.FloatField(null=True)
    age = models.SmallIntegerField(null=True)
    upn_key = models.BigIntegerField(null=True)
    person_key = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["data_return", "entity", "record"], name="one_row_per_record")]
        indexes = [
            models.Index(fields=["collection", "upn_key"], name="pupil_row_by_upn"),
            models.Index(fields=["collection", "person_key"], name="pupil_row_by_person"),
        ]

    def __str__(self) -> str:
        return f"pupil row {self.pk}"


class RowsOf(models.Model):
    """Of which revision the rows of a return were made, and by which way of making them (services/storing.py)."""

    data_return = models.OneToOneField("returns.Return", on_delete=models.CASCADE, primary_key=True, related_name="+")
    revision = models.ForeignKey("returns.Revision", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    made_as = models.PositiveSmallIntegerField()
    people = models.PositiveIntegerField()

    class Meta:
        ordering = ["data_return"]

    def __str__(self) -> str:
        return f"rows of return {self.data_return_id}"


class Clash(models.Model):
    """Records of one data collection that cannot all be right, or may be one person: a case as the engine finds it.

    key          with `kind` and the data collection, which clash it is: 64 bits of the UPN, of names and birth date (of
                 these, the return and sex where it is within one return), or of the child. The same when the clash
                 comes back.
    fingerprint  64 bits of all that the sides say of the person, in no order: another one when anything of it changes
    hours        a week, at all providers together; null but for under-fives
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="clashes", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.BigIntegerField()
    verdict = models.CharField(max_length=24, choices=VERDICTS)
    message = models.TextField()
    birth_dates_differ = models.BooleanField(default=False)
    funded_hours = models.FloatField(null=True)
    extended_hours = models.FloatField(null=True)
    expanded_hours = models.FloatField(null=True)
    returns = models.PositiveSmallIntegerField()  # how many have a side
    fingerprint = models.BigIntegerField()
    since = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["collection", "kind", "id"]
        constraints = [models.UniqueConstraint(fields=["collection", "kind", "key"], name="one_clash_per_key")]
        indexes = [models.Index(fields=["collection", "kind", "verdict"], name="clash_by_verdict")]

    def __str__(self) -> str:
        return f"clash {self.pk}"


class Side(models.Model):
    """One record of a clash. A return may have more than one."""

    clash = models.ForeignKey(Clash, on_delete=models.CASCADE, related_name="sides")
    data_return = models.ForeignKey("returns.Return", on_delete=models.CASCADE, related_name="clash_sides")
    row = models.ForeignKey(PupilRow, on_delete=models.DO_NOTHING, related_name="sides")

    class Meta:
        ordering = ["clash", "id"]
        constraints = [models.UniqueConstraint(fields=["clash", "row"], name="one_side_per_record")]

    def __str__(self) -> str:
        return f"side {self.pk} of clash {self.clash_id}"


class Matched(models.Model):
    """With which table of status pairs, and when, the clashes of a data collection were last worked out as a whole."""

    collection = models.OneToOneField(DataCollection, on_delete=models.CASCADE, primary_key=True, related_name="+")
    statuses = models.CharField(max_length=64)  # verdicts.version_of
    at = models.DateTimeField()

    class Meta:
        ordering = ["collection"]

    def __str__(self) -> str:
        return f"matching of {self.collection_id}"


class StatusDecision(models.Model):
    """What a pair of statuses that no source settles means in a data collection. Rows are added and never changed; the
    latest that has begun counts."""

    collection = models.ForeignKey(DataCollection, on_delete=models.PROTECT, related_name="status_decisions")
    pair = models.CharField(max_length=7)  # as the blade writes it: "F+S"
    verdict = models.CharField(max_length=24, choices=VERDICTS)
    reason = models.TextField()
    starts_at = models.DateTimeField()
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["collection", "starts_at"], name="status_decision_by_start")]

    def __str__(self) -> str:
        return f"{self.pair}: {self.verdict}"
