"""Organisations, users, and which user acts for which organisation in which role."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac


class Role(models.TextChoices):
    """What a person is for one organisation. Viewers read and change nothing."""

    SOURCE = "source", "Source"
    SOURCE_VIEWER = "source_viewer", "Source (read only)"
    AGENT = "agent", "Agent"
    AGENT_VIEWER = "agent_viewer", "Agent (read only)"
    COLLECTOR = "collector", "Collector"
    COLLECTOR_VIEWER = "collector_viewer", "Collector (read only)"
    APPROVER = "approver", "Approver"
    ADMINISTRATOR = "administrator", "Administrator"


class Organisation(models.Model):
    """A school, an authority, a trust or the department, known by its native ID."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", "Department"
        AUTHORITY = "authority", "Local authority"
        SCHOOL = "school", "School"
        TRUST = "trust", "Trust"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed to open"
        OPEN = "open", "Open"
        CLOSING = "closing", "Open, but proposed to close"
        CLOSED = "closed", "Closed"

    native_id = models.CharField(max_length=16, unique=True)
    urn = models.CharField("URN", max_length=8, blank=True, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind)
    phase = models.CharField(max_length=40, blank=True)
    school_type = models.CharField(max_length=60, blank=True)
    authority = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="schools")
    agent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="agent_for")
    trust = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="trust_schools")
    # Who stands in its place today, after a merger or a change of number. What was returned under this number
    # stays with it; the successor's people may read it.
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")
    # The collector may let an authority read the returns of a school that reports to the department.
    authority_reads = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    email = models.EmailField("contact e-mail", blank=True)
    is_open = models.GeneratedField(
        expression=models.Q(status__in=["open", "closing"]), output_field=models.BooleanField(), db_persist=True
    )

    class Meta:
        ordering = ["native_id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.native_id})"


class User(AbstractUser):
    """A person with a user name and a password."""

    email = models.EmailField(blank=True)
    # Marks the accounts of the local demonstration, so that start-up can look for their known password.
    is_demonstration = models.BooleanField(default=False)
    # Goes up when the person's way of signing in was changed for them; every session from before ends.
    sign_in_generation = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["username"]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is tied to: the password, and how often the way of signing in was taken back."""
        return salted_hmac(
            "collectory.people.session", f"{self.sign_in_generation} {self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def shown_name(self) -> str:
        """The name to show on a page: the full name when known, else the user name."""
        return self.get_full_name() or self.username


class MembershipQuery(models.QuerySet["Membership"]):
    """Questions about memberships."""

    def active(self) -> MembershipQuery:
        """Those that count: not archived, of a person whose account is on, at an organisation that is open."""
        return self.filter(archived_at=None, user__is_active=True, organisation__is_open=True)


class Membership(models.Model):
    """One user in one role for one organisation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Given by the claims of a sign-in provider, which also takes it away again.
    from_provider = models.BooleanField(default=False)
    archived_by_provider = models.BooleanField(default=False)

    objects = models.Manager.from_queryset(MembershipQuery)()

    class Meta:
        ordering = ["organisation__native_id", "role"]
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_membership_per_role")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} for {self.organisation}"


class TermsAcceptance(models.Model):
    """That a user agreed to a version of the terms of use, and when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="acceptances")
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-accepted_at"]

    def __str__(self) -> str:
        return f"terms {self.version}"


class AccessLog(models.Model):
    """Who looked at or took out whose data, and when. Holds numbers of things, never their contents."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    # Whom the person acted for, and whose data or people it was about (empty: their own organisation's).
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL)
    about = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="looked_at")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="done_to")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "-at"], name="access_by_organisation"),
            models.Index(fields=["about", "-at"], name="access_about_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class Invitation(models.Model):
    """That somebody was asked to act for an organisation. The link in the mail is kept as a hash only."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role)
    email = models.EmailField()
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    made_at = models.DateTimeField(auto_now_add=True)
    # Set when a mail is made, and anew with each mail: only the newest link works.
    link_hash = models.CharField(max_length=64, blank=True, db_index=True)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations"
    )

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class KeptForm(models.Model):
    """What a person had typed when the session had ended, sealed, until they have signed in again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_forms")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    address = models.CharField(max_length=500)
    sealed = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"kept form {self.pk}"
