"""Open return: its parts, the lists of records, and one record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_http_methods

from collectory.blade import Entity
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import (
    addresses,
    changes,
    following,
    notes_beside,
    reading,
    record_pages,
    selecting,
    tree,
)
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.selecting import Selection
from collectory.portal.returns.services.editing import is_fixed
from collectory.portal.returns.views.forms import form_address
from collectory.portal.returns.views.opening import Place, address_in, entity_named, show

PAGE_SIZES = (10, 50, 100)
PAGE_SIZE = 50


@on_return(Act.LOOK)
@require_GET
def open_return(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The parts of the return with their records and findings."""
    form = reading.edition_of(data_return).form
    if form is not None and data_return.current_revision_id:
        return redirect(addresses.url_of_tab(data_return, form.tabs[0]))
    return show(request, data_return, "returns/open_return.html", Place())


def _chosen(request: HttpRequest, data_return: Return, entity: Entity) -> Selection:
    return selecting.selection_of(request.session, request.GET, reading.edition_of(data_return), entity)


def _rows(data_return: Return, revision: Revision, entity: Entity, selection: Selection) -> list[int]:
    noted = notes_beside.rows_with_notes(data_return, revision, entity) if selection.show == "notes" else None
    changed = set(changes.amended(data_return, entity)) if selection.show == "changed" else None
    return selecting.rows_of(revision, entity, selection, noted, changed).to_list()


@on_return(Act.LOOK)
@require_http_methods(["GET", "POST"])
def records(request: HttpRequest, data_return: Return, entity: str) -> HttpResponse:
    """One part of the return: a list to page, sort and search, or the items of the only record."""
    kind = entity_named(data_return, entity)
    revision = data_return.current_revision
    if revision is None:
        return redirect(address_in(data_return, "open-return"))
    if request.method == "POST":
        return redirect(_searched(request, data_return, kind))
    if address := form_address(data_return, kind.name):
        return redirect(address)
    if not tree.is_list(kind):
        if revision.records.get(kind.name):
            return redirect(addresses.url_of_record(data_return, kind, 0))
        return show(request, data_return, "returns/no_record.html", Place(kind))
    selection = _chosen(request, data_return, kind)
    rows = _rows(data_return, revision, kind, selection)
    size = _number(request.GET.get("size"), PAGE_SIZE)
    size = size if size in PAGE_SIZES else PAGE_SIZE
    pages = max(1, -(-len(rows) // size))
    page = min(max(1, _number(request.GET.get("page"), 1)), pages)
    chosen = rows[(page - 1) * size : page * size]
    columns = selecting.listed_fields(kind)
    edition = reading.edition_of(data_return)
    return show(
        request,
        data_return,
        "returns/records.html",
        Place(kind, selection=selection),
        columns=columns,
        records=record_pages.listed(edition, revision, kind, chosen, columns, with_above=kind.parent is not None),
        noted=notes_beside.rows_with_notes(data_return, revision, kind),
        selection=selection,
        coded=selecting.coded_fields(kind),
        shown=selecting.SHOWN,
        total=revision.records.get(kind.name, 0),
        found=len(rows),
        page=page,
        pages=pages,
        page_links=_page_links(page, pages),
        size=size,
        sizes=PAGE_SIZES,
        size_asked="" if size == PAGE_SIZE else size,
        first=(page - 1) * size + 1,
    )


def _searched(request: HttpRequest, data_return: Return, entity: Entity) -> str:
    """The address of what the search form asks for; the words themselves stay in the session."""
    asked = {name: request.POST.get(name, "") for name in ("show", "sort", "in")}
    asked |= {each.name: request.POST.get(each.name, "") for each in selecting.coded_fields(entity)}
    asked["search"] = selecting.remember_search(request.session, entity, request.POST.get("words", ""))
    selection = selecting.selection_of(request.session, asked, reading.edition_of(data_return), entity)
    return addresses.url_of_entity(data_return, entity) + selection.query(size=request.POST.get("size", ""))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else otherwise


def _page_links(page: int, pages: int) -> list[int]:
    """The numbers to show under a list; 0 stands for a gap."""
    wanted = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    links: list[int] = []
    for number in wanted:
        if links and number - links[-1] > 1:
            links.append(0)
        links.append(number)
    return links


def _neighbours(rows: list[int], row: int) -> tuple[int | None, int | None, int | None]:
    """The rows before and after one in a list, and its position there (None where it is not in the list)."""
    if row in rows:
        at = rows.index(row)
        return (rows[at - 1] if at else None), (rows[at + 1] if at + 1 < len(rows) else None), at
    before = [each for each in rows if each < row]
    after = [each for each in rows if each > row]
    return max(before, default=None), min(after, default=None), None


def gone(request: HttpRequest, data_return: Return, entity: Entity) -> HttpResponse:
    """The page for a record that is no longer in the return."""
    return show(request, data_return, "returns/record_gone.html", Place(entity), status=404)


@on_return(Act.LOOK)
@require_GET
def record(request: HttpRequest, data_return: Return, entity: str, revision: int, row: int) -> HttpResponse:
    """One record: every item with what was found and noted, and the records under it."""
    kind = entity_named(data_return, entity)
    current = data_return.current_revision
    here = following.row_now(data_return, revision, kind, row)
    if current is None or here is None:
        return gone(request, data_return, kind)
    if address := form_address(data_return, kind.name):
        return redirect(address)
    if revision != current.number:
        address = addresses.url_of_record(data_return, kind, here)
        return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)
    selection = _chosen(request, data_return, kind)
    rows = _rows(data_return, current, kind, selection) if tree.is_list(kind) else [here]
    before, after, position = _neighbours(rows, here)
    amended = changes.amended(data_return, kind).get(here, set())
    return show(
        request,
        data_return,
        "returns/record.html",
        Place(kind, here, selection=selection),
        page=record_pages.record_page(data_return, current, kind, here, amended),
        selection=selection,
        before=before,
        after=after,
        position=position,
        found=len(rows),
        is_list=tree.is_list(kind),
        shown=selecting.SHOWN,
        fixed={each.name for each in kind.fields if is_fixed(reading.edition_of(data_return), kind, each.name)},
        item_notes=lambda field: _item_notes(data_return, kind, here, field),
    )


def _item_notes(data_return: Return, entity: Entity, row: int, field: str) -> str:
    """The address of the notes on one item."""
    assert data_return.current_revision is not None
    which = {"entity": entity.name, "revision": data_return.current_revision.number, "record": row, "field": field}
    where = {"collection": data_return.collection.slug, "native_id": data_return.organisation.native_id}
    try:
        return reverse("item-notes", kwargs={**where, **which})
    except NoReverseMatch:
        return ""
