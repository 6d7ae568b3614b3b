"""News for you, and what I am told."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import signed_in
from collectory.portal.telling.kinds import FOR_MANY, LABELS, OF_CASES, Kind
from collectory.portal.telling.models import NEWS, News, Wish

PAGE = 50


@dataclass(frozen=True)
class Line:
    """A line of the list: the news, and the page where something can be done about it."""

    news: News
    address: str


def _address(news: News) -> str:
    if news.delivery_id is not None:
        return reverse("delivery", args=[news.delivery_id])
    assert news.collection is not None
    slug = news.collection.slug
    if news.kind in OF_CASES:
        return reverse("cases", args=[slug])
    if news.part == Part.AGENT.value and news.kind in FOR_MANY:
        return reverse("sources", args=[slug])
    if news.kind == Kind.QUESTION:
        return reverse("questions", args=[slug, news.organisation.native_id])
    return reverse("source-page", args=[slug, news.organisation.native_id])


def _mine(request: HttpRequest) -> QuerySet[News]:
    """The news of a person, in all their roles that count."""
    roles = Membership.objects.active().filter(user=request.user)  # type: ignore[misc]
    return News.objects.filter(user=request.user, membership__in=roles)  # type: ignore[misc]


@signed_in
@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """The list, newest first, a page at a time."""
    only_unread = request.GET.get("show") == "unread"
    found = _mine(request).filter(read_at=None) if only_unread else _mine(request)
    count = found.count()
    pages = max(1, -(-count // PAGE))
    asked = request.GET.get("page", "")
    number = min(max(1, int(asked)), pages) if asked.isdecimal() and len(asked) < 7 else 1
    rows = found.select_related(*NEWS)[(number - 1) * PAGE : number * PAGE]
    context = {
        "lines": [Line(one, _address(one)) for one in rows],
        "count": count,
        "number": number,
        "pages": pages,
        "only_unread": only_unread,
    }
    return render(request, "telling/news.html", context)


@signed_in
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark one line as read, or all that there were when the page was made."""
    found = _mine(request).filter(read_at=None)
    one, until = request.POST.get("one", ""), request.POST.get("until", "")
    if one.isdecimal() and len(one) < 19:
        found.filter(pk=int(one)).update(read_at=timezone.now())
    elif until.isdecimal() and len(until) < 19:
        found.filter(pk__lte=int(until)).update(read_at=timezone.now())
    return redirect("news")


@signed_in
@require_http_methods(["GET", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    """How this person wishes to be told of each kind of news."""
    user = request.user
    known = dict(Wish.objects.filter(user=user).values_list("kind", "how"))  # type: ignore[misc]
    if request.method == "POST":
        rows = [
            Wish(user=user, kind=kind.value, how=how)  # type: ignore[misc]
            for kind in Kind
            if (how := request.POST.get(kind.name.lower(), "")) in Wish.How.values
        ]
        Wish.objects.bulk_create(rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["how"])
        messages.success(request, "Your choices are saved. They count for news from now on.")
        return redirect("what-i-am-told")
    rows = [(kind.name.lower(), LABELS[kind], known.get(kind.value, Wish.How.AT_ONCE)) for kind in Kind]
    return render(request, "telling/wishes.html", {"rows": rows, "ways": Wish.How.choices, "email": user.email})  # type: ignore[union-attr]
