"""Looking after the lists that rules ask."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.lists import loading
from collectory.portal.lists.models import ListVersion
from collectory.portal.people.permissions import Duty, with_duty
from collectory.portal.returns.services.accepting import BLANK, too_large

FIRST = 20
"""Keys of each kind that a preview shows."""


@with_duty(Duty.RUN)
@require_http_methods(["GET", "POST"])
def lists(request: HttpRequest) -> HttpResponse:
    """All lists with the version in force of each; handing in a file, whose preview follows."""
    known = {f"{blade}.{meant.name}": (blade, meant) for blade, meant in loading.all_lists()}
    problems: list[tuple[str, str]] = []
    refusal, asked = None, request.POST.get("list", "")
    if request.method == "POST":
        file = request.FILES.get("file")
        if hasattr(request, "too_large"):
            refusal = too_large()
        else:
            if asked not in known:
                problems.append(("Choose which list it is.", "#list"))
            if file is None:
                problems.append(("Choose the list’s CSV file.", "#file"))
            elif not file.size:
                refusal = BLANK
            elif not problems:
                outcome = loading.preview(request.user, *known[asked], file.name or "", file.read())  # type: ignore[arg-type]
                if isinstance(outcome, ListVersion):
                    return redirect("list-preview", outcome.pk)
                refusal = outcome
    shown = [(key, meant, ListVersion.in_force(blade, meant.name)) for key, (blade, meant) in known.items()]
    context = {
        "lists": shown,
        "asked": asked,
        "problems": problems,
        "refusal": refusal,
        "recent": ListVersion.objects.select_related("made_by")[:10],
    }
    return render(request, "lists/lists.html", context, status=422 if problems or refusal else 200)


def _shown(request: HttpRequest, version: ListVersion, refusal: Refusal | None = None) -> HttpResponse:
    found = loading.differences(version)
    context = {
        "version": version,
        "meant": version.meant,
        "refusal": refusal,
        "sections": [
            ("New", found.new[:FIRST], len(found.new)),
            ("No longer in it", found.gone[:FIRST], len(found.gone)),
            ("Changed", found.changed[:FIRST], len(found.changed)),
        ],
        "lacking": [name for name in version.meant.columns if name not in loading.table_of(version.table).columns],
    }
    return render(request, "lists/preview.html", context, status=409 if refusal else 200)


@with_duty(Duty.RUN)
@require_GET
def list_preview(request: HttpRequest, version: int) -> HttpResponse:
    """What a list that was handed in would change, or did."""
    return _shown(request, get_object_or_404(ListVersion.objects.select_related("made_by", "applied_by"), pk=version))


@with_duty(Duty.RUN)
@require_POST
def confirm(request: HttpRequest, version: int) -> HttpResponse:
    """Put a list in force."""
    meant = get_object_or_404(ListVersion, pk=version)
    outcome = loading.apply(meant, request.membership)  # type: ignore[attr-defined]
    if isinstance(outcome, Refusal):
        return _shown(request, meant, outcome)
    messages.success(request, f"The list of {outcome.meant.title} is in force. Returns are asked by it from now on.")
    return redirect("lists")
