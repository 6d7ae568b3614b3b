"""History of a record, and the list of all edits since the last upload."""

from __future__ import annotations

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import addresses, changes, following, reading, tree, wording
from collectory.portal.returns.changes import Edit
from collectory.portal.returns.models import Return
from collectory.portal.returns.record_pages import values_of
from collectory.portal.returns.views.downloads import log_download, table_download
from collectory.portal.returns.views.opening import Place, entity_named, show
from collectory.portal.returns.views.records import gone

SHOWN_EDITS = 500
WHAT = {changes.CHANGED: "Changed", changes.ADDED: "Added", changes.REMOVED: "Deleted", changes.LOADED: "Loaded"}


@on_return(Act.LOOK)
@require_GET
def record_history(request: HttpRequest, data_return: Return, entity: str, revision: int, row: int) -> HttpResponse:
    """What a record was, and who made it what it is; with `item` in the address, one value of it."""
    kind = entity_named(data_return, entity)
    current = data_return.current_revision
    here = following.row_now(data_return, revision, kind, row)
    if current is None or here is None:
        return gone(request, data_return, kind)
    item = request.GET.get("item", "")
    if item and not kind.has_field(item):
        raise Http404
    if revision != current.number:
        return redirect(f"{addresses.url_of_record(data_return, kind, here)}history/{'?item=' + item if item else ''}")
    found = changes.history_of_record(data_return, kind, here)
    if item:
        found = [one for one in found if one.field is None or one.field.name == item]
    values = values_of(current, kind, here)
    return show(
        request,
        data_return,
        "returns/record_history.html",
        Place(kind, here, "history"),
        changes=found,
        field=kind.field(item) if item else None,
        value=wording.written(reading.edition_of(data_return), kind.field(item), values[item]) if item else None,
        name=wording.record_name(kind, values),
        is_list=tree.is_list(kind),
        what=WHAT,
    )


@on_return(Act.LOOK)
@require_GET
def edits(request: HttpRequest, data_return: Return) -> HttpResponse:
    """All changes on screen since the last upload, to be repeated in the school's own system."""
    found = changes.edits_since_upload(data_return)
    return show(
        request,
        data_return,
        "returns/edits.html",
        Place(doing="edits"),
        edits=found[-SHOWN_EDITS:][::-1],
        total=len(found),
        what=WHAT,
    )


COLUMNS = ("Date and time", "User", "Organisation", "What", "Part", "Record", "Key", "Belongs to it", "Data item")
COLUMNS = (*COLUMNS, "Field", "Old value", "New value")


def as_table(found: list[Edit]) -> pl.DataFrame:
    """The edits as a table of text, oldest first."""
    rows = [
        (
            timezone.localtime(one.change.revision.made_at).strftime("%Y-%m-%d %H:%M:%S"),
            one.change.revision.made_by.shown_name if one.change.revision.made_by else "",
            one.change.event.organisation.name if one.change.event and one.change.event.organisation else "",
            WHAT[one.change.what],
            one.change.entity.label,
            one.who,
            one.key,
            one.what,
            one.change.field.title if one.change.field else "",
            one.change.field.name if one.change.field else "",
            one.change.old or "",
            one.change.new or "",
        )
        for one in found
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


@on_return(Act.EXPORT)
@require_GET
def edits_file(request: HttpRequest, data_return: Return, form: str) -> HttpResponseBase:
    """The list of all edits as a file."""
    name = f"{data_return.organisation.native_id}_changes-on-screen_{timezone.localtime():%Y-%m-%d}"
    log_download(request, data_return, "downloaded changes")
    return table_download(as_table(changes.edits_since_upload(data_return)), name, form, "Changes on screen")
