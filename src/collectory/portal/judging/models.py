"""The rows that stand for OKs and for questions. Rows are added and never changed, but for one cached state.

They know a finding as notes do: `place` is the rule and the record's natural key, `identity` has the values that
the rule read in addition. Who did it, when and why stand in the event that all rows of one act share.
"""

from __future__ import annotations

from django.db import models


class Ok(models.Model):
    """The collector's acceptance of one finding. It holds wherever that finding is raised for the same values."""

    data_return = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="oks")
    event = models.ForeignKey("returns.Event", on_delete=models.PROTECT, related_name="oks")
    rule_key = models.CharField(max_length=120)
    place = models.CharField(max_length=16)
    identity = models.CharField(max_length=16)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["data_return", "identity"], name="ok_by_identity")]

    def __str__(self) -> str:
        return f"OK {self.pk}"


class OkUndone(models.Model):
    """That an OK no longer counts. Both rows stay."""

    ok = models.OneToOneField(Ok, on_delete=models.PROTECT, related_name="undone")
    event = models.ForeignKey("returns.Event", on_delete=models.PROTECT, related_name="oks_undone")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"undoing of OK {self.ok_id}"


class Question(models.Model):
    """A question of the collector on findings, or on the whole return, that the source answers with a note.

    `state` is a cache of the last of its turns, so that lists over many returns can be filtered by it.
    """

    class State(models.TextChoices):
        WITH_SOURCE = "source", "waiting for the source"
        WITH_COLLECTOR = "collector", "waiting for the collector"
        SETTLED = "settled", "settled"

    data_return = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="questions")
    rule_key = models.CharField(max_length=120, blank=True)  # "" for the whole return
    state = models.CharField(max_length=10, choices=State, default=State.WITH_SOURCE)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["data_return", "state"], name="question_by_state")]

    def __str__(self) -> str:
        return f"question {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to do something about it."""
        return self.state != self.State.SETTLED


class Asked(models.Model):
    """One finding that a question is about, with what it said then."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="asked")
    place = models.CharField(max_length=16, db_index=True)
    identity = models.CharField(max_length=16)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["question", "place"], name="one_place_per_question")]

    def __str__(self) -> str:
        return f"finding {self.pk} of question {self.question_id}"


class Turn(models.Model):
    """One step of a question, in order. Without an event: settled by an upload or an edit that raises it no more."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        ASKED_AGAIN = "asked again", "Asked again"
        CLOSED = "closed", "Closed"
        OK = "ok", "OK’d"
        CORRECTED = "corrected", "Corrected"

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="turns")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    event = models.ForeignKey("returns.Event", null=True, blank=True, on_delete=models.PROTECT, related_name="turns")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"turn {self.pk} of question {self.question_id}"
