"""Signing in and out, and choosing the organisation to act for."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from collectory.portal.people import access_log, terms
from collectory.portal.people.access_log import Action
from collectory.portal.people.acting import memberships_of
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.middleware import SESSION_KEY
from collectory.portal.people.permissions import own_account, public, signed_in
from collectory.portal.people.provider_views import sign_out_there
from collectory.portal.people.roles import may_do


class SignIn(LoginView):  # type: ignore[misc]
    """The sign-in page."""

    template_name = "people/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What other ways of signing in there are, and whether one of them just failed."""
        return {
            **super().get_context_data(**kwargs),
            "provider": settings.PROVIDER_NAME if settings.PROVIDER_SERVER else "",
            "passkey_refused": self.request.GET.get("passkey") == "refused",
            "to_try": _accounts_to_try() if settings.DEMONSTRATION else [],
            "demonstration_password": DEMONSTRATION_PASSWORD,
            "mail_folder": settings.EMAIL_FILE_PATH if settings.DEMONSTRATION else "",
        }


def _accounts_to_try() -> list[Any]:
    """The demonstration's accounts, for its sign-in page."""
    from collectory.portal.demonstration.country import accounts_to_try  # it builds on all that the portal can do

    return accounts_to_try()


class SignOut(LogoutView):  # type: ignore[misc]
    """Ends the session; asks first when reached by address instead of by the button."""

    template_name = "people/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session here, then the one at the provider that the person came from."""
        there = sign_out_there(self.request)
        response: HttpResponse = super().post(*args, **kwargs)
        if there is None:
            return response
        self.request.membership = None
        # Not a redirect: the policy lets a form lead to this service only.
        context = {"provider": settings.PROVIDER_NAME, "there": there}
        page = render(self.request, "people/signing_out_there.html", context)
        if there:
            page.headers["Refresh"] = f"0; url={there}"
        return page


sign_in = public(SignIn.as_view())
sign_out = public(SignOut.as_view())


@public
def account_inactive(request: HttpRequest) -> HttpResponse:
    """What a person sees whose account was switched off."""
    return render(request, "people/account_inactive.html", status=403)


@own_account
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest) -> HttpResponse:
    """Agree to the terms of use, for those who signed in without the box on the sign-in page."""
    if request.method == "POST" and request.POST.get("agree"):
        terms.agree(request)
    if terms.MUST_AGREE not in request.session:
        return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"missing": request.method == "POST", "version": settings.TERMS_VERSION}
    return render(request, "people/agree.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def choose_organisation(request: HttpRequest) -> HttpResponse:
    """Choose which of one's organisations and roles to act in, and go on to the page that was wanted."""
    memberships = memberships_of(request.user)
    missing = False
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = ""
    if request.method == "POST":
        chosen = request.POST.get("membership", "")
        found = memberships.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        if found is not None:
            request.session[SESSION_KEY] = found.pk
            access_log.done_by(found, Action.SWITCHED, found.get_role_display())
            return redirect(wanted or settings.LOGIN_REDIRECT_URL)
        missing = True
    context = {"memberships": memberships, "missing": missing, "next": wanted, "may_do": may_do}
    return render(request, "people/choose_organisation.html", context)
