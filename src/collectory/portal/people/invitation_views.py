"""Taking up an invitation: a new account with a password, or a further role for somebody who has one."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from collectory.portal.people import managing, terms
from collectory.portal.people.middleware import SESSION_KEY
from collectory.portal.people.models import Invitation, User
from collectory.portal.people.passwords import password_problems
from collectory.portal.people.permissions import public

KEY = "invitation"
IN_SESSION = "by-link"


@public
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Take up an invitation. The link moves to the session, out of the address."""
    if token != IN_SESSION:
        request.session[KEY] = token
        return redirect("accept-invitation", IN_SESSION)
    invitation = managing.invitation_of(request.session.get(KEY, ""))
    if invitation is None:
        return render(request, "people/link_dead.html", {"what": "invitation"}, status=404)
    if managing.has_account(invitation) or request.user.is_authenticated:
        return _further_role(request, invitation)
    return _new_account(request, invitation)


def _further_role(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """For a person with an account: signed in as the one who was invited, take the role up."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("accept-invitation", args=[IN_SESSION]))
    invited = invitation.email.casefold()
    fits = invited in {request.user.email.casefold(), request.user.username.casefold()}  # type: ignore[union-attr]
    if fits and request.method == "POST":
        membership = managing.take_up(invitation, request.user)  # type: ignore[arg-type]
        if membership is None:
            return render(request, "people/link_dead.html", {"what": "invitation"}, status=404)
        request.session.pop(KEY, None)
        request.session[SESSION_KEY] = membership.pk
        return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"invitation": invitation, "fits": fits}
    return render(request, "people/further_role.html", context, status=200 if fits else 403)


def _new_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Name, password, terms; the e-mail address is the user name."""
    values = {name: request.POST.get(name, "").strip()[:150] for name in ("first_name", "last_name")}
    problems: dict[str, str] = {}
    if request.method == "POST":
        user = User(username=invitation.email, email=invitation.email, **values)
        problems = {
            **({} if values["first_name"] else {"first_name": "Enter your first name."}),
            **({} if values["last_name"] else {"last_name": "Enter your last name."}),
            **password_problems(request.POST.get("password", ""), request.POST.get("again", ""), user),
            **({} if request.POST.get("agree") else {"agree": "Tick the box to agree to the terms of use."}),
        }
        if not problems:
            user.set_password(request.POST["password"])
            if managing.take_up(invitation, user) is None:
                return render(request, "people/link_dead.html", {"what": "invitation"}, status=404)
            request.session.pop(KEY, None)
            terms.ticked(request)
            record_authentication(request, user, "password")
            return perform_login(request, user, email_verification="none")  # type: ignore[no-any-return]
    context = {"invitation": invitation, "values": values, "problems": problems, "agreed": request.POST.get("agree")}
    return render(request, "people/new_account.html", context, status=422 if problems else 200)
