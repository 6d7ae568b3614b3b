"""The frames in which rules are worked out: an entity's table with typed and derived columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import polars as pl

from collectory.blade.kinds import Kind
from collectory.blade.records import OTHER, RETURN, Derived, Plan, other_name
from collectory.engine.checking.steps import Steps, Typed, steps_to
from collectory.engine.dataset import PARENT, ROW, Dataset, under_names_of

NO_PREVIOUS = "there is no return of the collection before to compare with"
NOT_IN_PREVIOUS = "the return before does not hold what is compared"
NO_REGISTER = "no register of organisations was given"
NO_LIST = "no list of {title} was given"
NO_COLUMN = "the list of {title} has no column {column}"
NOT_IN_REGISTER = "the register does not hold this organisation"


class Worksheet:
    """Frames by entity name, with the columns asked for by `ensure`.

    unavailable  derived columns that could not be worked out, with the reason
    """

    def __init__(
        self,
        plan: Plan,
        dataset: Dataset,
        previous: Dataset | None = None,
        register: pl.DataFrame | None = None,
        lists: Mapping[str, pl.DataFrame] | None = None,
    ) -> None:
        self.plan = plan
        self.dataset = dataset
        self.frames: dict[str, pl.DataFrame] = {RETURN: pl.DataFrame({ROW: pl.Series([0], dtype=pl.Int64)})}
        self.unavailable: dict[str, str] = {}
        self._organisations = register
        self._lists = lists or {}
        self._previous = Worksheet(plan, previous) if previous is not None else None
        self._done: set[str] = set()
        self._missing: dict[str, dict[str, int]] = {}
        for entity in plan.edition.entities:
            frame = dataset.tables.get(entity.name)
            if frame is None:  # the return before may be of an edition without it
                continue
            frame = under_names_of(entity, frame, dataset.edition.entity(entity.name))
            if entity.parent is not None and frame.height:
                frame = frame.with_columns(pl.col(PARENT).set_sorted())
            self.frames[entity.name] = frame

    def ensure(self, steps: Steps) -> None:
        """Make the columns of these steps there."""
        for owner, typed in steps.typed:
            self._add_typed(owner, typed)
        for how, batch in steps.batches:
            available = [each for each in batch if each.name not in self._done and not self._blocked(each)]
            if available:
                getattr(self, f"_{how}")(available)
            self._done.update(each.name for each in batch)

    def missing(self, entity: str) -> Mapping[str, int]:
        """How many records of an entity miss each of their fields."""
        if entity not in self._missing:
            self._missing[entity] = self.frames[entity].null_count().row(0, named=True)
        return self._missing[entity]

    def _add_typed(self, owner: str, typed: Sequence[Typed]) -> None:
        frame = self.frames[owner]
        there = set(frame.columns)
        absent = [each for each in typed if each.name not in there]
        if absent:
            missing, height = self.missing(owner), frame.height
            filled = [each for each in absent if missing[each.field.name] < height]
            values = frame.select([each.expression for each in filled])
            nothing = [
                _nothing_of(each.field.kind).alias(each.name).new_from_index(0, height)
                for each in absent
                if missing[each.field.name] == height
            ]
            self.frames[owner] = frame.hstack([*values, *nothing])

    def _blocked(self, derived: Derived) -> bool:
        """Whether something that it needs could not be worked out; says so if it is."""
        for root in derived.needs:
            if root in self.unavailable:
                self.unavailable[derived.name] = self.unavailable[root]
                return True
        return False

    # What follows is called by name, once for a batch of derived columns of one kind, owner and source.

    def _own(self, batch: list[Derived]) -> None:
        owner = batch[0].owner
        self.frames[owner] = self.frames[owner].with_columns(each.named for each in batch if each.named is not None)

    def _aggregate(self, batch: list[Derived]) -> None:
        owner, source = batch[0].owner, batch[0].source
        grouped = (
            self.frames[source]
            .hstack([self.rows_above(source, owner).rename("_above")])
            .group_by("_above")
            .agg(each.named for each in batch if each.named is not None)
        )
        own = self.frames[owner]
        at = _spread(pl.int_range(grouped.height, eager=True), grouped["_above"], own.height)
        self.frames[owner] = own.hstack(_taken(grouped.drop("_above"), at))

    def _lookup(self, batch: list[Derived]) -> None:
        owner, source = batch[0].owner, batch[0].source
        values = self.frames[source].select(each.named for each in batch if each.named is not None)
        rows = self.rows_above(owner, source)
        self.frames[owner] = self.frames[owner].hstack(_taken(values, rows))

    def _figure(self, batch: list[Derived]) -> None:
        source, of = batch[0].source, batch[0].of
        if of == "previous":
            self._previous_figures(batch)
            return
        frame = self.frames[source]
        values = frame.select(each.named for each in batch if each.named is not None)
        self._add_to_return(values)

    def _previous_figures(self, batch: list[Derived]) -> None:
        if self._previous is None:
            self.unavailable.update({each.name: NO_PREVIOUS for each in batch})
            return
        sheet = self._previous
        for each in batch:
            assert each.named is not None
            try:
                sheet.ensure(steps_to(self.plan, {each.source: set(each.roots)}))
                value = sheet.frames[each.source].select(each.named)
            except (pl.exceptions.ColumnNotFoundError, KeyError):
                self.unavailable[each.name] = NOT_IN_PREVIOUS
                continue
            self._add_to_return(value)

    def _broadcast(self, batch: list[Derived]) -> None:
        owner = batch[0].owner
        height = self.frames[owner].height
        values = self.frames[RETURN].select(each.named for each in batch if each.named is not None)
        self.frames[owner] = self.frames[owner].hstack([each.new_from_index(0, height) for each in values])

    def _occurrences(self, batch: list[Derived]) -> None:
        for each in batch:
            names = list(each.columns)
            parts = [pl.DataFrame([self.frames[name][column] for column in names]) for name in each.among]
            values = pl.concat(parts)
            there = pl.all_horizontal(pl.col(names).is_not_null())
            counts = values.select(pl.when(there).then(pl.len().over(names)).alias(each.name))[each.name]
            before = sum(part.height for part in parts[: each.among.index(each.owner)])
            own = self.frames[each.owner]
            self.frames[each.owner] = own.hstack([counts.slice(before, own.height)])

    def _others(self, batch: list[Derived]) -> None:
        owner, source = batch[0].owner, batch[0].source
        own = self.frames[owner]
        for within, alike in _by(batch, lambda each: each.columns[0]).items():
            roots = {root for each in alike for root in each.roots}
            mine = own.select(ROW, *sorted(root for root in roots if not root.startswith(OTHER)))
            theirs = self.frames[source].select(
                ROW, *sorted(r.removeprefix(OTHER) for r in roots if r.startswith(OTHER))
            )
            mine = mine.with_columns(self.rows_above(owner, within).alias("_within"))
            theirs = theirs.rename(other_name).with_columns(self.rows_above(source, within).alias("_within"))
            pairs = mine.join(theirs, on="_within")
            if owner == source:
                pairs = pairs.filter(pl.col(ROW) != pl.col(other_name(ROW)))
            counts = pairs.group_by(ROW).agg(
                each.expression.sum().alias(each.name) for each in alike if each.expression is not None
            )
            found = own.select(ROW).join(counts, on=ROW, how="left", maintain_order="left")
            own = own.hstack(found.drop(ROW).get_columns())
        self.frames[owner] = own

    def _register_row(self) -> tuple[pl.DataFrame | None, str]:
        if self._organisations is None:
            return None, NO_REGISTER
        key_of = self.plan.edition.blade.register_key
        if key_of is None:
            return None, "this collection has no register"
        where = key_of(self.dataset.source)
        if any(name not in self._organisations.columns for name in where):
            return None, "the register has no columns for the organisation's number"
        row = self._organisations.filter(*(pl.col(name).cast(pl.String) == value for name, value in where.items()))
        return (row.head(1), "") if row.height else (None, NOT_IN_REGISTER)

    def _register(self, batch: list[Derived]) -> None:
        row, reason = self._register_row()
        for each in batch:
            column = each.columns[0]
            if row is None or column not in row.columns:
                self.unavailable[each.name] = reason or f"the register has no column {column}"
                continue
            self._add_to_return(row.select(pl.col(column).cast(pl.String).alias(each.name)))

    def _listed(self, batch: list[Derived]) -> None:
        blade = self.plan.edition.blade
        for each in batch:
            name, column = each.columns
            meant, table = blade.reference_list(name), self._lists.get(name)
            if table is None or meant.key not in table.columns:
                self.unavailable[each.name] = NO_LIST.format(title=meant.title)
            elif column not in table.columns:
                self.unavailable[each.name] = NO_COLUMN.format(title=meant.title, column=column)
            else:
                assert each.expression is not None
                rows = table.select(pl.col(meant.key).alias("_key"), pl.col(column).cast(pl.String).alias(each.name))
                rows = rows.filter(pl.col("_key").is_not_null()).unique("_key", keep="first")
                own = self.frames[each.owner]
                asked = own.select(each.expression.alias("_key"))
                found = asked.join(rows, on="_key", how="left", maintain_order="left")
                self.frames[each.owner] = own.hstack([found[each.name]])

    def _add_to_return(self, values: pl.DataFrame) -> None:
        self.frames[RETURN] = self.frames[RETURN].hstack(values.get_columns())

    def rows_above(self, below: str, above: str) -> pl.Series:
        """For each record of `below`, the row of the record of `above` that it lies under."""
        rows = self.frames[below][PARENT]
        parent = self.plan.entities[below].parent
        while parent is not None and parent.name != above:
            rows = self.frames[parent.name][PARENT].gather(rows)
            parent = parent.parent
        return rows


@cache
def _nothing_of(kind: Kind) -> pl.Series:
    """A missing value of a kind, typed."""
    return pl.Series([None], dtype=pl.String).to_frame("text").select(kind.typed(pl.col("text"))).to_series()


def _taken(frame: pl.DataFrame, rows: pl.Series) -> list[pl.Series]:
    """The columns of a frame at some rows, null where the row is."""
    return frame.select(pl.all().gather(rows)).get_columns()


def _spread(values: pl.Series, at: pl.Series, height: int) -> pl.Series:
    """A column with values at some rows, null at the others."""
    return pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, height).scatter(at, values)


def _by(batch: list[Derived], what: Callable[[Derived], str]) -> dict[str, list[Derived]]:
    groups: dict[str, list[Derived]] = {}
    for each in batch:
        groups.setdefault(what(each), []).append(each)
    return groups
