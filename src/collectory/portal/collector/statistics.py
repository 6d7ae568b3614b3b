"""Statistics of rules over a data collection: how often each is raised, corrected, explained, asked about and OK'd.

Everything is worked out in the database from tallies, notes, OKs and questions; no findings are read. Four
queries, whatever the number of returns.

What counts: a finding is *corrected* where an earlier revision of the return raised more findings of the rule than
the current one does, by the difference between its most and what it has now. So a finding that was put right while
another one came counts as neither, and a rule that was withdrawn in the collection seems corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from collectory.blade import Edition
from collectory.engine.checking.compile import message_of
from collectory.portal.collections.models import DataCollection
from collectory.portal.judging.models import Asked, Ok, OkUndone, Question
from collectory.portal.people.models import Organisation
from collectory.portal.returns.finding_list import rule_of
from collectory.portal.returns.models import Note, NoteWithdrawal, Return, Revision, RuleTally

TABLES = {
    model.__name__.lower(): connection.ops.quote_name(model._meta.db_table)
    for model in (
        *(Asked, Ok, OkUndone, Question, Note, NoteWithdrawal),
        *(Organisation, Return, Revision, RuleTally),
    )
}
# The returns that are counted: of the collection, and of one authority where it is named.
OF = """JOIN {return} ret ON ret.id = {{at}} AND ret.collection_id = %(collection)s
JOIN {organisation} org ON org.id = ret.organisation_id AND (%(authority)s = '' OR org.native_id = %(authority)s
    OR org.authority_id IN (SELECT own.id FROM {organisation} own WHERE own.native_id = %(authority)s))"""

TALLIES = """
SELECT rule_key, SUM(now), SUM(CASE WHEN now > 0 THEN 1 ELSE 0 END), COUNT(*), SUM(most - now)
FROM (
    SELECT tally.rule_key AS rule_key, rev.data_return_id AS data_return, MAX(tally.findings) AS most,
        MAX(CASE WHEN ret.current_revision_id = rev.id THEN tally.findings ELSE 0 END) AS now
    FROM {ruletally} tally JOIN {revision} rev ON rev.id = tally.revision_id
    {of}
    GROUP BY tally.rule_key, rev.data_return_id
) each GROUP BY rule_key"""
NOTES = """
SELECT rule_key, COUNT(*) FROM (
    SELECT DISTINCT note.rule_key AS rule_key, note.data_return_id AS data_return, note.place AS place
    FROM {note} note {of}
    LEFT JOIN {notewithdrawal} gone ON gone.note_id = note.id
    WHERE note.scope = 'finding' AND gone.id IS NULL
) each GROUP BY rule_key"""
OKS = """
SELECT ok.rule_key, COUNT(*) FROM {ok} ok {of}
LEFT JOIN {okundone} undone ON undone.ok_id = ok.id
WHERE undone.id IS NULL GROUP BY ok.rule_key"""
QUESTIONS = """
SELECT rule_key, COUNT(*) FROM (
    SELECT DISTINCT question.rule_key AS rule_key, question.data_return_id AS data_return, asked.place AS place
    FROM {asked} asked JOIN {question} question ON question.id = asked.question_id
    {of}
) each GROUP BY rule_key"""


@dataclass(frozen=True)
class Line:
    """One rule: findings and returns of now, and what ever became of its findings."""

    rule_key: str
    number: str
    message: str
    priority: str
    findings: int = 0
    returns: int = 0
    ever: int = 0
    corrected: int = 0
    explained: int = 0
    asked: int = 0
    ok: int = 0


HEADINGS = {
    "number": "Rule no.",
    "message": "Error message",
    "priority": "Priority",
    "findings": "Findings now",
    "returns": "Returns now",
    "ever": "Returns ever",
    "corrected": "Corrected",
    "explained": "Explained",
    "asked": "Asked about",
    "ok": "OK’d",
}
COUNTED = ("findings", "returns", "ever", "corrected", "explained", "asked", "ok")


def _rows(sql: str, at: str, collection: DataCollection, authority: str) -> list[tuple[Any, ...]]:
    of = OF.format(**TABLES).format(at=at)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(of=of, **TABLES), {"collection": collection.pk, "authority": authority})
        return list(cursor.fetchall())


def lines(collection: DataCollection, edition: Edition, authority: str = "") -> list[Line]:
    """A line for each rule that was ever raised, explained, asked about or OK'd; `authority` is a native ID."""
    found: dict[str, dict[str, int]] = {}
    for key, now, returns, ever, corrected in _rows(TALLIES, "rev.data_return_id", collection, authority):
        found[key] = {"findings": int(now), "returns": int(returns), "ever": int(ever), "corrected": int(corrected)}
    for name, sql, at in (
        ("explained", NOTES, "note.data_return_id"),
        ("ok", OKS, "ok.data_return_id"),
        ("asked", QUESTIONS, "question.data_return_id"),
    ):
        for key, count in _rows(sql, at, collection, authority):
            if key:
                found.setdefault(key, {})[name] = int(count)
    made = []
    for key, counts in found.items():
        rule = rule_of(edition, key)
        words = (rule.number or key, message_of(rule, edition), rule.priority) if rule else (key, key, "")
        made.append(Line(key, *words, **counts))
    return made


def sorted_lines(found: list[Line], sort: str) -> list[Line]:
    """Lines by a column of HEADINGS, "-" in front for descending; those that are alike by number."""
    name = sort.removeprefix("-")
    alike = sorted(found, key=lambda line: (line.number, line.rule_key))
    return sorted(alike, key=lambda line: getattr(line, name), reverse=sort.startswith("-"))


def as_table(found: list[Line]) -> pl.DataFrame:
    """The lines as a table of text to take away."""
    columns = {heading: [str(getattr(line, name)) for line in found] for name, heading in HEADINGS.items()}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
