"""Writing notes: on the return, on a data item, on findings; saying that one still holds; withdrawing one.

Notes are added and never changed. Each act takes the return's lock, writes its notes and one event. A note
on a finding keeps the finding's `place` and `identity`, so that it is found again after the next upload.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.judging.models import Question, Turn
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns import items, reading
from collectory.portal.returns.models import Event, Note, NoteWithdrawal, Return
from collectory.portal.returns.services import questioning
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import ANOTHER_LOOK, with_explanation
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

LONGEST = 4000
AT_ONCE = 500  # rows to one INSERT: below the number of values that SQLite takes

GONE = Refusal(
    "changed-meanwhile",
    "The return has changed since you opened this page",
    "What the note was about is not in the return any more, or its values are others now. The note was not saved.",
    "Look at All errors as they are now, and write the note there if it is still needed.",
)


def cleaned(text: str) -> str:
    """A note as it is kept: line ends made one kind, control characters left out, no space round it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) != "Cc").strip()


def problem_with(text: str) -> str:
    """Why a text is no note, as a sentence; "" when it is one."""
    note = cleaned(text)
    if not note:
        return "Write the note. An empty one explains nothing."
    if len(note) > LONGEST:
        return f"The note has {len(note):,} characters. It can have {LONGEST:,}; shorten it."
    return ""


@dataclass(frozen=True)
class About:
    """What one note is about, and for notes on findings what the finding said."""

    scope: Note.Scope
    text: str
    rule_key: str = ""
    place: str = ""
    identity: str = ""
    entity: str = ""
    record_key: tuple[str, ...] = ()
    field: str = ""
    message: str = ""
    confirms: int | None = None


def write(
    data_return: Return,
    membership: Membership,
    notes: Sequence[About],
    details: dict[str, Any],
    answers: Question | None = None,
) -> Event:
    """Write notes and their event; `data_return` is locked.

    They answer the question `answers`, and every other one whose findings have all been explained by now.
    """
    actor = actor_for(membership, data_return)
    answered = questioning.answered_by(data_return, actor, (one.place for one in notes if one.place))
    if answers is not None and answers not in answered:
        answered.append(answers)
    details = {"notes": len(notes), **details}
    if answered:
        details["questions"] = len(answered)
    event = record(
        data_return,
        actor,
        Happening.ANSWERED if answered else Happening.NOTED,
        details=details,
        revision=data_return.current_revision,
    )
    texts = {one.text for one in notes}
    questioning.take_turn(answered, Turn.Kind.ANSWERED, texts.pop() if len(texts) == 1 else "", event)
    Note.objects.bulk_create(
        (
            Note(
                data_return=data_return,
                author=membership.user,
                role=membership.role,
                organisation=membership.organisation,
                at=event.at,
                text=one.text,
                scope=one.scope,
                rule_key=one.rule_key,
                place=one.place,
                identity=one.identity,
                entity=one.entity,
                record_key=list(one.record_key),
                field=one.field,
                message=one.message,
                event=event,
                confirms_id=one.confirms,
            )
            for one in notes
        ),
        batch_size=AT_ONCE,
    )
    return event


def not_now(data_return: Return, membership: Membership, text: str | None = None) -> Refusal | None:
    """Why this person cannot write a note on a locked return now, or why this text is none; None when they can."""
    if why := why_not(data_return, Act.NOTE, membership):
        return Refusal("not-now", "The note cannot be saved", why, "Nothing was changed.")
    if text is not None and (problem := problem_with(text)):
        return Refusal("no-note", "The note cannot be saved", problem, "Nothing was changed.")
    return None


def note_on_return(data_return: Return, membership: Membership, text: str) -> Event | Refusal:
    """Write a return level note."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership, text):
            return refusal
        return write(current, membership, [About(Note.Scope.RETURN, cleaned(text))], {"about": "return"})


def note_on_item(
    data_return: Return, membership: Membership, text: str, *, revision: int, entity: str, row: int, field: str
) -> Event | Refusal:
    """Write a note on one value: the field of the record in `row` of the revision of that number."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership, text):
            return refusal
        shown = current.revisions.filter(number=revision).first()
        if shown is None or current.current_revision is None:
            return GONE
        item = items.item(shown, entity, row, field)
        if item is None:
            return GONE
        about = About(
            Note.Scope.ITEM,
            cleaned(text),
            place=item.place,
            identity=item.identity,
            entity=entity,
            record_key=item.record_key,
            field=field,
        )
        return write(current, membership, [about], {"about": "item", "entity": entity, "field": field})


def of_finding(row: Mapping[str, Any], text: str, confirms: int | None = None) -> About:
    """A note with this text on a finding of `rows_of`."""
    return About(
        Note.Scope.FINDING,
        text,
        rule_key=row["rule_key"],
        place=row["place"],
        identity=row["identity"],
        entity=row["entity"] or "",
        record_key=tuple(row["key"] or ()),
        message=row["message"],
        confirms=confirms,
    )


