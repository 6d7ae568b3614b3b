"""The terms of use: ticked with the password at each sign-in, and once per version for those who sign in otherwise."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from collectory.portal.people.models import TermsAcceptance

TICKED = "agreed to the terms"
MUST_AGREE = "must agree to the terms"


def ticked(request: HttpRequest) -> None:
    """Remember, until the person is signed in, that the box was ticked."""
    request.session[TICKED] = settings.TERMS_VERSION


def keep_agreement(request: HttpRequest, user: Any) -> None:
    """Keep what a person agreed to by signing in, or see to it that they are asked."""
    if version := request.session.pop(TICKED, None):
        TermsAcceptance.objects.create(user=user, version=version)
    elif not TermsAcceptance.objects.filter(user=user, version=settings.TERMS_VERSION).exists():
        request.session[MUST_AGREE] = True


def agree(request: HttpRequest) -> None:
    """Keep that a signed-in person agreed, and let them go on."""
    if request.session.pop(MUST_AGREE, None):
        TermsAcceptance.objects.create(user=request.user, version=settings.TERMS_VERSION)
