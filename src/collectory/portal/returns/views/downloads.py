"""Taking away the whole list of findings and all notes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator

import polars as pl
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.engine.writing.spreadsheets import guarded, table_as_xlsx
from collectory.portal.people import access_log
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import findings_file
from collectory.portal.returns.models import Return

ROWS_AT_ONCE = 5000
IN_MEMORY = 8 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _pieces(table: pl.DataFrame) -> Iterator[bytes]:
    """A table as CSV, some rows at a time; otherwise as the engine's `table_as_csv` has it."""
    for number, part in enumerate([table.clear(), *table.iter_slices(ROWS_AT_ONCE)]):
        text = part.select(guarded(pl.col(name)).alias(name) for name in table.columns)
        buffer = io.BytesIO()
        text.write_csv(
            buffer,
            include_bom=not number,
            include_header=not number,
            quote_style="non_numeric",
            line_terminator="\r\n",
        )
        yield buffer.getvalue()


def table_download(table: pl.DataFrame, name: str, form: str, title: str) -> HttpResponseBase:
    """A table of text as CSV, sent while it is written, or as XLSX. Raises Http404 for another form."""
    response: HttpResponseBase
    if form == "csv":
        response = StreamingHttpResponse(_pieces(table), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
        table_as_xlsx(table, title, file)  # type: ignore[arg-type]
        file.seek(0)
        response = FileResponse(file, content_type=XLSX)
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def log_download(request: HttpRequest, data_return: Return, action: str) -> None:
    """Keep who took what out of which return."""
    access_log.done_by(request.membership, action, data_return, data_return.organisation)  # type: ignore[attr-defined]


def _name(data_return: Return, what: str) -> str:
    return f"{data_return.organisation.native_id}_{what}_{timezone.localtime():%Y-%m-%d}"


@on_return(Act.EXPORT)
@require_GET
def findings(request: HttpRequest, data_return: Return, form: str) -> HttpResponse:
    """Every finding, with its newest note and an empty column for a new one."""
    if data_return.current_revision is None:
        raise Http404
    table = findings_file.findings_table(data_return)
    log_download(request, data_return, "downloaded findings")
    return table_download(table, _name(data_return, "errors-and-queries"), form, "Errors and queries")  # type: ignore[return-value]


@on_return(Act.EXPORT)
@require_GET
def notes(request: HttpRequest, data_return: Return, form: str) -> HttpResponse:
    """Every note, withdrawn ones too."""
    table = findings_file.notes_file(data_return)
    log_download(request, data_return, "downloaded notes")
    return table_download(table, _name(data_return, "notes"), form, "Notes")  # type: ignore[return-value]
