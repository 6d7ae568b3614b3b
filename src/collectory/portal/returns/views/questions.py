"""Questions on a return, and a box for the answer of those that wait for the source.

The collector asks about the whole return here, asks again, and closes.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from collectory.engine import Refusal
from collectory.portal.judging.models import Question
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, on_return, part_in
from collectory.portal.returns import thread_list
from collectory.portal.returns.finding_list import Page
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services import answering, asking, noting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.views.findings import to

SHOWN = 20
OPEN = "open"
SHOWS = {OPEN: "open", **{state.value: words for state, words in thread_list.STATES.items()}}
ORDER = {Question.State.WITH_SOURCE: 0, Question.State.WITH_COLLECTOR: 1, Question.State.SETTLED: 2}


def _page(
    request: HttpRequest,
    data_return: Return,
    *,
    refusal: Refusal | None = None,
    about: int | None = None,
    text: str = "",
) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    chosen = [
        one for one in data_return.questions.all() if not show or one.state == show or (show == OPEN and one.is_open)
    ]
    chosen.sort(key=lambda one: (ORDER[Question.State(one.state)], -one.pk))
    asked = request.GET.get("page", "")
    pages = max(1, -(-len(chosen) // SHOWN))
    number = max(1, min(int(asked) if asked.isdecimal() and len(asked) < 8 else 1, pages))
    part = chosen[(number - 1) * SHOWN : number * SHOWN]
    if about is not None and about not in {one.pk for one in part}:  # the box that was filled in must be on the page
        part = [*data_return.questions.filter(pk=about), *part]
    may_note = not why_not(data_return, Act.NOTE, membership)
    context = {
        "data_return": data_return,
        "threads": thread_list.threads(data_return, part),
        "page": Page([], len(chosen), number, pages),
        "counts": thread_list.counts(data_return),
        "shows": SHOWS,
        "show": show,
        "may_answer": may_note and part_in(membership, data_return.organisation) is not Part.COLLECTOR,
        "may_ask": not why_not(data_return, Act.ASK, membership),
        "refusal": refusal,
        "about": about,
        "text": text,
        "longest": noting.LONGEST,
    }
    return render(request, "returns/questions.html", context, status=422 if refusal else 200)


def _answered(
    request: HttpRequest,
    data_return: Return,
    outcome: Event | Refusal,
    done: str,
    *,
    about: int | None = None,
) -> HttpResponse:
    """Back to the questions, or the page again with why it was not done and what was typed."""
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return _page(request, data_return, refusal=outcome, about=about, text=request.POST.get("text", ""))
    messages.success(request, done)
    return redirect(to(data_return, "questions", anchor=f"question-{about}" if about else ""))


def _of(data_return: Return, question: int) -> int:
    if not data_return.questions.filter(pk=question).exists():
        raise Http404
    return question


@on_return(Act.LOOK)
@require_GET
def questions(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Every question on the return: those that wait for the source first."""
    return _page(request, data_return)


@on_return(Act.NOTE)
@require_POST
def answer(request: HttpRequest, data_return: Return, question: int) -> HttpResponse:
    """Answer a question: the answer is a note on everything that it is about."""
    about = _of(data_return, question)
    outcome = answering.answer(data_return, request.membership, about, request.POST.get("text", ""))  # type: ignore[attr-defined]
    return _answered(request, data_return, outcome, "The answer is saved and sent to the department.", about=about)


@on_return(Act.ASK)
@require_POST
def ask(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Ask about the return as a whole."""
    outcome = asking.ask_about_return(data_return, request.membership, request.POST.get("text", ""))  # type: ignore[attr-defined]
    return _answered(request, data_return, outcome, "The question is asked.")


@on_return(Act.ASK)
@require_POST
def ask_again(request: HttpRequest, data_return: Return, question: int) -> HttpResponse:
    """Ask once more in the same thread, or close it."""
    about, text = _of(data_return, question), request.POST.get("text", "")
    membership = request.membership  # type: ignore[attr-defined]
    if "close" in request.POST:
        return _answered(
            request,
            data_return,
            asking.close(data_return, membership, about, text),
            "The question is closed.",
            about=about,
        )
    outcome = asking.ask_again(data_return, membership, about, text)
    return _answered(request, data_return, outcome, "The question is asked again.", about=about)
