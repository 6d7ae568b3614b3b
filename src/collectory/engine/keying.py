"""Values that people key: understanding what they meant, and making a return of them.

What is harmless to understand (1,234; spaces around; full-width digits) becomes the plain value, and it is said what
was made of it. Everything else stays as it was typed, for the rules to flag: nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from collectory.blade import Decimal, Edition, Field, Form, Integer
from collectory.engine.dataset import Dataset, completed, empty_table
from collectory.engine.reading.recognise import refusal_of_source
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.tables import dataset_of_tables

FULL_WIDTH = {ord("　"): " "} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII. Not the other compatibility forms of Unicode, which would make 12 of 1²."""

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2060\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that nobody types on purpose: controls, marks without width, halves of characters."""

SEPARATED = re.compile(r"[0-9]{1,3}(?:([,\s'’])[0-9]{3})(?:\1[0-9]{3})*\Z")
NUMBER = re.compile(r"([-−–+]?)([0-9]+)(?:[.,]([0-9]+))?\Z")
SHOWN = 40


@dataclass(frozen=True)
class Understood:
    """What was typed, as it is kept.

    value    the plain value; as typed where it cannot be understood; None for nothing
    said     a sentence on what was made of it; "" where it was kept as typed
    problem  a sentence on what is wrong with the value that is kept; "" where it is of the field's kind
    """

    value: str | None
    said: str = ""
    problem: str = ""


def understood(field: Field, text: str) -> Understood:
    """What is meant by a text typed into a field."""
    tidied = UNSEEN.sub("", text).replace("\r\n", "\n").strip()
    if not tidied:
        return Understood(None)
    if not isinstance(field.kind, (Integer, Decimal)):
        changed = tidied != text.replace("\r\n", "\n")
        return Understood(tidied, "Spaces around it, or characters that cannot be seen, were taken out." * changed)
    plain = tidied.translate(FULL_WIDTH).strip()
    if SEPARATED.match(plain):
        plain = re.sub(r"[^0-9]", "", plain)
    problem = _problem(field.kind, plain)
    if problem:
        return Understood(tidied, "", problem)
    if plain == text:
        return Understood(plain)
    said = (
        f"“{_shown(text)}” was understood as {plain}." if plain != tidied else f"Spaces around {plain} were taken out."
    )
    return Understood(plain, said)


def _problem(kind: Integer | Decimal, text: str) -> str:
    """What is wrong with a number, in a sentence; "" where nothing is."""
    written = pl.lit(text, pl.String)
    if pl.select(kind.valid(written, kind.typed(written)).fill_null(False)).item():
        return ""
    number = NUMBER.match(text)
    expected = f"Enter {kind.describe()}."
    if number is None:
        return f"“{_shown(text)}” is not a number. {expected}"
    sign, digits, decimals = number.groups()
    if decimals is not None and isinstance(kind, Integer):
        return f"{_shown(text)} is not a whole number. {expected}"
    if sign and sign != "+" and kind.least is not None and kind.least >= 0:
        return f"{_shown(text)} is less than {kind.least:g}. {expected}"
    most = kind.most
    if len(digits) > 18 or (most is not None and int(digits) > most):
        return f"{_shown(text)} is too large. {expected}"
    return f"{_shown(text)} is not written as expected. {expected}"


def _shown(text: str) -> str:
    tidied = UNSEEN.sub("", text).strip()
    return tidied if len(tidied) <= SHOWN else f"{tidied[:SHOWN]}…"


@dataclass(frozen=True)
class Said:
    """What was made of a value that was not typed plainly, or what is wrong with it, and where."""

    entity: str
    field: str
    name: str
    typed: str
    sentence: str


@dataclass(frozen=True)
class Keyed:
    """A return made of keyed values; what was understood, and what is not of the kind that its line asks for."""

    dataset: Dataset
    said: tuple[Said, ...] = ()
    problems: tuple[Said, ...] = ()


def keyed(
    values: Mapping[str, str | None], edition: Edition, source: str = "", onto: Dataset | None = None
) -> Keyed | Refusal:
    """A return of what was keyed into the edition's form.

    `values` are texts by item: a field name ("Tot05"), entity and field ("Part1.Tot05"), or the line's reference,
    with or without the field name ("1.1a", "1.1a Tot05"). Items that are not given keep their value in `onto`, the
    return as it was, and are empty without one. `source` is the native ID of the organisation whose return it is;
    without it, the item of the form that holds it says so.

    Refused are unknown items, items given twice, and another organisation's number. Raises ValueError for an
    edition without a form.
    """
    form = form_of(edition)
    try:
        cells = _cells(values, edition, form)
        return _keyed(cells, edition, form, source, onto)
    except FileRefused as refused:
        return refused.refusal


def form_of(edition: Edition) -> Form:
    """The form of an edition. Raises ValueError where it has none."""
    if edition.form is None:
        raise ValueError(f"{edition.title} has no form; it is loaded from a file")
    return edition.form


def _keyed(
    cells: Mapping[tuple[str, str], str | None], edition: Edition, form: Form, source: str, onto: Dataset | None
) -> Keyed:
    kept: dict[str, dict[str, str | None]] = {}
    said: list[Said] = []
    problems: list[Said] = []
    for (entity, field), typed in cells.items():
        found = understood(edition.entity(entity).field(field), typed or "")
        kept.setdefault(entity, {})[field] = found.value
        name = form.item(entity, field).name
        if found.said:
            said.append(Said(entity, field, name, typed or "", found.said))
        if found.problem:
            problems.append(Said(entity, field, name, typed or "", found.problem))
    entity, _, field = form.source.partition(".")
    stated = kept.get(entity, {}).get(field)
    if source and stated and stated != source:
        raise FileRefused(refusal_of_source(stated, source))
    before = onto or Dataset(edition, completed(edition, {}))
    given = form.given(edition, source or stated or before.source)
    for name, fixed in given.items():
        kept[name] = {**kept.get(name, {}), **fixed}
    return Keyed(_with(before, kept), tuple(said), tuple(problems))


def _with(dataset: Dataset, values: Mapping[str, Mapping[str, str | None]]) -> Dataset:
    """The data set with these values in its single records, which are made where they are not there."""
    made: dict[str, pl.DataFrame] = {}
    for name, fields in values.items():
        entity = dataset.edition.entity(name)
        table = dataset.tables[name]
        if table.height:
            first = pl.int_range(pl.len()) == 0
            made[name] = table.with_columns(
                pl.when(first).then(pl.lit(value, pl.String)).otherwise(pl.col(field)).alias(field)
                for field, value in fields.items()
            )
        else:
            made[name] = dataset_of_tables({name: [dict(fields)]}, dataset.edition).tables[name]
        assert made[name].columns == empty_table(entity).columns
    return dataset.with_tables(made)


def _cells(values: Mapping[str, str | None], edition: Edition, form: Form) -> dict[tuple[str, str], str | None]:
    """Entity and field of each item, in the order of the form. Raises FileRefused."""
    known = names_of_items(form)
    found: dict[tuple[str, str], str | None] = {}
    unknown = [name for name in values if _plain_name(name) not in known]
    if unknown:
        raise FileRefused(_unknown_items(unknown, edition))
    for name, value in values.items():
        cell = known[_plain_name(name)]
        if cell in found:
            raise FileRefused(given_twice(form.item(*cell).name))
        found[cell] = value
    return dict(sorted(found.items(), key=lambda each: form.order[each[0]]))


def names_of_items(form: Form) -> dict[str, tuple[str, str]]:
    """Every name by which an item may be called, in lower case, with its entity and field."""
    names: dict[str, tuple[str, str]] = {}
    ambiguous: set[str] = set()
    for item in form.items:
        cell = (item.entity, item.field)
        for name in {f"{item.entity}.{item.field}", item.field, item.reference, item.name} - {""}:
            plain = _plain_name(name)
            if names.setdefault(plain, cell) != cell:
                ambiguous.add(plain)
    return {name: cell for name, cell in names.items() if name not in ambiguous}


def _plain_name(name: str) -> str:
    return " ".join(name.split()).casefold()


def _unknown_items(names: Iterable[str], edition: Edition) -> Refusal:
    shown = [f"“{_shown(name)}”" for name in names]
    listed = ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
    return Refusal(
        "unknown-item",
        "There is an item that the form does not have",
        f"{listed}: the form of {edition.title} has no line of that name.",
        "Use the field name (such as in the file that Export to file makes) or the number of the line. Nothing was "
        "loaded.",
    )


def given_twice(name: str) -> Refusal:
    """The refusal of a file that gives one item more than once."""
    return Refusal(
        "repeated-item",
        "An item is given twice",
        f"{_shown(name)} stands in the file more than once.",
        "Leave one of them. Nothing was loaded.",
    )
