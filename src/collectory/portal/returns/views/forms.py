"""The form of a return on screen: its tabs to read, to fill in, and to begin with."""

from __future__ import annotations

import copy
import re
import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from collectory.blade import Form, Tab
from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import addresses, changes, form_pages, reading
from collectory.portal.returns.form_pages import TabPage, control_name
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services import editing, keying
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.editing import Nothing
from collectory.portal.returns.services.keying import Cell, Keying, Overtaken, Saved, why_not_add
from collectory.portal.returns.services.recording import actor_for
from collectory.portal.returns.views.opening import Place, Tool, address_in, show

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,40}")


def _form(data_return: Return) -> Form:
    form = reading.edition_of(data_return).form
    if form is None:
        raise Http404
    return form


def _tab(form: Form, key: str) -> Tab:
    try:
        return form.tab(key)
    except KeyError:
        raise Http404 from None


def _toolbar(request: HttpRequest, data_return: Return, tab: Tab, doing: str) -> list[Tool]:
    """The buttons in the old system's words and order, for a form."""
    membership = request.membership  # type: ignore[attr-defined]
    has_data = data_return.current_revision_id is not None
    nothing = "" if has_data else "Save the form first."
    blocked = why_not(data_return, Act.EDIT, membership) or nothing
    no_add = why_not_add(data_return, membership)
    no_delete = why_not(data_return, Act.DELETE, membership)

    def tool(label: str, name: str, *args: Any, why: str = "", is_current: bool = False) -> Tool:
        return Tool(label, "" if why else address_in(data_return, name, *args), why, is_current)

    return [
        tool("All Errors", "all-errors", why=nothing),
        tool("All Notes", "all-notes"),
        tool("Add", "add-on-screen", why=no_add, is_current=doing == "add"),
        tool("View", "form-tab", tab.key, why=nothing, is_current=doing == "view"),
        tool("Edit", "edit-form-tab", tab.key, why=blocked, is_current=doing == "edit"),
        tool("Delete", "delete", why=no_delete),
        tool("Status", "history"),
    ]


def _show(
    request: HttpRequest, data_return: Return, template: str, form: Form, tab: Tab, doing: str, **more: Any
) -> HttpResponse:
    revision = data_return.current_revision
    here = form.tabs.index(tab)
    return show(
        request,
        data_return,
        template,
        Place(doing=doing),
        tools=_toolbar(request, data_return, tab, doing),
        tab=tab,
        tabs=form_pages.tab_links(form, revision, tab),
        next_tab=form.tabs[here + 1] if here + 1 < len(form.tabs) else None,
        doing=doing,
        **more,
    )


@on_return(Act.LOOK)
@require_GET
def form_tab(request: HttpRequest, data_return: Return, tab: str) -> HttpResponse:
    """One tab: each item with its value, what was found, its notes and its history."""
    form = _form(data_return)
    shown = _tab(form, tab)
    revision = data_return.current_revision
    if revision is None:
        return redirect(address_in(data_return, "open-return"))
    return _show(
        request,
        data_return,
        "returns/form_tab.html",
        form,
        shown,
        "view",
        page=form_pages.tab_page(data_return, revision, shown, form),
        off_the_form=form_pages.off_the_form(reading.edition_of(data_return), form, revision),
        skipped=len(revision.skipped),
        item_notes=lambda cell: _about(data_return, "item-notes", cell, cell[1]),
        item_history=lambda cell: f"{_about(data_return, 'record-history', cell)}?item={cell[1]}",
    )


def _about(data_return: Return, name: str, cell: Cell, *more: str) -> str:
    assert data_return.current_revision is not None
    return address_in(data_return, name, cell[0], data_return.current_revision.number, 0, *more)


