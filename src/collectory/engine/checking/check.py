"""Running an edition's rules over a return."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from collectory.blade import Edition
from collectory.blade.records import RETURN
from collectory.engine.checking.compile import Compiled, CompiledPart, NamedPart, Preparation, compiled, prepared
from collectory.engine.checking.findings import findings_of_part, in_reading_order, with_identities
from collectory.engine.checking.structure import findings_of_notices
from collectory.engine.checking.worksheet import Worksheet
from collectory.engine.dataset import Dataset, PlainTables
from collectory.engine.tables import dataset_of_tables

Progress = Callable[[str, float], None]

UNDECIDED = "what decides whether it is asked is missing from the return"


@dataclass(frozen=True)
class Skipped:
    """A rule that could not be asked, and why."""

    rule: str
    why: str


@dataclass
class Result:
    """What the rules found.

    found          one row for each finding: rule_key, rule (number), priority, level, entity, record (0-based row,
                   null at return level), key (list of text), message, fields (list of {field, value, entity,
                   record}), place_fields
    skipped        rules that could not be asked
    """

    dataset: Dataset
    found: pl.DataFrame
    skipped: list[Skipped] = field(default_factory=list)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """`found` with `place` (the same for the same rule and record in a later upload) and `identity`
        (place and the values read), 16 hexadecimal digits each."""
        return with_identities(self.dataset, self.found)

    @property
    def rules_version(self) -> str:
        """12 hexadecimal digits that change whenever the rules do."""
        return compiled(self.dataset.edition).version

    @cached_property
    def errors(self) -> int:
        return int((self.found["priority"] == "error").sum())

    @cached_property
    def queries(self) -> int:
        return int((self.found["priority"] == "query").sum())

    @property
    def tallies(self) -> pl.DataFrame:
        """Per rule: rule_key, rule, priority, level, findings, records (different records touched)."""
        return (
            self.found.group_by("rule_key", "rule", "priority", "level", maintain_order=True)
            .agg(
                pl.len().alias("findings"),
                pl.struct("entity", "record").filter(pl.col("record").is_not_null()).n_unique().alias("records"),
            )
            .sort("rule_key")
        )


def check(
    dataset: Dataset,
    previous: Dataset | None = None,
    register: pl.DataFrame | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    lists: Mapping[str, pl.DataFrame] | None = None,
) -> Result:
    """Run all rules of the data set's edition, or only those of these keys.

    `previous` is the same source's return in the collection before; `register` a table of organisations (columns
    of text as in the register's CSV); `lists` the blade's reference lists by name (columns of text). Rules that need
    them are skipped, and said so, where they are not given.
    """
    rules = compiled(dataset.edition)
    say = progress or (lambda stage, share: None)
    say("preparing", 0.0)
    sheet = Worksheet(rules.plan, dataset, previous, register, lists)
    asked, skipped = _begun(rules, sheet, only)
    say("rules", 0.4)
    failing = _failing(asked, sheet)
    say("findings", 0.8)
    frames = [findings_of_notices(dataset)]
    for part, rows in failing:
        frames.append(findings_of_part(dataset, sheet, part, rows))
    found = in_reading_order(dataset, pl.concat(frames))
    for key, why in sorted(rules.left_out.items()):
        skipped.append(Skipped(key, why))
    say("done", 1.0)
    return Result(dataset, found, skipped)


def broken_rules(
    dataset: Dataset,
    previous: Dataset | None = None,
    register: pl.DataFrame | None = None,
    only: Collection[str] | None = None,
    lists: Mapping[str, pl.DataFrame] | None = None,
) -> set[str]:
    """The keys of the rules that find something. Several times cheaper than the findings themselves."""
    rules = compiled(dataset.edition)
    sheet = Worksheet(rules.plan, dataset, previous, register, lists)
    asked, _ = _begun(rules, sheet, only)
    found = {part.rule.key for part, _ in _failing(asked, sheet)}
    return found | set(findings_of_notices(dataset)["rule_key"])


def asked_rules(dataset: Dataset) -> set[str]:
    """The keys of the rules that are asked of such a return, or would be if what they need was given."""
    rules = compiled(dataset.edition)
    asked, skipped = _begun(rules, Worksheet(rules.plan, dataset))
    return {each.part.rule.key for each in asked} | {each.rule for each in skipped}


def _begun(
    rules: Compiled, sheet: Worksheet, only: Collection[str] | None = None
) -> tuple[list[NamedPart], list[Skipped]]:
    """Make the columns that all rules (or those of these keys) need; the parts to run, and the rules that cannot be
    asked."""
    preparation = rules.preparation if only is None else prepared(rules.plan, rules.parts, only)
    sheet.ensure(preparation.steps)
    return _asked(preparation, sheet)


def _asked(preparation: Preparation, sheet: Worksheet) -> tuple[list[NamedPart], list[Skipped]]:
    """The parts to run on this return, and the rules that cannot be asked of it."""
    decide = [
        each.applies
        for each in preparation.parts
        if each.applies is not None and not _unavailable(each.part.decided_by, sheet)
    ]
    answers = sheet.frames[RETURN].select(decide).row(0, named=True) if decide else {}
    asked: list[NamedPart] = []
    reasons: dict[str, str] = {}
    for each in preparation.parts:
        part = each.part
        if part.applies is not None:
            answer = answers.get(each.name)
            if answer is None:
                reasons[part.rule.key] = _unavailable(part.decided_by, sheet) or UNDECIDED
                continue
            if not answer:
                continue
        if missing := _unavailable(part.roots, sheet):
            reasons[part.rule.key] = missing
            continue
        asked.append(each)
    return asked, [Skipped(key, why) for key, why in reasons.items()]


def _unavailable(columns: frozenset[str], sheet: Worksheet) -> str:
    """Why one of these columns could not be worked out; "" where all could."""
    return next((sheet.unavailable[name] for name in columns if name in sheet.unavailable), "")


def _failing(parts: list[NamedPart], sheet: Worksheet) -> list[tuple[CompiledPart, pl.Series]]:
    """The rows at which each part fails, parts without any left out, silenced ones taken away."""
    by_entity: dict[str, list[NamedPart]] = {}
    for each in parts:
        by_entity.setdefault(each.part.entity, []).append(each)
    failing: list[tuple[CompiledPart, pl.Series]] = []
    for entity, group in by_entity.items():
        frame = sheet.frames[entity]
        if not frame.height:
            continue
        missing = sheet.missing(entity)
        open_ = [each for each in group if not each.part.surely_holds(missing, frame.height)]
        answers = frame.select([each.holds for each in open_]).get_columns()
        for each, column in zip(open_, answers, strict=True):
            if column.dtype == pl.Null or column.all():  # a null holds
                continue
            if len(column) == 1 and frame.height > 1:  # an expression without any column of the frame
                column = column.new_from_index(0, frame.height)
            failing.append((each.part, (~column).arg_true().cast(pl.Int64)))
    return _without_explained(failing, sheet)


def _without_explained(
    failing: list[tuple[CompiledPart, pl.Series]], sheet: Worksheet
) -> list[tuple[CompiledPart, pl.Series]]:
    """The same without failures that others explain: of the same record, of a record above it, or of the return."""
    rows_of: dict[str, list[tuple[str, pl.Series]]] = {}
    for part, rows in failing:
        rows_of.setdefault(part.rule.key, []).append((part.entity, rows))
    kept = []
    for part, rows in failing:
        for key in (*part.rule.silenced_by, *part.silenced_by):
            for entity, others in rows_of.get(key, []):
                rows = rows.filter(~_explained(sheet, part.entity, rows, entity, others))
        if len(rows):
            kept.append((part, rows))
    return kept


def _explained(sheet: Worksheet, below: str, rows: pl.Series, above: str, failing: pl.Series) -> pl.Series:
    """Which rows of `below` are explained by these failing rows of `above`."""
    if above == below:
        return rows.is_in(failing.implode())
    entities = sheet.plan.entities
    if above == RETURN or not any(each.many for each in (entities[above], *entities[above].ancestors())):
        return pl.repeat(True, len(rows), eager=True)
    if below != RETURN and above in {each.name for each in entities[below].ancestors()}:
        return sheet.rows_above(below, above).gather(rows).is_in(failing.implode())
    return pl.repeat(False, len(rows), eager=True)


def findings_of(
    edition: Edition,
    data: Dataset | PlainTables,
    previous: Dataset | PlainTables | None = None,
    register: pl.DataFrame | None = None,
    lists: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """What `Edition.check` calls: the findings of a data set, or of plain tables taken to be of the edition."""
    before = _of(edition, previous) if previous is not None else None
    return check(_of(edition, data), before, register, lists=lists).findings


def _of(edition: Edition, data: Dataset | PlainTables) -> Dataset:
    return dataset_of_tables(data.tables, edition) if isinstance(data, PlainTables) else data
