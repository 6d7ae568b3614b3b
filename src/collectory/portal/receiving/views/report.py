"""The report of a received file, for both sides, and the team's choice of extra rules."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from collectory.engine import extra_rules
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, Handling, has_duty, may_handle, on_delivery, side_in, with_duty
from collectory.portal.receiving import choosing, reports
from collectory.portal.receiving.models import ChosenRules
from collectory.portal.transfer.models import Delivery, TransferredFile
from collectory.portal.transfer.views.delivery import file_of

FORMS = {"csv", "xlsx", "json"}


def _seen(request: HttpRequest, delivery: Delivery, file: TransferredFile, what: str) -> None:
    """Write down that somebody of another organisation got at what is in a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    if delivery.organisation_id != membership.organisation_id:
        subject = f"{delivery.file_type.name} {delivery.organisation.native_id} {file.reference}"
        access_log.done_by(membership, what, subject, delivery.organisation)


def _report(delivery: Delivery, number: int) -> tuple[TransferredFile, dict[str, Any]]:
    file = file_of(delivery, number)
    report = reports.report_of(file)
    if report is None:
        raise Http404
    return file, report


@on_delivery(Handling.LOOK)
@require_GET
def report(request: HttpRequest, delivery: Delivery, number: int) -> HttpResponse:
    """What came of a file: name, damage, findings by rule and one by one, comparisons."""
    file, report = _report(delivery, number)
    _seen(request, delivery, file, "looked at a report")
    membership: Membership = request.membership  # type: ignore[attr-defined]
    page = request.GET.get("page", "")
    rule = request.GET.get("rule", "")
    known = {each["key"]: each for each in report.get("rules", [])}
    shown = reports.findings_shown(
        report, rule if rule in known else "", int(page) if page.isdecimal() and len(page) < 7 else 1
    )
    return render(
        request,
        "receiving/report.html",
        {
            "delivery": delivery,
            "file": file,
            "report": report,
            "side": side_in(membership, delivery),
            "judges": may_handle(membership, Handling.JUDGE, delivery),
            "shown": shown,
            "of_rule": known.get(shown.rule),
            "asked": set(file.questions.exclude(finding="").values_list("finding", flat=True)),
        },
    )


@on_delivery(Handling.LOOK)
@require_GET
def report_file(request: HttpRequest, delivery: Delivery, number: int, form: str) -> HttpResponse:
    """All findings as a spreadsheet, or the whole report for a program."""
    if form not in FORMS:
        raise Http404
    file, report = _report(delivery, number)
    _seen(request, delivery, file, "downloaded a report")
    content, kind = reports.findings_file(report, form)
    name = f"{delivery.organisation.native_id}_{file.reference}_findings.{form}"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response


@with_duty(Duty.TEAM)
@require_http_methods(["GET", "POST"])
def team_rules(request: HttpRequest) -> HttpResponse:
    """Which of the installed sets of extra rules the team asks."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    changes = has_duty(membership, Duty.ACT_FOR_TEAM)
    if request.method == "POST" and changes:
        kept = choosing.choose(membership, request.POST.getlist("sets"))
        left = set(request.POST.getlist("sets")) - set(kept)
        messages.success(request, "Saved. Files that arrive from now on are asked these rules too.")
        if left:
            messages.warning(request, "Of two sets with the same numbers, only one can be chosen.")
        return redirect("team-rules")
    chosen = set(ChosenRules.objects.filter(organisation=membership.organisation).values_list("name", flat=True))
    installed = extra_rules()
    context = {
        "sets": list(installed.values()),
        "chosen": chosen,
        "gone": sorted(chosen - set(installed)),
        "changes": changes,
    }
    return render(request, "receiving/team_rules.html", context)
