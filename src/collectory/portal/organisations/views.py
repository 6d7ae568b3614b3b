"""Looking after organisations: the list, one of them, and loading the register."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.organisations import loading
from collectory.portal.organisations.changes import FIELDS, MISSING, PROBLEM
from collectory.portal.organisations.models import Register
from collectory.portal.people.access_log import done_by
from collectory.portal.people.models import Organisation
from collectory.portal.people.permissions import Duty, with_duty
from collectory.portal.returns.finding_list import Page
from collectory.portal.returns.services.accepting import BLANK, too_large

PAGE = 50
SECTIONS = {
    "new": "New",
    "changed": "Changed",
    "closes": "Closing",
    "merged": "Merged or renumbered",
    "missing": "Not in the file",
    "problem": "Rows that cannot be used",
}


@dataclass(frozen=True)
class Wanted:
    """What a list of organisations is narrowed to."""

    words: str = ""
    kind: str = ""
    status: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Wanted:
        """What an address asks for; what it cannot mean counts as not asked."""
        kind, status = request.GET.get("kind", ""), request.GET.get("status", "")
        return cls(
            request.GET.get("words", "").strip()[:100],
            kind if kind in Organisation.Kind.values else "",
            status if status in Organisation.Status.values else "",
            _page_number(request),
        )

    def address(self, page: int) -> str:
        """The address of another page of the same list."""
        asked = {"words": self.words, "kind": self.kind, "status": self.status, "page": page}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def found(self) -> QuerySet[Organisation]:
        """The organisations meant."""
        found = Organisation.objects.select_related("agent", "trust")
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.status:
            found = found.filter(status=self.status)
        for word in self.words.split():
            found = found.filter(Q(name__icontains=word) | Q(native_id__istartswith=word) | Q(urn=word))
        return found


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


@with_duty(Duty.ORGANISATIONS)
@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """All organisations, searched and a page at a time."""
    wanted = Wanted.of(request)
    found = wanted.found()
    count = found.count()
    pages = max(1, -(-count // PAGE))
    number = min(wanted.page, pages)
    context = {
        "wanted": wanted,
        "count": count,
        "page": Page([], count, number, pages),
        "organisations": found[(number - 1) * PAGE : number * PAGE],
        "kinds": Organisation.Kind.choices,
        "statuses": Organisation.Status.choices,
        "register": Register.in_force(),
    }
    return render(request, "organisations/organisations.html", context)


@with_duty(Duty.ORGANISATIONS)
@require_GET
def organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """One organisation, with those above it, before it and after it."""
    found = _found(organisation)
    context = {
        "organisation": found,
        "predecessors": found.predecessors.all(),
        "schools": Organisation.objects.filter(Q(authority=found) | Q(trust=found), is_open=True).count(),
        "returns": found.returns.select_related("collection").order_by("-collection__opens_at"),
        "reports_elsewhere": _reports_elsewhere(found),
    }
    return render(request, "organisations/organisation.html", context)


def _found(native_id: str) -> Organisation:
    return get_object_or_404(
        Organisation.objects.select_related("authority", "agent", "trust", "successor"), native_id=native_id
    )


def _reports_elsewhere(found: Organisation) -> bool:
    """Whether it is a school whose returns its authority does not see by itself."""
    return found.authority_id is not None and found.agent_id != found.authority_id


@with_duty(Duty.ORGANISATIONS)
@require_POST
def authority_reads(request: HttpRequest, organisation: str) -> HttpResponse:
    """Let the authority read a school's returns that are none of its own, or no longer."""
    found = _found(organisation)
    if not _reports_elsewhere(found):
        raise Http404
    lets = request.POST.get("reads") == "yes"
    with transaction.atomic():
        Organisation.objects.filter(pk=found.pk).update(authority_reads=lets)
        action = "authority may read" if lets else "authority may not read"
        done_by(request.membership, action, found.native_id, about=found)  # type: ignore[attr-defined]
    verb = "can now read" if lets else "can no longer read"
    messages.success(request, f"{found.authority} {verb} the returns of {found.name}.")
    return redirect("organisation", found.native_id)


@with_duty(Duty.ORGANISATIONS)
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Hand in a register; its preview follows."""
    problem, refusal = "", None
    if request.method == "POST":
        file, links = request.FILES.get("file"), request.FILES.get("links")
        if hasattr(request, "too_large"):
            refusal = too_large()
        elif file is None:
            problem = "Choose the register’s CSV file."
        else:
            outcome = _preview(request, file, links)
            if isinstance(outcome, Register):
                return redirect("register-preview", outcome.pk)
            refusal = outcome
    return render(
        request,
        "organisations/load.html",
        {
            "problem": problem,
            "refusal": refusal,
            "recent": Register.objects.select_related("made_by", "applied_by")[:10],
        },
        status=422 if problem or refusal else 200,
    )


def _preview(request: HttpRequest, file: UploadedFile, links: UploadedFile | None) -> Register | Refusal:
    if not file.size:
        return BLANK
    return loading.preview(
        request.user,  # type: ignore[arg-type]
        file.name or "",
        file.read(),
        links_name=(links.name or "") if links else "",
        links=links.read() if links else b"",
    )


def _shown(request: HttpRequest, register: Register, refusal: Refusal | None = None) -> HttpResponse:
    """The page of a preview: counts of everything, and one kind of change a page at a time."""
    changes = loading.changes_shown(register)
    counts = changes.counts
    asked = request.GET.get("show", "")
    show = asked if asked in SECTIONS else next((kind for kind in SECTIONS if counts[kind]), "new")
    listed = changes.of(show)
    pages = max(1, -(-len(listed) // PAGE))
    number = min(_page_number(request), pages)
    context = {
        "register": register,
        "refusal": refusal,
        "sections": [(kind, title, counts[kind]) for kind, title in SECTIONS.items()],
        "will_change": sum(count for kind, count in counts.items() if kind not in {MISSING, PROBLEM}),
        "show": show,
        "title": SECTIONS[show],
        "changes": listed[(number - 1) * PAGE : number * PAGE],
        "page": Page([], len(listed), number, pages),
        "address": lambda page: f"?show={show}&page={page}",
        "not_taken": changes.not_taken,
        "fields": FIELDS,
    }
    return render(request, "organisations/preview.html", context, status=409 if refusal else 200)


@with_duty(Duty.ORGANISATIONS)
@require_GET
def register_preview(request: HttpRequest, register: int) -> HttpResponse:
    """What a register that was handed in would change, or did."""
    return _shown(request, get_object_or_404(Register.objects.select_related("made_by", "applied_by"), pk=register))


@with_duty(Duty.ORGANISATIONS)
@require_POST
def confirm(request: HttpRequest, register: int) -> HttpResponse:
    """Put a register in force as its preview showed it."""
    meant = get_object_or_404(Register, pk=register)
    outcome = loading.apply(meant, request.membership, seen=request.POST.get("seen", ""))  # type: ignore[attr-defined]
    if isinstance(outcome, Refusal):
        meant.refresh_from_db()
        return _shown(request, meant, outcome)
    messages.success(request, f"The register {outcome.file_name} is in force.")
    return redirect("organisations")
