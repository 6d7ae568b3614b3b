"""The pages of the second factor: at sign-in, and where a person sets up, looks at and removes their own.

django-allauth does the work; the addresses have the names that it asks for.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    ListWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy

from collectory.portal.people.permissions import own_account, public
from collectory.portal.people.second_factor import role_needs_one


class ForTheBrowser:
    """Gives the template what the browser's passkey functions are asked with, as text."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The context with `passkey_options`."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        if data := context.pop("js_data", None):
            context["passkey_options"] = json.dumps(next(iter(data.values())), default=dict)
        return context


class Authenticate(ForTheBrowser, AuthenticateView):  # type: ignore[misc]
    """The second step of signing in."""

    template_name = "people/second_factor/authenticate.html"


class SecondFactor(IndexView):  # type: ignore[misc]
    """What a person has set up, and what they can add or remove."""

    template_name = "people/second_factor/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the role that the person acts in needs a second factor."""
        membership = self.request.membership
        needed = membership is not None and role_needs_one(membership)
        return {**super().get_context_data(**kwargs), "needed": needed}


class AddApp(ActivateTOTPView):  # type: ignore[misc]
    """Set up an authenticator app."""

    template_name = "people/second_factor/add_app.html"


class RemoveApp(DeactivateTOTPView):  # type: ignore[misc]
    """Remove the authenticator app."""

    template_name = "people/second_factor/remove.html"
    extra_context = {"what": "the authenticator app"}


class AddPasskey(ForTheBrowser, AddWebAuthnView):  # type: ignore[misc]
    """Set up a passkey: one that the device keeps and unlocks, so that it can also stand for the password."""

    template_name = "people/second_factor/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the browser for a passkey that knows whose it is."""
        context = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return {**context, "passkey_options": json.dumps(options, default=dict)}


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey."""

    template_name = "people/second_factor/remove.html"
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which passkey it is."""
        return {**super().get_context_data(**kwargs), "what": f"the passkey {self.object.wrap().name}"}

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, unless the role needs one and it is the last."""
        from allauth.mfa.adapter import get_adapter

        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.object):
            form.add_error(None, adapter.error_messages["cannot_delete_authenticator"])
            return self.form_invalid(form)  # type: ignore[no-any-return]
        return super().form_valid(form)  # type: ignore[no-any-return]


class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]
    """Sign in with a passkey in the place of user name and password."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say on the sign-in page that it did not work."""
        return redirect(reverse("account_login") + "?passkey=refused")


class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes that are left."""

    template_name = "people/second_factor/recovery_codes.html"


class NewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """Make new recovery codes; the old ones stop working."""

    template_name = "people/second_factor/new_recovery_codes.html"


class PasswordAgain(ReauthenticateView):  # type: ignore[misc]
    """Ask for the password again before something that could lock a person out."""

    template_name = "people/second_factor/again.html"
    extra_context = {"by": "password"}


class CodeAgain(ReauthenticateByCodeView):  # type: ignore[misc]
    """Ask for a code again."""

    template_name = "people/second_factor/again.html"
    extra_context = {"by": "code"}


class PasskeyAgain(ForTheBrowser, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Ask for the passkey again."""

    template_name = "people/second_factor/again.html"
    extra_context = {"by": "passkey"}


class Passkeys(ListWebAuthnView):  # type: ignore[misc]
    """The list is a part of the second factor's page."""

    def get(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Go to that page."""
        return redirect("mfa_index")


authenticate = public(Authenticate.as_view())
passkey_sign_in = public(PasskeySignIn.as_view())
index = own_account(SecondFactor.as_view())
add_app = own_account(AddApp.as_view())
remove_app = own_account(RemoveApp.as_view())
passkeys = own_account(Passkeys.as_view())
add_passkey = own_account(AddPasskey.as_view())
remove_passkey = own_account(RemovePasskey.as_view())
recovery_codes = own_account(RecoveryCodes.as_view())
new_recovery_codes = own_account(NewRecoveryCodes.as_view())
password_again = own_account(PasswordAgain.as_view())
code_again = own_account(CodeAgain.as_view())
passkey_again = own_account(PasskeyAgain.as_view())
