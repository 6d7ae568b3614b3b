"""Which files schools send: the list of file types, a new one, and changing one."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

import collectory
from collectory.portal.collections.asked import as_typed, moment
from collectory.portal.collections.models import DataCollection
from collectory.portal.collections.who import native_ids_in
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, has_duty, with_duty
from collectory.portal.transfer.models import FileType
from collectory.portal.transfer.services.expecting import expect, unknown

LONGEST = {"name": 120, "help_text": 2000, "name_pattern": 120, "native_ids": 20_000}
LONGEST_RETENTION = 3650  # days
EXPORT_PATTERN = "{native_id}_Collect-Blade-Export.zip"


@with_duty(Duty.TEAM)
@require_GET
def file_types(request: HttpRequest) -> HttpResponse:
    """All file types of the team."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    types = FileType.objects.filter(organisation=membership.organisation).select_related("collection")
    acts = has_duty(membership, Duty.ACT_FOR_TEAM)
    return render(request, "transfer/file_types.html", {"types": types, "acts": acts})


def _given(file_type: FileType) -> dict[str, Any]:
    return {
        "name": file_type.name,
        "help_text": file_type.help_text,
        "name_pattern": file_type.name_pattern,
        "senders": file_type.senders,
        "native_ids": "\n".join(file_type.native_ids),
        "of": str(file_type.collection_id or file_type.edition_key or ""),
        "begins_on": file_type.begins_on.isoformat() if file_type.begins_on else "",
        "due_at": as_typed(file_type.due_at),
        "on_receipt": file_type.on_receipt,
        "retention_days": str(file_type.retention_days),
        "closed": "yes" if file_type.closed_at else "",
    }


def _editions() -> list[tuple[str, str]]:
    return [(key, collectory.edition(key).title) for key in sorted(collectory.editions())]


def _fill(file_type: FileType, given: dict[str, str]) -> dict[str, str]:
    """Set what a form says; gives what is wrong with it, by field."""
    problems = {}
    file_type.name = " ".join(given["name"].split())
    if not file_type.name:
        problems["name"] = "Enter a name, such as School Census Submission."
    elif (
        FileType.objects.filter(organisation=file_type.organisation, name=file_type.name)
        .exclude(pk=file_type.pk)
        .exists()
    ):
        problems["name"] = "There is a file type of this name already."
    file_type.help_text = given["help_text"]
    file_type.name_pattern = given["name_pattern"].strip()
    without = file_type.name_pattern.replace("{native_id}", "")
    if re.search(r"[{}/\\]|[^\x20-\x7e]", without):
        problems["name_pattern"] = (
            "Use letters, digits, spaces and -_., and {native_id} where the school's number stands."
        )
    file_type.senders = given["senders"] if given["senders"] in FileType.Senders.values else FileType.Senders.ALL
    file_type.native_ids = list(native_ids_in(given["native_ids"])) if file_type.senders == "listed" else []
    if file_type.senders == FileType.Senders.LISTED:
        if not file_type.native_ids:
            problems["native_ids"] = "Enter the numbers of the schools."
        elif strange := unknown(file_type):
            problems["native_ids"] = f"No open school of yours has the number {', '.join(strange[:5])}."
    file_type.collection, file_type.edition_key = None, ""
    if given["of"].isdecimal():
        file_type.collection = DataCollection.objects.filter(pk=int(given["of"][:18])).first()
    elif given["of"] in dict(_editions()):
        file_type.edition_key = given["of"]
    file_type.begins_on, file_type.due_at = None, moment(given["due_at"])
    if given["due_at"].strip() and file_type.due_at is None:
        problems["due_at"] = "This is no date and time. Write it as 2026-10-08 16:00."
    if given["begins_on"].strip():
        try:
            file_type.begins_on = dt.date.fromisoformat(given["begins_on"].strip())
        except ValueError:
            problems["begins_on"] = "This is no date. Write it as 2026-10-08."
    chosen = given["on_receipt"]
    file_type.on_receipt = chosen if chosen in FileType.OnReceipt.values else FileType.OnReceipt.KEEP
    days = given["retention_days"].strip()
    if days.isascii() and days.isdecimal() and 1 <= int(days[:6]) <= LONGEST_RETENTION:
        file_type.retention_days = int(days)
    else:
        problems["retention_days"] = f"Enter a number of days from 1 to {LONGEST_RETENTION:,}."
    if bool(given["closed"]) != (file_type.closed_at is not None):
        file_type.closed_at = timezone.now() if given["closed"] else None
    return problems


def _page(request: HttpRequest, file_type: FileType) -> HttpResponse:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    problems: dict[str, str] = {}
    given = _given(file_type)
    if request.method == "POST":
        given = {name: request.POST.get(name, "").replace("\r\n", "\n")[: LONGEST.get(name, 200)] for name in given}
        problems = _fill(file_type, given)
        if not problems:
            is_new = file_type.pk is None
            with transaction.atomic():
                file_type.save()
                new = expect(file_type)
                access_log.done_by(membership, "file type made" if is_new else "file type changed", file_type.name)
            messages.success(
                request,
                f"{file_type.name} is saved. {new} schools are asked for it now."
                if new
                else f"{file_type.name} is saved.",
            )
            return redirect("file-types")
    context = {
        "file_type": file_type,
        "given": given,
        "problems": problems,
        "senders": FileType.Senders.choices,
        "on_receipt": FileType.OnReceipt.choices,
        "collections": [(str(one.pk), one.full_title) for one in DataCollection.objects.opened()],
        "editions": _editions(),
        "pattern": EXPORT_PATTERN,
    }
    return render(request, "transfer/file_type.html", context, status=422 if problems else 200)


@with_duty(Duty.ACT_FOR_TEAM)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new file type."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return _page(request, FileType(organisation=membership.organisation, made_by=membership.user))


@with_duty(Duty.ACT_FOR_TEAM)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, file_type: int) -> HttpResponse:
    """Change a file type, or close it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = FileType.objects.filter(organisation=membership.organisation, pk=file_type).first()
    if found is None:
        raise Http404
    return _page(request, found)
