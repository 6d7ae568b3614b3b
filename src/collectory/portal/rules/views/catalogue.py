"""The rule catalogue of a data collection, and the rules of its kind across editions."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collectory.engine.writing.across import KINDS, across_csv, across_json, across_markdown
from collectory.engine.writing.catalogue import catalogue_csv, catalogue_json, catalogue_markdown
from collectory.portal.people.permissions import Duty, has_duty, signed_in
from collectory.portal.rules import catalogue as listing
from collectory.portal.rules.access import collection_for
from collectory.portal.rules.catalogue import Wanted
from collectory.portal.rules.switching import edition_in, switches_in_force

TYPES = {"md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8", "json": "application/json"}


@signed_in
@require_GET
def catalogue(request: HttpRequest, collection: str) -> HttpResponse:
    """Every rule that a return of this data collection is checked with: searched, filtered, a page at a time."""
    membership = request.membership  # type: ignore[attr-defined]
    found = collection_for(membership, collection)
    edition = edition_in(found)
    wanted = Wanted.of(request.GET)
    return render(
        request,
        "rules/catalogue.html",
        {
            "collection": found,
            "edition": edition,
            "wanted": wanted,
            "page": listing.page_of(listing.chosen(edition, wanted), wanted),
            "total": len(listing.rows_of(edition)),
            "parts": listing.parts_of(edition),
            "priorities": listing.PRIORITIES,
            "levels": listing.LEVELS,
            "switched": listing.SWITCHED,
            "switches": switches_in_force(found),
            "may_switch_rules": has_duty(membership, Duty.RUN),
        },
    )


def _download(content: str | bytes, name: str, form: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


@signed_in
@require_GET
def catalogue_file(request: HttpRequest, collection: str, form: str) -> HttpResponse:
    """The whole catalogue as Markdown, CSV or JSON."""
    found = collection_for(request.membership, collection)  # type: ignore[attr-defined]
    write = {"md": catalogue_markdown, "csv": catalogue_csv, "json": catalogue_json}.get(form)
    if write is None:
        raise Http404
    return _download(write(edition_in(found)), f"rules-{found.slug}", form)


@signed_in
@require_GET
def across(request: HttpRequest, collection: str) -> HttpResponse:
    """Every rule of this kind of collection in all its editions, with what changed."""
    found = collection_for(request.membership, collection)  # type: ignore[attr-defined]
    blade = edition_in(found).blade
    wanted = Wanted.of(request.GET)
    editions = [one for one in blade.editions if wanted.term in ("", one.term)]
    return render(
        request,
        "rules/across.html",
        {
            "collection": found,
            "blade": blade,
            "editions": editions,
            "titles": {one.key: one.title.removeprefix(blade.title).strip() for one in blade.editions},
            "terms": [(term, words.capitalize()) for term, words in blade.terms.items()],
            "kinds": [(kind, kind.capitalize()) for kind in KINDS],
            "wanted": wanted,
            "page": listing.page_of(listing.chosen_across(blade, wanted), wanted),
            "total": len(listing.across_of(blade)),
            "here": {rule.key for rule in edition_in(found).rules},
        },
    )


@signed_in
@require_GET
def across_file(request: HttpRequest, collection: str, form: str) -> HttpResponse:
    """The rules across editions as Markdown, CSV or JSON."""
    found = collection_for(request.membership, collection)  # type: ignore[attr-defined]
    blade = edition_in(found).blade
    write = {"md": across_markdown, "csv": across_csv, "json": across_json}.get(form)
    if write is None:
        raise Http404
    return _download(write(blade), f"rules-{blade.name}-across-editions", form)
