"""Help: its pages, and who an organisation's approvers are."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collectory.portal.help_texts import GLOSSARY, MEANINGS, OLD_NAMES, REJECTED, SCREENS
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.permissions import public


@public
@require_GET
def help_page(request: HttpRequest, page: str = "") -> HttpResponse:
    """The first page of the help, or one of the others."""
    if not page:
        return render(request, "help/index.html", {"screens": SCREENS})
    if page == "statuses":
        rows = [(state.words, OLD_NAMES.get(state, ""), meaning) for state, meaning in MEANINGS.items()]
        return render(request, "help/statuses.html", {"rows": rows, "rejected": REJECTED})
    if page == "glossary":
        return render(request, "help/glossary.html", {"words": GLOSSARY})
    if page == "access":
        return render(request, "help/access.html", {"approvers": approvers(getattr(request, "membership", None))})
    shown = next((each for each in SCREENS if each.key == page), None)
    if shown is None:
        raise Http404
    return render(request, "help/screen.html", {"page": shown})


def approvers(membership: Membership | None) -> list[Membership]:
    """The approvers of a person's own organisation; nobody's names are shown to strangers."""
    if membership is None:
        return []
    found = Membership.objects.filter(
        organisation=membership.organisation, role=Role.APPROVER, user__is_active=True
    ).select_related("user")
    return list(found.order_by("user__last_name", "user__first_name"))
