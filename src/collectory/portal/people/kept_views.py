"""After signing in again: what had been typed, to be sent or thrown away. And the button that keeps one signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_http_methods, require_POST

from collectory.portal.people import kept_forms
from collectory.portal.people.models import KeptForm
from collectory.portal.people.permissions import by_script, own_account

SHORT = 40  # lines of values that are shown; all are sent


@own_account
@require_http_methods(["GET", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """Show what was typed, with a button that sends it to where it belonged; or throw it away."""
    kept_forms.forget_old()
    mine = KeptForm.objects.filter(user=request.user)
    if request.method == "POST":
        number = request.POST.get("number", "")
        mine.filter(pk=int(number) if number.isdecimal() else 0).delete()
        return redirect("kept-form" if mine.exists() else settings.LOGIN_REDIRECT_URL)
    newest = mine.first()
    if newest is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    try:
        resolve(newest.address.split("?")[0])
    except Resolver404:
        newest.delete()
        return redirect(settings.LOGIN_REDIRECT_URL)
    kept_forms.shown(request, newest)
    fields = kept_forms.fields_of(newest)
    typed = [(name, value) for name, values in fields for value in values if value.strip()]
    context = {"kept": newest, "fields": fields, "typed": typed[:SHORT], "more": max(0, len(typed) - SHORT)}
    return render(request, "people/kept_form.html", context)


@by_script
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Start the time without activity again, as every request does."""
    return HttpResponse(status=204)
