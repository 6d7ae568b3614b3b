"""The frame round every page: template environment, shared context, plain error pages, help."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from collectory.portal.help_texts import help_address
from collectory.portal.people import kept_forms
from collectory.portal.people.acting import ActsOtherwise
from collectory.portal.people.permissions import duties_of, public


def when(moment: dt.datetime | None) -> str:
    """A date and time as people write it: 4 October 2021 at 3:07pm."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    hour = local.strftime("%I").lstrip("0")
    return f"{local.day} {local:%B %Y} at {hour}:{local:%M}{local:%p}".replace("AM", "am").replace("PM", "pm")


def day(moment: dt.datetime | dt.date | None) -> str:
    """A date as people write it: 4 October 2021."""
    if moment is None:
        return ""
    local = timezone.localtime(moment) if isinstance(moment, dt.datetime) else moment
    return f"{local.day} {local:%B %Y}"


def short_day(moment: dt.datetime | dt.date | None) -> str:
    """A date for a narrow column: 4 Oct 2021."""
    if moment is None:
        return ""
    local = timezone.localtime(moment) if isinstance(moment, dt.datetime) else moment
    return f"{local.day} {local:%b %Y}"


def number(value: float) -> str:
    """A whole number with commas: 12,345."""
    return f"{value:,}"


def file_size(value: int) -> str:
    """A size in the unit people would use: 5.2 MB."""
    if value < 1024:
        return f"{value} bytes"
    if value < 1024 * 1024:
        return f"{value / 1024:.0f} KB"
    return f"{value / 1024 / 1024:.1f} MB".replace(".0 ", " ")


def count_of(value: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 error, 2,013 errors."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def in_sentence(label: str) -> str:
    """A label as it stands inside a sentence: Part 1 is part 1, LA level data stays as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def likely(probability: float) -> str:
    """A probability as people read it: 87%, 99.95%; never as if it were sure."""
    share = min(max(probability, 0.0001), 0.9999) * 100
    return f"{share:.2f}%" if share >= 99 else f"{share:.0f}%" if share >= 1 else f"{share:.2g}%"


def address(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page by its name."""
    return reverse(name, args=args, kwargs=kwargs)


def address_of_return(data_return: Any, name: str, *args: Any) -> str:
    """The address of a page about one return: `at(data_return, "upload")`."""
    return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])


def environment(**options: Any) -> Environment:
    """The Jinja environment: ours first, then the GOV.UK components under their own prefix."""
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    own = options.pop("loader")
    env = Environment(loader=ChoiceLoader([own, components]), **options)  # noqa: S701 - Django passes autoescape=True
    env.globals.update(static=static, url=address, at=address_of_return)
    env.filters["in_sentence"] = in_sentence
    env.filters.update(
        when=when, day=day, short_day=short_day, number=number, file_size=file_size, count_of=count_of, likely=likely
    )
    return env


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page needs."""
    membership = getattr(request, "membership", None)
    return {
        "demonstration": settings.DEMONSTRATION,
        "desktop": settings.DESKTOP,
        "membership": membership,
        "has_other_roles": membership is not None and len(request.memberships) > 1,
        "duties": duties_of(membership),
        "unread_news": unread_by(request.user) if membership is not None and not settings.DESKTOP else 0,
        "help_address": help_address(match.url_name if (match := request.resolver_match) else None),
        "session_minutes": settings.SESSION_MINUTES,
        "session_ends": timezone.now() + dt.timedelta(minutes=settings.SESSION_MINUTES),
    }


def unread_by(user: Any) -> int:
    """How many news a person has not read."""
    return int(apps.get_model("telling", "News").objects.filter(user=user, read_at=None).count())


class PlainErrorPages:
    """Answers a missing page or a forbidden act with our own page, in the demonstration too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn the two expected exceptions into pages; leave every other one to Django."""
        if isinstance(exception, Http404):
            return not_found(request, exception)
        if isinstance(exception, PermissionDenied):
            return forbidden(request, exception)
        return None


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for an address that leads nowhere, or nowhere this person may see."""
    return render(request, "portal/not_found.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for an act that this person's role does not allow."""
    if isinstance(exception, ActsOtherwise):
        sent = request.method not in {"GET", "HEAD"}
        context = {"others": exception.memberships, "sent": sent, "next": "" if sent else request.get_full_path()}
        return render(request, "people/other_role.html", context, status=403)
    why = str(exception) if exception else ""
    return render(request, "portal/forbidden.html", {"why": why}, status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose protection token is missing or old: from before somebody signed in again, mostly."""
    if kept_forms.keep(request):
        return redirect("kept-form")
    return render(request, "portal/form_expired.html", status=403)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for somebody, or some program, that tries to sign in over and over."""
    return render(request, "people/too_many.html", status=429)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours."""
    return render(request, "portal/broken.html", status=500)


@public
def any_other(request: HttpRequest, path: str) -> HttpResponse:
    """Every address that no page has."""
    if not path.endswith("/"):
        try:
            match = resolve(f"/{path}/")
        except Resolver404:
            return not_found(request)
        if match.func is not any_other and request.method in {"GET", "HEAD"}:
            return HttpResponsePermanentRedirect(f"/{path}/")
    return not_found(request)


@public
def health(request: HttpRequest) -> HttpResponse:
    """Says that the web process answers; for the machine that watches it."""
    return HttpResponse("ok", content_type="text/plain")


@public
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use that are agreed to at sign-in."""
    return render(request, "portal/terms.html", {"version": settings.TERMS_VERSION})


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "portal/accessibility.html")
