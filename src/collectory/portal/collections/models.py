"""A data collection is an edition that is running for real people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from collectory.portal.people.models import Organisation
from collectory.portal.people.parts import Part


class ErrorPolicy(models.TextChoices):
    """What must have happened to every error before a return can be submitted."""

    CORRECTED = "corrected", "every error must be corrected"
    EXPLAINED = "explained", "every error must be corrected or have a note"
    OPEN = "open", "errors may be left open"


class QueryPolicy(models.TextChoices):
    """What must have happened to every query before a return can be submitted."""

    EXPLAINED = "explained", "every query must have a note"
    OPEN = "open", "queries may be left open"


class OkPolicy(models.TextChoices):
    """Who may OK a finding: accept that it stays as it is."""

    COLLECTOR = "collector", "the department alone"
    AGENTS = "agents", "the department, and agents until they have approved"


class DataCollectionQuery(models.QuerySet["DataCollection"]):
    """Questions about data collections."""

    def opened(self, at: dt.datetime | None = None) -> DataCollectionQuery:
        """Those that have opened for somebody."""
        at = at or timezone.now()
        earlier = AuthorityDates.objects.filter(collection=OuterRef("pk"), opens_at__lte=at)
        return self.filter(Q(opens_at__lte=at) | Exists(earlier))


@dataclass(frozen=True)
class Dates:
    """When a data collection opens for an organisation, and until when its authority wants the return approved."""

    opens_at: dt.datetime
    deadline_at: dt.datetime | None


class DataCollection(models.Model):
    """An edition with its dates and its policy: live, or for familiarisation.

    opens_at            when sources may begin, where their authority has no opening of its own
    deadline_at         until when returns are to be sent and approved, where the authority has no date of its own
    closes_at           from then on sources change nothing; the end of a familiarisation, whose data are removed then
    closes_to_agents_at from then on agents change nothing either; with the sources where it is empty
    closes_wholly_at    from then on nobody does
    who                 which organisations must return (collections/who.py)
    """

    slug = models.SlugField(max_length=80, unique=True)
    edition_key = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    is_live = models.BooleanField(default=True)
    opens_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField()
    closes_to_agents_at = models.DateTimeField(null=True, blank=True)
    closes_wholly_at = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True)
    counts_at_end = models.JSONField(default=dict, blank=True)
    who = models.JSONField(default=dict, blank=True)

    errors_at_submission = models.CharField(max_length=12, choices=ErrorPolicy, default=ErrorPolicy.EXPLAINED)
    queries_at_submission = models.CharField(max_length=12, choices=QueryPolicy, default=QueryPolicy.EXPLAINED)
    who_oks = models.CharField(max_length=12, choices=OkPolicy, default=OkPolicy.COLLECTOR)
    allows_upload = models.BooleanField(default=True)
    allows_adding_on_screen = models.BooleanField(default=False)
    allows_delete = models.BooleanField(default=True)
    guidance = models.TextField(blank=True)
    help_contact = models.CharField(max_length=200, blank=True)

    objects = DataCollectionQuery.as_manager()

    class Meta:
        ordering = ["-opens_at", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def full_title(self) -> str:
        """The title, with the word that tells a familiarisation from the live collection."""
        return self.title if self.is_live else f"{self.title} (familiarisation)"

    @property
    def agents_ok(self) -> bool:
        """Whether agents may OK findings of the returns that they look after."""
        return self.who_oks == OkPolicy.AGENTS

    @property
    def has_opened(self) -> bool:
        """Whether it has opened for anybody."""
        now = timezone.now()
        return self.opens_at <= now or any(each.opens_at <= now for each in self.exceptions.values())

    @property
    def has_closed(self) -> bool:
        """Whether sources can no longer change their returns."""
        return self.closes_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether sources may change their returns now."""
        return self.has_opened and not self.has_closed

    @property
    def exceptions(self) -> dict[int, Dates]:
        """The authorities with dates of their own, by their id. Asked once and kept with the row's object."""
        known: dict[int, Dates] | None = self.__dict__.get("_exceptions")
        if known is None:
            known = self.__dict__["_exceptions"] = {
                each.authority_id: Dates(each.opens_at or self.opens_at, each.deadline_at or self.deadline_at)
                for each in self.authority_dates.all()
            }
        return known

    def dates_for(self, organisation: Organisation) -> Dates:
        """The dates of an organisation: its authority's own, or those of all."""
        own = organisation.pk if organisation.kind == Organisation.Kind.AUTHORITY else organisation.authority_id
        return self.exceptions.get(own or 0, Dates(self.opens_at, self.deadline_at))

    def why_closed(self, part: Part, organisation: Organisation, at: dt.datetime | None = None) -> str:
        """Why this part cannot change the return of this organisation then; "" when the data collection is open.

        What was handed in before a closing counts, also when its check ends after it.
        """
        from collectory.portal.pages import when

        at = at or timezone.now()
        if self.emptied_at is not None:
            return f"The collection has closed. Its data, for familiarisation, were removed on {when(self.emptied_at)}."
        if self.closes_wholly_at is not None and self.closes_wholly_at <= at:
            return f"The collection has closed for everybody on {when(self.closes_wholly_at)}."
        if part is Part.COLLECTOR:
            return ""
        opens_at = self.dates_for(organisation).opens_at
        if opens_at > at:
            return f"The collection opens on {when(opens_at)}. Returns cannot be changed before."
        closes_at = self.closes_at
        if part is Part.AGENT:
            closes_at = self.closes_to_agents_at or closes_at
        if closes_at <= at:
            known = self.closes_to_agents_at
            more = "Returns can no longer be changed."
            if part is Part.SOURCE and known is not None and known > at:
                more = "Ask your agent if something still has to change."
            whom = "agents" if part is Part.AGENT else "sources"
            return f"The collection has closed to {whom} on {when(closes_at)}. {more}"
        return ""


class AuthorityDates(models.Model):
    """The dates of one authority and its schools, where they are others than those of all."""

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="authority_dates")
    authority = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    opens_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["authority__native_id"]
        constraints = [models.UniqueConstraint(fields=["collection", "authority"], name="one_row_of_dates")]

    def __str__(self) -> str:
        return f"dates of {self.authority_id}"


class CollectionChange(models.Model):
    """That something about a data collection was changed: who, when, from what to what, and why. Never changed."""

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=200)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.what} of {self.collection_id}"


class ReleasedBlob(models.Model):
    """A blob that was part of a familiarisation's data. It is deleted a while later, if no row names it then."""

    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"released {self.pk}"
