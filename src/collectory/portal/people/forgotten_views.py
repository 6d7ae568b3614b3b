"""A forgotten user name or password: the same answer for everybody, and a mail for those who have an account."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from collectory.portal.pages import too_many
from collectory.portal.people import access_log
from collectory.portal.people.access_log import Action
from collectory.portal.people.mails import send_reset, service_address
from collectory.portal.people.models import User
from collectory.portal.people.passwords import password_problems
from collectory.portal.people.permissions import public

KEY = "link for a new password"
IN_SESSION = "by-link"


@public
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a mail with the user name, a link for a new password, and who the approver is."""
    if request.method != "POST":
        return render(request, "people/forgotten.html", {"problem": ""})
    typed = request.POST.get("who", "").strip()
    if not typed:
        problem = "Enter your user name or your e-mail address."
        return render(request, "people/forgotten.html", {"problem": problem}, status=422)
    if not ratelimit.consume(request, action="reset_password", key=typed.casefold()):
        return too_many(request)
    found = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed), is_active=True)[:5]
    # One task at least, whether there is somebody or not: the time that this takes tells nothing.
    for number in [user.pk for user in found] or [0]:
        send_reset.enqueue(number, service_address(request))
    return render(request, "people/forgotten_sent.html")


@public
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Choose a new password with the link from a mail. The link moves to the session, out of the address."""
    if token != IN_SESSION:
        request.session[KEY] = token
        return redirect("choose-password", number, IN_SESSION)
    user = User.objects.filter(pk=int(number), is_active=True).first() if number.isdecimal() else None
    if user is None or not default_token_generator.check_token(user, request.session.get(KEY, "")):
        return render(request, "people/link_dead.html", {"what": "password"}, status=404)
    if request.method != "POST":
        return render(request, "people/choose_password.html", {"problems": {}, "user_name": user.username})
    chosen, again = request.POST.get("password", ""), request.POST.get("again", "")
    if problems := password_problems(chosen, again, user):
        context = {"problems": problems, "user_name": user.username}
        return render(request, "people/choose_password.html", context, status=422)
    with transaction.atomic():
        user.set_password(chosen)
        user.save(update_fields=["password"])
        access_log.about_person(user, Action.PASSWORD_CHANGED, "by a link from a mail")
    request.session.flush()
    return redirect(reverse("account_login") + "?password=changed")
