"""What people are told of, to whom, and in which words. Never a word that a person typed, never anything of a pupil."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from collectory.portal.pages import count_of, number, when
from collectory.portal.people.parts import Part
from collectory.portal.returns.states import Happening
from collectory.portal.telling import of_files

if TYPE_CHECKING:
    from collectory.portal.telling.models import News


class Kind(StrEnum):
    """The kinds of news."""

    OPENED = "opened"
    DATES = "dates changed"
    DEADLINE = "deadline"
    OVERDUE = "overdue"
    ENDING = "ending"
    FORGOTTEN = "not submitted"
    QUESTION = "question"
    REJECTED = "rejected"
    APPROVED = "approved"
    AUTHORISED = "authorised"
    REOPENED = "reopened"
    RECHECKED = "rules changed"
    FILE_STALE = "file stale"
    FILE_AGAIN = "new file wanted"
    FILE_QUESTION = "question on file"
    FILE_ANSWERED = "answer on file"
    FILE_REPLACED = "new file came"
    FILE_ACCEPTED = "file accepted"
    FILE_AWAITED = "file awaited"
    CASES = "cases"
    CASES_DUE = "cases due"


LABELS = {
    Kind.OPENED: "A data collection has opened",
    Kind.DATES: "Its dates have changed",
    Kind.DEADLINE: "The deadline is near",
    Kind.OVERDUE: "A return is overdue",
    Kind.ENDING: "A familiarisation ends, and its data will be removed",
    Kind.FORGOTTEN: "A return is loaded but not submitted",
    Kind.QUESTION: "The department has a question",
    Kind.REJECTED: "A return is rejected",
    Kind.APPROVED: "A return is approved",
    Kind.AUTHORISED: "A return is authorised",
    Kind.REOPENED: "A return is reopened",
    Kind.RECHECKED: "A return was checked again because rules changed",
    Kind.FILE_STALE: "A return was changed after its file was sent to the performance team",
    Kind.FILE_AGAIN: "The performance team needs a new file",
    Kind.FILE_QUESTION: "The performance team has a question about a file",
    Kind.FILE_ANSWERED: "A school has answered a question about its file",
    Kind.FILE_REPLACED: "A new file has come that was asked for",
    Kind.FILE_ACCEPTED: "The performance team has accepted a file",
    Kind.FILE_AWAITED: "The performance team waits for a file",
    Kind.CASES: "Something happened in cases of duplicate pupils",
    Kind.CASES_DUE: "Cases of duplicate pupils are to be settled",
}

OF_EVENT = {
    Happening.ASKED: Kind.QUESTION,
    Happening.REJECTED: Kind.REJECTED,
    Happening.APPROVED: Kind.APPROVED,
    Happening.AUTHORISED: Kind.AUTHORISED,
    Happening.REOPENED: Kind.REOPENED,
    Happening.RECHECKED: Kind.RECHECKED,
}

# Sources are told of everything. Agents are told of these: of the first five once for all their schools together.
FOR_MANY = frozenset({Kind.OPENED, Kind.DATES, Kind.DEADLINE, Kind.OVERDUE, Kind.ENDING})
TO_TEAMS = frozenset({Kind.FILE_STALE, Kind.FILE_ANSWERED, Kind.FILE_REPLACED})
TO_SENDERS = frozenset({Kind.FILE_STALE, Kind.FILE_AGAIN, Kind.FILE_QUESTION, Kind.FILE_ACCEPTED, Kind.FILE_AWAITED})
FOR_AGENTS = FOR_MANY | {Kind.REJECTED, Kind.AUTHORISED, Kind.REOPENED}

# About the cases of a return, or of all returns of an agent: written by cases/services/reminding.py with their counts.
OF_CASES = frozenset({Kind.CASES, Kind.CASES_DUE})


def words(news: News) -> str:
    """One sentence or two: what happened, to which return, until when something is to be done."""
    if news.delivery is not None:
        return of_files.words(news)
    collection, organisation = news.collection, news.organisation
    assert collection is not None
    count = news.details.get("count", 0)
    who = f"{organisation.name} ({organisation.native_id})"
    its = f"{collection.full_title}: the return of {who}"
    theirs = f"{collection.full_title}, schools of {who}"
    date = _moment(news.details.get("date"))
    many = news.part == Part.AGENT.value and news.kind in FOR_MANY
    match Kind(news.kind):
        case Kind.OPENED:
            of = f"{count_of(count, 'return')} of {who}" if many else f"the return of {who}"
            return f"{collection.full_title} has opened for {of}. It closes to sources on {when(collection.closes_at)}."
        case Kind.DATES:
            changed = [
                f"{what} {new or 'no date'} (was {old or 'no date'})" for what, old, new in news.details["lines"]
            ]
            return f"The dates of {collection.full_title} have changed for {who}: {'; '.join(changed)}."
        case Kind.DEADLINE if many:
            return f"{theirs}: {count_of(count, 'return is', 'returns are')} not submitted. The deadline is {date}."
        case Kind.DEADLINE:
            return f"{its} is not submitted. The deadline is {date}."
        case Kind.OVERDUE if many:
            return f"{theirs}: {count_of(count, 'return was', 'returns were')} not submitted by the deadline, {date}."
        case Kind.OVERDUE:
            return f"{its} was not submitted by the deadline, {date}."
        case Kind.ENDING:
            return f"{collection.full_title} ends on {date} for {who}. All data in it will be removed then."
        case Kind.FORGOTTEN:
            return f"{its} is loaded but not submitted. Nobody can approve it before you submit it."
        case Kind.QUESTION:
            return f"{its}: the department has a question for you. Sign in to read and answer it."
        case Kind.REJECTED:
            return f"{its} is rejected. Sign in to read why and what has to be put right."
        case Kind.APPROVED:
            return f"{its} is approved."
        case Kind.AUTHORISED:
            return f"{its} is authorised. Nothing is left to do."
        case Kind.REOPENED:
            return f"{its} is reopened by the department. Sign in to read why."
        case Kind.RECHECKED:
            said = "was checked again because rules changed. Its history says which; look at its errors and queries."
            return f"{its} {said}"
        case Kind.CASES:
            happened = ", ".join(f"{number(many)} {what}" for what, many in news.details["counts"])
            return f"{collection.full_title}: cases of duplicate pupils of {who}: {happened}. Sign in to settle them."
        case Kind.CASES_DUE:
            waiting = count_of(count, "case of duplicate pupils waits", "cases of duplicate pupils wait")
            verb = "were" if news.details.get("past") else "are"
            return f"{collection.full_title}: {waiting} for {who}. They {verb} to be settled by {date}."


def _moment(text: str | None) -> str:
    return when(dt.datetime.fromisoformat(text)) if text else ""
