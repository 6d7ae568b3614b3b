"""The sign-in form."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.http import HttpRequest, HttpResponse

from collectory.portal.people import terms


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
        """Sign in, or go on to the second factor; what was agreed to is kept when the person is in."""
        terms.ticked(request)
        return super().login(request, redirect_url=redirect_url)