def rows_of(findings: pl.DataFrame) -> list[dict[str, Any]]:
    """Findings as what a note on each of them keeps."""
    columns = ["rule_key", "place", "identity", "entity", "key", "message"]
    return findings.select(columns).rows(named=True)


def current_findings(data_return: Return) -> pl.DataFrame:
    """The findings of the current revision; none for a return without data."""
    if data_return.current_revision is None:
        return pl.DataFrame(schema=dict.fromkeys(["place", "identity"], pl.String))
    return reading.findings(data_return.current_revision)


def _still_there(current: Return, revision: int, numbers: Sequence[int] | pl.Series) -> pl.DataFrame:
    """Of the findings with these numbers in a revision, those that the current one has with the same values."""
    shown = current.revisions.filter(number=revision).first()
    if shown is None or current.current_revision is None:
        return pl.DataFrame(schema={"identity": pl.String})
    chosen = reading.findings(shown).filter(pl.col("finding").is_in(pl.Series(numbers, dtype=pl.Int64).implode()))
    now = reading.findings(current.current_revision)
    return now.filter(pl.col("identity").is_in(chosen["identity"].implode()))


def note_on_findings(
    data_return: Return, membership: Membership, text: str, *, revision: int, findings: Sequence[int] | pl.Series
) -> Event | Refusal:
    """Write the same note on findings, given by their numbers in the revision of that number.

    Those that are gone since, or have other values, are left out; when none is left, GONE.
    """
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership, text):
            return refusal
        chosen = _still_there(current, revision, findings)
        if not chosen.height:
            return GONE
        note = cleaned(text)
        notes = [of_finding(row, note) for row in rows_of(chosen)]
        rules = {one.rule_key for one in notes}
        return write(current, membership, notes, {"about": "finding", **_rule(rules)})


def note_each(data_return: Return, membership: Membership, texts: Mapping[str, str]) -> Event | Refusal:
    """Write a note of its own on each finding, given by identity. Unknown identities are left out.

    Raises ValueError for a text that is no note: callers look first (`problem_with`).
    """
    if any(problem_with(text) for text in texts.values()):
        raise ValueError("a text that is no note")
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership):
            return refusal
        if current.current_revision is None:
            return GONE
        chosen = reading.findings(current.current_revision).filter(
            pl.col("identity").is_in(pl.Series(list(texts), dtype=pl.String).implode())
        )
        if not chosen.height:
            return GONE
        notes = [of_finding(row, cleaned(texts[row["identity"]])) for row in rows_of(chosen)]
        return write(current, membership, notes, {"about": "finding", "from": "spreadsheet"})


def still_right(
    data_return: Return, membership: Membership, *, revision: int, findings: Sequence[int] | pl.Series
) -> Event | Refusal:
    """Say that the newest notes at these findings' places hold for their present values too."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership):
            return refusal
        there = _still_there(current, revision, findings)
        if not there.height:
            return GONE
        waiting = with_explanation(there, current).filter(pl.col("explanation") == ANOTHER_LOOK)
        newest = newest_at_places(current, waiting["place"].to_list())
        notes = [
            of_finding(row, newest[row["place"]].text, newest[row["place"]].pk)
            for row in rows_of(waiting)
            if row["place"] in newest
        ]
        if not notes:
            return GONE
        rules = {one.rule_key for one in notes}
        return write(current, membership, notes, {"about": "finding", "from": "still right", **_rule(rules)})


def newest_at_places(data_return: Return, places: Sequence[str]) -> dict[str, Note]:
    """The newest note that stands at each of these places."""
    found: dict[str, Note] = {}
    for start in range(0, len(places), AT_ONCE):
        some = places[start : start + AT_ONCE]
        notes = Note.objects.filter(data_return=data_return, place__in=some, withdrawal=None)
        found.update({note.place: note for note in notes.order_by("pk")})
    return found


def withdraw(data_return: Return, membership: Membership, notes: Sequence[int], reason: str) -> Event | Refusal:
    """Make notes count no longer, with a reason; they are kept. Withdrawn ones are left alone."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := not_now(current, membership):
            return refusal
        if not cleaned(reason):
            return Refusal("no-reason", "The note was not withdrawn", "Say why you withdraw the note.", "")
        standing = list(current.notes.filter(pk__in=notes, withdrawal=None).values_list("pk", flat=True))
        if not standing:
            return Refusal(
                "withdrawn-already",
                "The note has been withdrawn already",
                "Someone withdrew it before you. Nothing was changed.",
                "Look at All notes as they are now.",
            )
        event = record(
            current,
            actor_for(membership, current),
            Happening.NOTED,
            reason=cleaned(reason),
            details={"notes": len(standing), "withdrawn": True},
            revision=current.current_revision,
        )
        NoteWithdrawal.objects.bulk_create(
            (NoteWithdrawal(note_id=pk, event=event) for pk in standing), batch_size=AT_ONCE
        )
        return event


def _rule(keys: set[str]) -> dict[str, str]:
    """The rule that all notes of an act are about, for its event; nothing when they are about several."""
    return {"rule": next(iter(keys))} if len(keys) == 1 else {}
