"""What is to be told, the news of each person, the mails that carry it, and what people wish to be told how."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Event, Return
from collectory.portal.telling.kinds import LABELS, Kind, words

NEWS = ("collection", "organisation", "delivery__file_type__organisation")
"""What the words of news are made of, to be selected with them."""

KINDS = [(kind.value, LABELS[kind]) for kind in Kind]


class ToTell(models.Model):
    """Something that happened and that people are to be told of, written in the transaction in which it happened.

    A worker makes the news of it, some hundred returns at a time.

    key        what it is: nothing is told twice
    authority  of a whole data collection: only the returns of this authority, which has a date of its own
    delivery   of a file that a school sends to its council; there is no data collection then
    cursor     the id of the last return whose people have been told
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=KINDS)
    collection = models.ForeignKey(DataCollection, null=True, on_delete=models.CASCADE, related_name="+")
    authority = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    data_return = models.ForeignKey(Return, null=True, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey("transfer.Delivery", null=True, on_delete=models.CASCADE, related_name="+")
    details = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    cursor = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="left_to_tell")]

    def __str__(self) -> str:
        return self.key


class Mail(models.Model):
    """One mail to one person, with all news that was due. It is sent once or not at all (docs/decisions/telling.md)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNSURE = "unsure", "Interrupted while it was sent"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "next_at"], name="mail_to_send")]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class News(models.Model):
    """What one person is told: a line of their list, and of a mail when one is due."""

    to_tell = models.ForeignKey(ToTell, on_delete=models.CASCADE, related_name="news")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="news")
    part = models.CharField(max_length=10, choices=[(part.value, part.value) for part in Part])
    kind = models.CharField(max_length=20, choices=KINDS)
    collection = models.ForeignKey(DataCollection, null=True, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey("transfer.Delivery", null=True, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # when it is to be mailed; empty: not by mail
    mail = models.ForeignKey(Mail, null=True, on_delete=models.SET_NULL, related_name="news")

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "news"
        constraints = [models.UniqueConstraint(fields=["to_tell", "user", "organisation"], name="told_once")]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="news_of_person"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="news_unread"),
            models.Index(fields=["due_at"], condition=Q(mail=None, due_at__isnull=False), name="news_to_mail"),
        ]

    def __str__(self) -> str:
        return f"news {self.pk}"

    @property
    def label(self) -> str:
        """What kind of news it is."""
        return LABELS[Kind(self.kind)]

    @property
    def topic(self) -> str:
        """What it is about: the title of a data collection, or the name of a file type."""
        if self.delivery is not None:
            return str(self.delivery.file_type.name)
        assert self.collection is not None
        return self.collection.full_title

    @property
    def words(self) -> str:
        """What it says."""
        return words(self)


class Wish(models.Model):
    """How a person wishes to be told of one kind of news; without a row at once."""

    class How(models.TextChoices):
        AT_ONCE = "at once", "by mail, at once"
        DAILY = "daily", "by mail, once a day"
        LIST = "list", "in the list only"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=KINDS)
    how = models.CharField(max_length=10, choices=How)

    class Meta:
        ordering = ["user", "kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_wish_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.how}"
