"""Signing in and out, and choosing the organisation to act for."""

from __future__ import annotations

from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from collectory.portal.people.acting import memberships_of
from collectory.portal.people.middleware import SESSION_KEY
from collectory.portal.people.permissions import public, signed_in
from collectory.portal.people.roles import may_do


class SignIn(LoginView):  # type: ignore[misc]
    """The sign-in page."""

    template_name = "people/sign_in.html"


class SignOut(LogoutView):  # type: ignore[misc]
    """Ends the session; asks first when reached by address instead of by the button."""

    template_name = "people/sign_out.html"


sign_in = public(SignIn.as_view())
sign_out = public(SignOut.as_view())


@public
def account_inactive(request: HttpRequest) -> HttpResponse:
    """What a person sees whose account was switched off."""
    return render(request, "people/account_inactive.html", status=403)


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
            return redirect(wanted or settings.LOGIN_REDIRECT_URL)
        missing = True
    context = {"memberships": memberships, "missing": missing, "next": wanted, "may_do": may_do}
    return render(request, "people/choose_organisation.html", context)
