"""Tables whose rows name the records above by keys and running numbers, as the systems of councils write them.

Each table begins with the keys of the records above, outermost first, and its own running number (from 1 within the
record above). Where keys do not tell records apart (two children of one ID, none at all), a last column `_parent` says
which row of the table above is meant, counted from 0.
"""

from __future__ import annotations

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, Dataset


def is_numbered(edition: Edition) -> bool:
    """Whether the tables of an edition are linked by running numbers."""
    return any(entity.number_column for entity in edition.entities)


def link_of(entity: Entity) -> tuple[str, ...]:
    """The columns by which other tables name a record among those of its parent; none where people need none."""
    if entity.number_column:
        return (entity.number_column,)
    return tuple(name for name in entity.key if entity.has_field(name))


def links_above(entity: Entity) -> tuple[str, ...]:
    """The columns of a table that name the records above, outermost first."""
    return tuple(name for above in reversed(list(entity.ancestors())) for name in link_of(above))


def linked_tables(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """All tables of a return, linked by keys; values as they were sent."""
    keyed: dict[str, pl.DataFrame] = {}
    written: dict[str, pl.DataFrame] = {}
    rows_above: dict[str, pl.Series] = {}
    for entity in dataset.edition.entities:
        table = dataset.tables[entity.name]
        names = links_above(entity)
        columns: list[pl.Series] = []
        if entity.parent is not None:
            above = keyed[entity.parent.name]
            columns += above.select(names)[table[PARENT]].get_columns() if names else []
            if table.height and above.select(names).n_unique() < above.height:
                rows_above[entity.name] = table[PARENT]
        if entity.number_column:
            columns.append(table.select(_number().alias(entity.number_column)).to_series())
        fields = table.select(field.name for field in entity.fields)
        written[entity.name] = pl.DataFrame([*columns, *fields.get_columns()])
        keyed[entity.name] = written[entity.name].select(list(dict.fromkeys((*names, *link_of(entity)))))
    for entity in dataset.edition.entities:
        if entity.list_column and entity.parent is not None:
            lists = _lists(dataset, entity)
            written[entity.parent.name] = written[entity.parent.name].with_columns(lists.alias(entity.list_column))
    return {name: table.with_columns(rows_above.get(name, [])) for name, table in written.items()}


def _number() -> pl.Expr:
    return pl.int_range(1, pl.len() + 1).over(PARENT).cast(pl.String)


def _lists(dataset: Dataset, entity: Entity) -> pl.Series:
    """For each record above, the values of the records of an entity below it, such as "1A,2B"."""
    assert entity.parent is not None
    table, value = dataset.tables[entity.name], entity.fields[0].name
    joined = table.group_by(PARENT).agg(pl.col(value).drop_nulls().str.join(","))
    rows = pl.DataFrame({PARENT: pl.int_range(dataset.tables[entity.parent.name].height, eager=True)})
    return rows.join(joined, on=PARENT, how="left", maintain_order="left")[value]
