"""The sign-in form."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from collectory.portal.people.models import TermsAcceptance


class SignInForm(LoginForm):  # type: ignore[misc]
    """User name, password, and agreement to the terms of use at each sign-in."""

    agree = forms.BooleanField(
        label="I agree to the terms of use",
        error_messages={"required": "Tick the box to agree to the terms of use. You cannot sign in without it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].error_messages["required"] = "Enter your user name."
        self.fields["password"].error_messages["required"] = "Enter your password."

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in, start a session of limited idleness and record what was agreed to."""
        response = super().login(request, redirect_url=redirect_url)
        if request.user.is_authenticated:
            # allauth lets the session last until the browser closes; ours also ends when left idle.
            request.session.set_expiry(settings.SESSION_COOKIE_AGE)
            TermsAcceptance.objects.create(user=request.user, version=settings.TERMS_VERSION)
        return response
