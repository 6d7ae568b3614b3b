"""The endpoints: what is due, sending a file, how it stands, its report; for teams also files and merged data.

What a token may do is asked of the one permission table, as of a person who acts for the organisation.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import NinjaAPI, Query

from collectory.portal.api.access import Answered, TokenFor, delivery_of, said
from collectory.portal.api.models import Scope
from collectory.portal.api.schemas import (
    DeliveriesOut,
    DeliveryOut,
    FileOut,
    FileTypeOut,
    MergedOut,
    MergeIn,
    Problem,
    TokenOut,
)
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Side
from collectory.portal.people.permissions import Duty, Handling, deliveries_of, has_duty, side_in
from collectory.portal.receiving import merging, reports
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer import store
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile
from collectory.portal.transfer.states import WITH_THE_SCHOOL

A_PAGE = 200
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 429: Problem}

api = NinjaAPI(
    title="Collectory: secure transfer",
    version="1",
    description="Sending files to a council's performance team, and what the team does with them. Sign in with a token "
    "of your organisation: `Authorization: Bearer clt_…`. Approvers make tokens on the People pages.",
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(Answered)
def answered(request: HttpRequest, problem: Answered) -> HttpResponse:
    """A call that ended before its endpoint."""
    return problem.response


def _membership(request: HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined, no-any-return]


@api.get("/token", auth=TokenFor(Scope.READ), response={200: TokenOut, **PROBLEMS}, summary="The token that calls")
def this_token(request: HttpRequest) -> Any:
    """Whose it is, what for and until when. A good first call."""
    return TokenOut.of(request.token)  # type: ignore[attr-defined]


@api.get("/file-types", auth=TokenFor(Scope.READ), response={200: list[FileTypeOut], **PROBLEMS}, summary="File types")
def file_types(request: HttpRequest) -> Any:
    """The files that are asked for: of a school by its council, of a team its own."""
    membership = _membership(request)
    asked = deliveries_of(membership).values("file_type")
    found = FileType.objects.filter(Q(pk__in=asked) | Q(organisation=membership.organisation))
    return [FileTypeOut.of(one) for one in found.select_related("organisation").distinct()]


@api.get("/deliveries", auth=TokenFor(Scope.READ), response={200: DeliveriesOut, **PROBLEMS}, summary="Deliveries")
def deliveries(
    request: HttpRequest,
    file_type: str = Query("", description="the name of a file type, or its number"),
    school: str = Query("", description="the native ID of a school"),
    state: str = Query("", description="a state, or `due` for all that wait for the school"),
    page: int = Query(1, ge=1, le=100_000),
) -> Any:
    """What each school owes: a school's own, all of a trust's, or all of a team's."""
    found = deliveries_of(_membership(request)).filter(not_expected=False).order_by("organisation__native_id", "pk")
    if file_type:
        named = Q(file_type__name__iexact=file_type)
        found = found.filter(named | Q(file_type=int(file_type)) if _is_number(file_type) else named)
    if school:
        found = found.filter(organisation__native_id=school)
    if state:
        wanted = [each.value for each in WITH_THE_SCHOOL] if state == "due" else [state]
        found = found.filter(state__in=wanted)
    count = found.count()
    start = (page - 1) * A_PAGE
    rows = found.select_related("file_type__organisation", "organisation", "current_file")[start : start + A_PAGE]
    return DeliveriesOut(
        count=count, page=page, pages=max(1, -(-count // A_PAGE)), deliveries=[DeliveryOut.of(one) for one in rows]
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@api.get(
    "/deliveries/{int:delivery}",
    auth=TokenFor(Scope.READ),
    response={200: DeliveryOut, **PROBLEMS},
    summary="How a delivery stands",
)
def delivery(request: HttpRequest, delivery: int) -> Any:
    """The state, with the file that counts now."""
    return DeliveryOut.of(delivery_of(request, delivery, Handling.LOOK))


@api.get(
    "/deliveries/{int:delivery}/files",
    auth=TokenFor(Scope.READ),
    response={200: list[FileOut], **PROBLEMS},
    summary="Files that were received",
)
def files(request: HttpRequest, delivery: int) -> Any:
    """All of them, newest first."""
    found = delivery_of(request, delivery, Handling.LOOK)
    return [FileOut.of(one, found) for one in found.files.order_by("-number")]


def _file(request: HttpRequest, number: int, file: int) -> tuple[Delivery, TransferredFile]:
    found = delivery_of(request, number, Handling.LOOK)
    one = found.files.select_related("content", "report").filter(number=file).first()
    if one is None:
        raise Answered(said(404, "not-found", "There is no such file."))
    return found, one


@api.get(
    "/deliveries/{int:delivery}/files/{int:file}",
    auth=TokenFor(Scope.READ),
    response={200: FileOut, **PROBLEMS},
    summary="One file and what its check found",
)
def file(request: HttpRequest, delivery: int, file: int) -> Any:
    """Ask until `stage` is `finished`; `counts` and `refusal` say what came of the check."""
    found, one = _file(request, delivery, file)
    return FileOut.of(one, found)


@api.get(
    "/deliveries/{int:delivery}/files/{int:file}/report",
    auth=TokenFor(Scope.READ),
    response={200: dict[str, Any], **PROBLEMS},
    summary="The report of a file",
)
def report(request: HttpRequest, delivery: int, file: int) -> Any:
    """Findings by rule and one by one, what was put right, comparisons: the same as on the report's page."""
    _, one = _file(request, delivery, file)
    told = reports.report_of(one)
    if told is None:
        raise Answered(said(404, "not-found", "There is no report of this file, or not yet."))
    return told


@api.get(
    "/deliveries/{int:delivery}/files/{int:file}/content",
    auth=TokenFor(Scope.DOWNLOAD),
    response={200: None, **PROBLEMS},
    summary="Download a file",
)
def content(request: HttpRequest, delivery: int, file: int) -> HttpResponse:
    """The file as it was sent. For teams."""
    found, one = _file(request, delivery, file)
    if side_in(_membership(request), found) is not Side.TEAM or one.content is None or not one.may_be_opened:
        raise Answered(said(404, "not-found", "There is no content of this file to download."))
    return _download(one.content, one.name)


def _download(sealed: Any, name: str) -> HttpResponse:
    response = StreamingHttpResponse(store.pieces(sealed), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Length"] = str(sealed.size)
    return response  # type: ignore[return-value]


def _merged(request: HttpRequest) -> Any:
    membership = _membership(request)
    if not has_duty(membership, Duty.TEAM):
        raise Answered(said(404, "not-found", "Merged data are for teams."))
    mine = MergedData.objects.filter(organisation=membership.organisation).exclude(file_type=None)
    return mine.select_related("file_type", "content", "organisation", "collection")


@api.post("/merged", auth=TokenFor(Scope.MERGE), response={202: MergedOut, **PROBLEMS}, summary="Merge accepted files")
def merge(request: HttpRequest, wanted: MergeIn) -> Any:
    """Put the newest accepted file of each school together. Ask until `stage` is `finished`, then download."""
    _merged(request)
    membership = _membership(request)
    found = FileType.objects.filter(organisation=membership.organisation, pk=wanted.file_type_id).first()
    if found is None:
        raise Answered(said(404, "not-found", "There is no such file type."))
    token = request.token  # type: ignore[attr-defined]
    return 202, MergedOut.of(merging.ask(membership, wanted.form, file_type=found, token=token.pk))


@api.get("/merged", auth=TokenFor(Scope.MERGE), response={200: list[MergedOut], **PROBLEMS}, summary="Merged data")
def merged_list(request: HttpRequest) -> Any:
    """What was put together and is still kept."""
    return [MergedOut.of(one) for one in _merged(request)[:A_PAGE]]


def _one_merged(request: HttpRequest, number: int) -> MergedData:
    found: MergedData | None = _merged(request).filter(pk=number).first()
    if found is None:
        raise Answered(said(404, "not-found", "There are no such merged data."))
    return found


@api.get(
    "/merged/{int:number}", auth=TokenFor(Scope.MERGE), response={200: MergedOut, **PROBLEMS}, summary="One of them"
)
def merged(request: HttpRequest, number: int) -> Any:
    """How it stands."""
    return MergedOut.of(_one_merged(request, number))


@api.get(
    "/merged/{int:number}/content",
    auth=TokenFor(Scope.MERGE),
    response={200: None, **PROBLEMS},
    summary="Download merged data",
)
def merged_content(request: HttpRequest, number: int) -> HttpResponse:
    """The archive."""
    found = _one_merged(request, number)
    if found.content is None:
        raise Answered(said(404, "not-found", "It is not ready, or was deleted."))
    return _download(found.content, found.file_name)