@on_return(Act.EDIT)
@require_http_methods(["GET", "POST"])
def add_on_screen(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Begin a return on the first tab of its form."""
    form = _form(data_return)
    if request.method == "GET" and data_return.current_revision_id:
        return redirect(addresses.url_of_tab(data_return, form.tabs[0]))
    return _fill_in(request, data_return, form, form.tabs[0], "add")


@on_return(Act.EDIT)
@require_http_methods(["GET", "POST"])
def edit_form_tab(request: HttpRequest, data_return: Return, tab: str) -> HttpResponse:
    """Fill in one tab."""
    form = _form(data_return)
    shown = _tab(form, tab)
    if request.method == "GET" and data_return.current_revision_id is None:
        return redirect(address_in(data_return, "add-on-screen"))
    return _fill_in(request, data_return, form, shown, "edit")


def _fill_in(request: HttpRequest, data_return: Return, form: Form, tab: Tab, doing: str) -> HttpResponse:
    if request.method == "POST":
        return _save(request, data_return, form, tab, doing)
    page = form_pages.tab_page(data_return, data_return.current_revision, tab, form)
    return _input_page(request, data_return, form, tab, doing, page)


def _input_page(
    request: HttpRequest,
    data_return: Return,
    form: Form,
    tab: Tab,
    doing: str,
    page: TabPage,
    refusal: Refusal | None = None,
    overtaken: Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    current = data_return.current_revision
    sent = request.POST.get("form", "")
    cannot = why_not_add(data_return, membership) if doing == "add" and current is None else ""
    return _show(
        request,
        data_return,
        "returns/form_edit.html",
        form,
        tab,
        doing,
        page=page,
        refusal=refusal,
        overtaken=overtaken,
        by=_who_changed(data_return, page) if overtaken else [],
        token=sent if refusal and _TOKEN.fullmatch(sent) else secrets.token_urlsafe(16),
        based_on=current.number if current else 0,
        asks_first=editing.needs_confirmation(data_return, actor_for(membership, data_return)),
        confirmed="confirm" in request.POST,
        action=request.path,
        back=addresses.url_of_tab(data_return, tab) if current else address_in(data_return, "source-page"),
        unsaved=request.method == "POST",
        **({"cannot_edit": cannot} if cannot else {}),
        status=status,
    )


def _who_changed(data_return: Return, page: TabPage) -> list[Any]:
    """The last change of a value that somebody else changed meanwhile."""
    edition = reading.edition_of(data_return)
    names = dict.fromkeys(line.item.entity for line in page.lines if line.was_changed)
    found = [one for name in names for one in changes.history_of_record(data_return, edition.entity(name), 0)]
    return sorted(found, key=lambda one: -one.revision.number)[:1]


def _save(request: HttpRequest, data_return: Return, form: Form, tab: Tab, doing: str) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    typed = {
        (item.entity, item.field): request.POST[name]
        for item in tab.items
        if not item.given and (name := control_name((item.entity, item.field))) in request.POST
    }
    shown = request.POST.get("based_on", "")
    token = request.POST.get("form", "")
    asked = Keying(
        tab=tab.key,
        based_on=int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 9 else 0,
        form=token if _TOKEN.fullmatch(token) else secrets.token_urlsafe(16),
        values=typed,
        confirmed="confirm" in request.POST,
    )
    before = copy.copy(data_return)
    try:
        outcome = keying.key(data_return, membership, asked)
    except Revision.DoesNotExist:
        raise Http404 from None
    data_return.refresh_from_db()
    if isinstance(outcome, (Saved, Nothing)):
        _say(request, form, outcome, before)
        return redirect(_onward(request, data_return, form, tab, outcome))
    page = form_pages.tab_page(data_return, data_return.current_revision, tab, form)
    theirs = outcome.values if isinstance(outcome, Overtaken) else {}
    page = form_pages.with_typed(page, form, typed, theirs)
    refusal = outcome if isinstance(outcome, Refusal) else None
    overtaken = outcome if isinstance(outcome, Overtaken) else None
    status = 409 if overtaken else 422
    return _input_page(request, data_return, form, tab, doing, page, refusal, overtaken, status)


def _onward(request: HttpRequest, data_return: Return, form: Form, tab: Tab, outcome: Saved | Nothing) -> str:
    """Where to go after saving: back to the boxes where a value is wrong, to the next tab where that was asked."""
    if isinstance(outcome, Saved) and outcome.problems:
        return address_in(data_return, "edit-form-tab", tab.key)
    here = form.tabs.index(tab)
    if request.POST.get("then") == "next" and here + 1 < len(form.tabs):
        return address_in(data_return, "edit-form-tab", form.tabs[here + 1].key)
    return addresses.url_of_tab(data_return, tab)


def _say(request: HttpRequest, form: Form, outcome: Saved | Nothing, before: Return) -> None:
    """The words after saving: what was done, what it did to the counts, and what was understood."""
    if isinstance(outcome, Nothing):
        messages.success(request, "Nothing was changed: the form holds these values already.")
        return
    after = outcome.revision.data_return
    counts = f"{_count(after.errors, 'error', 'errors')} and {_count(after.queries, 'query', 'queries')}"
    words = f"Saved. The whole return was checked: {counts}"
    if before.current_revision_id not in {None, outcome.revision.pk}:
        words += f" (before: {before.errors:,} and {before.queries:,})"
    items = [form.item(one.entity, one.field) for one in outcome.said]
    said = [f"{item.reference or item.label}: {one.sentence}" for item, one in zip(items, outcome.said, strict=True)]
    messages.success(request, " ".join([f"{words}.", *said]))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def form_address(data_return: Return, entity: str) -> str:
    """The tab on which an entity stands; "" for one that no form shows."""
    form = reading.edition_of(data_return).form
    if form is None or entity not in form.entities:
        return ""
    tab = next(tab for tab in form.tabs if entity in tab.entities)
    return reverse("form-tab", args=[data_return.collection.slug, data_return.organisation.native_id, tab.key])
