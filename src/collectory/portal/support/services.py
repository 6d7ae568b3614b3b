"""Asking and answering."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.people.models import Membership, User
from collectory.portal.support.models import ServiceRequest

LONGEST = 4000
MOST_AN_HOUR = 10
TOO_MANY = Refusal(
    "too-many",
    "Too many requests were sent from here",
    f"Not more than {MOST_AN_HOUR} are taken in an hour.",
    "What you wrote is still below. Send it again in an hour.",
)


def problems_with(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a request, by field; empty where nothing is."""
    found = {}
    if not values["name"]:
        found["name"] = "Enter your name."
    try:
        validate_email(values["email"])
    except ValidationError:
        found["email"] = "Enter one e-mail address, such as sen.team@example.gov.uk."
    if values["subject"] not in ServiceRequest.Subject.values:
        found["subject"] = "Choose what your request is about."
    if not values["text"]:
        found["text"] = "Say what you need."
    elif len(values["text"]) > LONGEST:
        found["text"] = f"This is {len(values['text']):,} characters long. A request can have {LONGEST:,} at most."
    for name in ("name", "organisation"):
        if len(values[name]) > 200:
            found[name] = "This can have 200 characters at most."
    return found


def ask(
    values: Mapping[str, str], user: User | None, membership: Membership | None, address: str
) -> ServiceRequest | Refusal:
    """Keep a request whose values have no problem; `address` is where it came from, to hold back floods."""
    key = f"service-requests:{user.pk if user else address}"
    cache.add(key, 0, 3600)
    try:
        sent = cache.incr(key)
    except ValueError:  # it ran out between the two
        sent = 1
    if sent > MOST_AN_HOUR:
        return TOO_MANY
    return ServiceRequest.objects.create(
        asked_by=user, asked_for=membership.organisation if membership else None, **values
    )


def answer(request_id: int, user: User, text: str) -> ServiceRequest | Refusal:
    """Answer a request that has no answer yet."""
    text = text.strip()
    if not text:
        return Refusal("empty", "The answer is empty", "There is nothing to send.", "Write the answer.")
    if len(text) > LONGEST:
        why = f"It is {len(text):,} characters long; an answer can have {LONGEST:,} at most."
        return Refusal("too-long", "The answer is too long", why, "Shorten it and send it again.")
    with transaction.atomic():
        found = ServiceRequest.objects.select_for_update().get(pk=request_id)
        if found.answered_at is not None:
            return Refusal(
                "answered",
                "Somebody has answered it already",
                "A request is answered once.",
                "Their answer is shown with the request. Yours was not sent.",
            )
        found.answer, found.answered_at, found.answered_by = text, timezone.now(), user
        found.save(update_fields=["answer", "answered_at", "answered_by"])
    return found
