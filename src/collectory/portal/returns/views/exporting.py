"""Export to file."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.engine.writing.exporting import CURRENT, export_name
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import exporting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.exporting import Format, formats_of


@on_return(Act.EXPORT)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Choose format and name; get the file."""
    refusal = None
    offered = formats_of(data_return)
    format_: Format = next((each for each in offered if each == request.POST.get("format")), "csv")
    name = "current" if request.POST.get("name") == "current" else "own"
    if request.method == "POST":
        outcome = exporting.export(
            data_return,
            request.membership,  # type: ignore[attr-defined]
            format_,
            own_name=name == "own",
        )
        if not isinstance(outcome, Refusal):
            file, file_name = outcome
            response = FileResponse(file, as_attachment=True, filename=file_name, content_type="application/zip")
            response["X-Content-Type-Options"] = "nosniff"
            return response  # type: ignore[return-value]
        refusal = outcome
    return render(
        request,
        "returns/export.html",
        {
            "data_return": data_return,
            "own_name": export_name(data_return.organisation.native_id),
            "current_name": CURRENT,
            "format": format_,
            "has_extract": "extract" in offered,
            "name": name,
            "refusal": refusal,
            "not_now": why_not(data_return, Act.EXPORT, request.membership),  # type: ignore[attr-defined]
        },
        status=422 if refusal else 200,
    )
