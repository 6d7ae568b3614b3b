"""A person's own account: what the service knows of it, and their password."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from collectory.portal.pages import too_many
from collectory.portal.people import access_log
from collectory.portal.people.access_log import Action
from collectory.portal.people.acting import memberships_of
from collectory.portal.people.models import User
from collectory.portal.people.passwords import password_problems
from collectory.portal.people.permissions import own_account, signed_in
from collectory.portal.people.second_factor import FACTORS, Authenticator


@signed_in
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and the ways to change it."""
    context = {
        "memberships": memberships_of(request.user),
        "factors": Authenticator.objects.filter(user=request.user, type__in=FACTORS).count(),
        "provider": settings.PROVIDER_NAME if settings.PROVIDER_SERVER else "",
    }
    return render(request, "people/account.html", context)


@own_account
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose another password, knowing the present one. Sessions elsewhere end, this one stays."""
    user = request.user
    assert isinstance(user, User)
    if not user.has_usable_password():
        return redirect("account")
    problems: dict[str, str] = {}
    if request.method == "POST":
        if not ratelimit.consume(request, action="change_password", user=user):
            return too_many(request)
        if not user.check_password(request.POST.get("present", "")):
            problems = {"present": "This is not your present password."}
        else:
            chosen = request.POST.get("password", "")
            problems = password_problems(chosen, request.POST.get("again", ""), user)
        if not problems:
            with transaction.atomic():
                user.set_password(chosen)
                user.save(update_fields=["password"])
                access_log.about_person(user, Action.PASSWORD_CHANGED, "by themselves")
            update_session_auth_hash(request, user)
            messages.success(request, "Your password is changed. You are signed out everywhere else.")
            return redirect("account")
    context = {"problems": problems, "user_name": user.username}
    return render(request, "people/change_password.html", context, status=422 if problems else 200)
