"""CSV files whose rows name the records above by keys and running numbers, as the systems of councils write them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, Dataset
from collectory.engine.implied import keys_above, keys_of, with_lists_as_records
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.tables import dataset_of_tables
from collectory.engine.writing.linked_tables import link_of

MAKE_AGAIN = "Make the files again in your own system, or correct them in a spreadsheet and save them as CSV UTF-8."


def is_linked_by_keys(frames: Mapping[str, pl.DataFrame], edition: Edition) -> bool:
    """Whether the files name records above by keys and running numbers."""
    numbers = {entity.number_column for entity in edition.entities} - {""}
    return bool(numbers) and any(
        name not in numbers and name in frames[entity.name].columns
        for entity in edition.entities
        if entity.name in frames
        for name in keys_above(entity)
    )


def dataset_of_linked(frames: Mapping[str, pl.DataFrame], edition: Edition) -> Dataset:
    """The return in such files. Raises FileRefused where they do not fit together."""
    frames = dict(frames)
    for entity in edition.entities:
        if entity.name in frames:
            _check_table_above(entity, frames)
            frames[entity.name] = _with_rows_above(entity, frames[entity.name])
            _check_links(entity, frames[entity.name])
            _check_numbers(entity, frames)
    try:
        dataset = dataset_of_tables(frames, edition)
    except ValueError as fault:
        raise FileRefused(_do_not_fit(f"{fault}.")) from None
    _check_lists(frames, dataset)
    return dataset


def _check_table_above(entity: Entity, frames: Mapping[str, pl.DataFrame]) -> None:
    above = entity.parent
    if above is not None and above.name not in frames and frames[entity.name].height:
        raise FileRefused(
            _cannot_be_read(entity, f"Its records belong to those of {above.name}.csv, which is missing.")
        )


def _with_rows_above(entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with the rows of records above as numbers, where it has them."""
    if PARENT not in frame.columns:
        return frame
    rows = frame[PARENT].cast(pl.Int64, strict=False)
    if rows.null_count():
        raise FileRefused(
            _cannot_be_read(
                entity,
                f"Record {rows.is_null().arg_true()[0] + 1} has no whole number in the column {PARENT}, which says to "
                "which row of the table above a record belongs, counted from 0.",
            )
        )
    return frame.with_columns(rows)


def _check_links(entity: Entity, frame: pl.DataFrame) -> None:
    """Each record above must be named by its number, or else by its own key."""
    if not frame.height or PARENT in frame.columns:
        return
    for above in entity.ancestors():
        keys = [name for name in keys_of(above) if name != above.number_column]
        by_number = above.number_column and above.number_column in frame.columns
        if keys and not by_number and not all(name in frame.columns for name in keys):
            raise FileRefused(
                _cannot_be_read(
                    entity, f"It needs a column {link_of(above)[0]}, to say to which {above.label} each line belongs."
                )
            )


def _check_numbers(entity: Entity, frames: Mapping[str, pl.DataFrame]) -> None:
    """No running number twice under one record above.

    Where people themselves share a key, that is a finding of its own and no fault of the numbers.
    """
    frame, number = frames[entity.name], entity.number_column
    if not number or number not in frame.columns or PARENT in frame.columns:
        return
    names = [name for name in (*keys_above(entity), number) if name in frame.columns]
    doubled = frame.select(names).is_duplicated()
    top = list(entity.ancestors())[-1]
    keys = [name for name in link_of(top) if name in frame.columns and name in frames[top.name].columns]
    if keys:
        shared = frames[top.name].filter(pl.struct(keys).is_duplicated()).select(keys).unique()
        doubled &= ~frame.select(keys).join(
            shared.with_columns(_shared=True), on=keys, how="left", nulls_equal=True, maintain_order="left"
        )["_shared"].fill_null(False)
    rows = doubled.arg_true()
    if len(rows):
        first = frame.select(names).row(rows[0])
        second = next(row for row in rows[1:] if frame.select(names).row(row) == first)
        raise FileRefused(
            _cannot_be_read(
                entity,
                f"Records {rows[0] + 1} and {second + 1} have the same {' and '.join(names)}: it cannot be told "
                "to which of them others belong.",
            )
        )


def _check_lists(frames: Mapping[str, pl.DataFrame], dataset: Dataset) -> None:
    """Values given both as a list and as records must be the same ones."""
    for entity in dataset.edition.entities:
        above = entity.parent
        if not entity.list_column or above is None or entity.name not in frames or above.name not in frames:
            continue
        if entity.list_column not in frames[above.name].columns:
            continue
        listed = with_lists_as_records(dataset.edition, {above.name: frames[above.name]})[entity.name]
        value = entity.fields[0].name
        if _groups(listed, value) != _groups(dataset.tables[entity.name].drop_nulls(value), value):
            raise FileRefused(
                _cannot_be_read(
                    entity,
                    f"Its lines and the column {entity.list_column} of {above.name}.csv say different things.",
                )
            )


def _groups(table: pl.DataFrame, value: str) -> list[list[str]]:
    return sorted(table.group_by(PARENT).agg(pl.col(value).sort())[value].to_list())


def _cannot_be_read(entity: Entity, message: str) -> Refusal:
    return Refusal("wrong-table", f"The file {entity.name}.csv cannot be read", message, MAKE_AGAIN)


def _do_not_fit(message: str) -> Refusal:
    return Refusal("wrong-table", "The files do not fit together", message, MAKE_AGAIN)
