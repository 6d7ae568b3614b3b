"""All notes of a return, as a table: what each is about, and whether it still fits what is in the return.

Notes that one person wrote in one act with the same words about the same rule are shown as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.engine.checking.compile import message_of
from collectory.portal.people.models import Role
from collectory.portal.returns import items, naming, reading
from collectory.portal.returns.finding_list import rule_of
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.services.explaining import ANOTHER_LOOK, EXPLAINED, NO_LONGER_RAISED

WITHDRAWN = "withdrawn"
STANDS = "in force"
GONE = "no longer in the return"
SCOPES = {"return": "Return level", "item": "Data item", "finding": "Error or query"}
STANDINGS = {
    "explained": (EXPLAINED, STANDS),
    "needs-another-look": (ANOTHER_LOOK,),
    "no-longer-raised": (NO_LONGER_RAISED, GONE),
    "withdrawn": (WITHDRAWN,),
}
STANDING_LABELS = {
    "explained": "In force",
    "needs-another-look": "Needs another look",
    "no-longer-raised": "No longer raised",
    "withdrawn": "Withdrawn",
}

_COLUMNS = {
    "id": pl.Int64,
    "event_id": pl.Int64,
    "at": pl.Datetime("us", "UTC"),
    "first": pl.String,
    "last": pl.String,
    "username": pl.String,
    "role": pl.String,
    "organisation": pl.String,
    "native_id": pl.String,
    "text": pl.String,
    "scope": pl.String,
    "rule_key": pl.String,
    "place": pl.String,
    "identity": pl.String,
    "entity": pl.String,
    "record_key": pl.List(pl.String),
    "field": pl.String,
    "message": pl.String,
    "withdrawn_at": pl.Datetime("us", "UTC"),
    "reason": pl.String,
    "confirms": pl.Int64,
}


def _rows(data_return: Return) -> pl.DataFrame:
    rows = Note.objects.filter(data_return=data_return).order_by("-pk")
    values = rows.values_list(
        *("pk", "event_id", "at", "author__first_name", "author__last_name", "author__username", "role"),
        *("organisation__name", "organisation__native_id", "text", "scope", "rule_key", "place", "identity"),
        *("entity", "record_key", "field", "message"),
        *("withdrawal__event__at", "withdrawal__event__reason", "confirms_id"),
    )
    return pl.DataFrame(list(values), schema=_COLUMNS, orient="row")


def notes_table(data_return: Return) -> pl.DataFrame:
    """One row for each note, newest first.

    Of the note: id, event_id, at, user, role (in words), organisation, native_id, text, confirms, scope,
    rule_key, number (of the rule), message, entity, field, record_key. Of what it is about: finding (its
    number in the current revision, or null), row (of an item), who, key, what, title (of the field), standing,
    reason (of its withdrawal), withdrawn_at.
    """
    notes = _with_people(_rows(data_return))
    notes = _with_rules(data_return, notes)
    return _with_subjects(data_return, notes)


def _with_people(notes: pl.DataFrame) -> pl.DataFrame:
    full = pl.concat_str("first", pl.lit(" "), "last").str.strip_chars()
    return notes.with_columns(
        user=pl.when(full != "").then(full).otherwise("username"),
        role=pl.col("role").replace(dict(Role.choices)),
    ).drop("first", "last", "username")


def _with_rules(data_return: Return, notes: pl.DataFrame) -> pl.DataFrame:
    edition = reading.edition_of(data_return)
    rules = {key: rule_of(edition, key) for key in notes["rule_key"].unique().to_list() if key}
    numbers = {key: rule.number if rule else key for key, rule in rules.items()} | {"": ""}
    messages = {key: message_of(rule, edition) if rule else "" for key, rule in rules.items()} | {"": ""}
    return notes.with_columns(
        number=pl.col("rule_key").replace(numbers),
        message=pl.when(pl.col("message") == "").then(pl.col("rule_key").replace(messages)).otherwise("message"),
    )


def _with_subjects(data_return: Return, notes: pl.DataFrame) -> pl.DataFrame:
    revision = data_return.current_revision
    own = pl.col("record_key").list.join(" ").str.strip_chars()
    if revision is None:
        places = pl.DataFrame(schema={"place": pl.String, "finding": pl.Int64, "now": pl.String})
        names = pl.DataFrame(schema={"finding": pl.Int64, "who": pl.String, "key": pl.String, "what": pl.String})
    else:
        found = reading.findings(revision).select("place", "finding", pl.col("identity").alias("now"))
        places = found.filter(pl.col("place").is_in(notes["place"].unique().implode()))
        names = naming.subjects(revision).select("finding", "who", "key", "what")
    notes = notes.join(places, on="place", how="left", maintain_order="left")
    notes = notes.join(names, on="finding", how="left", maintain_order="left")
    notes = notes.join(_items(data_return, notes), on="id", how="left", maintain_order="left")
    is_item, is_finding = pl.col("scope") == "item", pl.col("scope") == "finding"
    return notes.with_columns(
        who=pl.coalesce("who", "item_who", pl.when(pl.col("scope") == "return").then(pl.lit(naming.WHOLE_RETURN)))
        .fill_null("")
        .str.strip_chars(),
        key=pl.coalesce("key", "item_key", own),
        what=pl.coalesce("what", "item_what").fill_null(""),
        standing=pl.when(pl.col("withdrawn_at").is_not_null())
        .then(pl.lit(WITHDRAWN))
        .when(is_finding & pl.col("now").is_null())
        .then(pl.lit(NO_LONGER_RAISED))
        .when(is_finding & (pl.col("now") != pl.col("identity")))
        .then(pl.lit(ANOTHER_LOOK))
        .when(is_finding)
        .then(pl.lit(EXPLAINED))
        .when(is_item & pl.col("row").is_null())
        .then(pl.lit(GONE))
        .when(is_item & ~pl.col("same_value"))
        .then(pl.lit(ANOTHER_LOOK))
        .otherwise(pl.lit(STANDS)),
    ).drop("item_who", "item_key", "item_what", "same_value", "now")


def _items(data_return: Return, notes: pl.DataFrame) -> pl.DataFrame:
    """For notes on items, where the item is now: id, row, same_value, title, item_who, item_key, item_what."""
    schema = {
        "id": pl.Int64,
        "row": pl.Int64,
        "same_value": pl.Boolean,
        "title": pl.String,
        "item_who": pl.String,
        "item_key": pl.String,
        "item_what": pl.String,
    }
    edition = reading.edition_of(data_return)
    rows: list[dict[str, Any]] = []
    about = notes.filter(pl.col("scope") == "item").select("id", "entity", "field", "place", "identity")
    for (entity, field), part in about.group_by("entity", "field"):
        kind = edition.entity(str(entity)) if edition.has_entity(str(entity)) else None
        if kind is None or not kind.has_field(str(field)):
            continue
        title = f"{kind.label}: {kind.field(str(field)).title}"
        places = part["place"].to_list()
        found = (
            items.items_at(data_return.current_revision, kind, str(field), places)
            if data_return.current_revision is not None
            else {}
        )
        for note_id, place, identity in part.select("id", "place", "identity").iter_rows():
            item = found.get(place)
            who = naming.named(item.revision, kind, pl.Series([item.row])).row(0, named=True) if item else {}
            rows.append(
                {
                    "id": note_id,
                    "title": title,
                    "row": item.row if item else None,
                    "same_value": item.identity == identity if item else None,
                    "item_who": who.get("who"),
                    "item_key": who.get("key"),
                    "item_what": who.get("what"),
                }
            )
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Wanted:
    """Which notes. `words` may name a pupil: they stay in the session, and addresses carry their token."""

    scope: str = ""
    standing: str = ""
    words: str = ""
    search: str = ""


def chosen(notes: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """The notes that are wanted."""
    if wanted.scope:
        notes = notes.filter(pl.col("scope") == wanted.scope)
    if wanted.standing:
        notes = notes.filter(pl.col("standing").is_in(STANDINGS[wanted.standing]))
    if wanted.words:
        searched = pl.concat_str(
            ["text", "user", "organisation", "number", "message", "who", "key", pl.col("title").fill_null("")],
            separator=" ",
        ).str.to_lowercase()
        for word in wanted.words.lower().split():
            notes = notes.filter(searched.str.contains(word, literal=True))
    return notes


def together(notes: pl.DataFrame) -> pl.DataFrame:
    """Notes of one act with the same words and rule as one row: the first of them, `count`, and all `ids`."""
    alike = [pl.coalesce("event_id", -pl.col("id")).alias("act"), "text", "scope", "rule_key", "standing", "reason"]
    first = pl.all().exclude("event_id", "text", "scope", "rule_key", "standing", "reason", "id").first()
    return notes.group_by(alike, maintain_order=True).agg(
        first, pl.len().alias("count"), pl.col("id").first(), pl.col("id").alias("ids")
    )
