"""Reading a return from an extract: the CSV tables in which councils got census data out of the old system."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from collectory.blade import Blade, Boolean, Date, DateTime, Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, columns_of, completed
from collectory.engine.extracts import NATIVE_ID, SOURCE_ID, ExtractLayout, ExtractTable, extract_layout
from collectory.engine.reading.csv_set import broken, frame_of, is_csv
from collectory.engine.reading.recognise import edition_stated, refusal_of_source
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.registry import blades
from collectory.engine.writing.extract import DAY, MOMENT

LINE = "_line"


def is_extract(files: Mapping[str, bytes], edition: Edition | None = None) -> bool:
    """Whether the files are an extract's: one is named as the first table of a blade's extract."""
    names = {name.lower() for name in files}
    candidates = [edition.blade] if edition is not None else blades().values()
    return any(f"{blade.extract.first}.csv" in names for blade in candidates if blade.extract is not None)


def read_extract(
    files: Mapping[str, bytes], edition: Edition | None = None, source: str | None = None
) -> Dataset | Refusal:
    """Read one source's return from the files of an extract.

    An extract of a council holds the returns of many sources; `source` says whose is wanted. Without it there must
    be one only. Table and column names are read in capital or small letters.
    """
    try:
        return _read(files, edition, source)
    except FileRefused as refused:
        return refused.refusal


def _read(files: Mapping[str, bytes], edition: Edition | None, source: str | None) -> Dataset:
    frames = {
        name[: -len(".csv")].lower(): _small(frame_of(name[: -len(".csv")], content))
        for name, content in files.items()
        if is_csv(name)
    }
    strange = sorted(name for name in files if not is_csv(name))
    if strange:
        raise FileRefused(_unknown(strange[0], "a file that no extract has"))
    frames = _of_source(frames, source)
    edition = edition_of_extract(frames, edition)
    layout = extract_layout(edition)
    assert layout is not None, "only blades with an extract are candidates"
    unknown = [name for name in frames if name not in layout.tables and frames[name].height]
    if unknown:
        raise FileRefused(_unknown(f"{unknown[0]}.csv", f"a table that {edition.title} does not have"))
    dataset = _tabulated(frames, layout)
    if source is not None and dataset.source != source:
        raise FileRefused(refusal_of_source(dataset.source, source))
    return dataset


def _small(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.lower() for name in frame.columns if name.lower() not in frame.columns})


def _of_source(frames: Mapping[str, pl.DataFrame], source: str | None) -> dict[str, pl.DataFrame]:
    """The lines of one source."""
    native = NATIVE_ID.lower()
    named = {
        each for frame in frames.values() if native in frame.columns for each in frame[native].drop_nulls().unique()
    }
    if source is not None and source in named:
        return {
            name: frame.filter(pl.col(native) == source) if native in frame.columns else frame
            for name, frame in frames.items()
        }
    if len(named) > 1:
        raise FileRefused(
            Refusal(
                "wrong-source",
                "The extract holds the returns of more than one organisation",
                f"Its lines are of {len(named):,} organisations.",
                "Say whose return is wanted, or take out the lines of the others.",
            )
        )
    return dict(frames)


def edition_of_extract(frames: Mapping[str, pl.DataFrame], edition: Edition | None) -> Edition:
    """The edition that the tables of an extract (names in small letters) are of. Raises FileRefused."""
    return edition_stated(_headers(frames, edition), edition)


def _headers(frames: Mapping[str, pl.DataFrame], edition: Edition | None) -> list[tuple[Blade, str, str, str]]:
    candidates = [edition.blade] if edition is not None else list(blades().values())
    return [
        (
            blade,
            _stated(frames, blade, blade.header.collection),
            _stated(frames, blade, blade.header.year),
            _stated(frames, blade, blade.header.term),
        )
        for blade in candidates
        if blade.extract is not None
    ]


def _stated(frames: Mapping[str, pl.DataFrame], blade: Blade, path: str) -> str:
    """What the extract says where a file's header says it."""
    for entity in blade.entities:
        for field in entity.fields:
            if path and f"{entity.path}/{field.path}" == path:
                table, _, column = field.extract.partition(".")
                frame = frames.get(table)
                if frame is not None and frame.height and column in frame.columns:
                    return (frame[column][0] or "").strip()
    return ""


def _tabulated(frames: Mapping[str, pl.DataFrame], layout: ExtractLayout) -> Dataset:
    edition = layout.edition
    tables: dict[str, pl.DataFrame] = {}
    lines: dict[str, pl.DataFrame] = {}
    used = _lines_with_records_below(frames, layout)
    for table in layout.tables.values():
        frame = frames.get(table.name)
        if frame is None:
            continue
        _check_columns(layout, table, frame)
        frame = _linked(layout, table, frame, lines)
        lines[table.name] = frame
        for entity in table.entities:
            tables[entity.name] = _records(layout, table, entity, frame, tables, used)
        for entity in table.entities:
            if entity.parent is not None and entity.parent.name in tables:
                tables[entity.name] = _under(tables[entity.name], tables[entity.parent.name])
    made = {name: frame.select(columns_of(edition.entity(name))) for name, frame in tables.items()}
    return Dataset(edition, completed(edition, made))


def _linked(
    layout: ExtractLayout, table: ExtractTable, frame: pl.DataFrame, lines: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The lines in order, with the line of the table above (LINE) that each belongs to and its own number (ROW)."""
    above = table.parent
    if above is None or above is layout.first:
        frame = frame.with_columns(pl.lit(0, pl.Int64).alias(LINE))
    elif not frame.height:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(LINE))
    else:
        known = lines.get(above.name)
        if known is None or above.key not in frame.columns or above.key not in known.columns:
            raise FileRefused(
                broken(table.name, f"Its lines belong to those of {above.name}.csv; both need the column {above.key}.")
            )
        keys = known.select(above.key, pl.col(ROW).alias(LINE)).unique(above.key, keep="first")
        frame = frame.join(keys, on=above.key, how="left", maintain_order="left")
        if frame[LINE].null_count():
            raise FileRefused(
                broken(table.name, f"{frame[LINE].null_count():,} of its lines belong to no line of {above.name}.csv.")
            )
    order = pl.col(table.order).cast(pl.Int64, strict=False) if table.order in frame.columns else pl.lit(0)
    return frame.sort(LINE, order, maintain_order=True, nulls_last=True).with_row_index(ROW).cast({ROW: pl.Int64})


def _records(
    layout: ExtractLayout,
    table: ExtractTable,
    entity: Entity,
    frame: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    used: Mapping[str, set[str]],
) -> pl.DataFrame:
    """The records of an entity in the lines of a table, with LINE the line that each stands in."""
    values = []
    for field in entity.fields:
        column = table.columns.get((entity.name, field.name))
        implied = layout.implied.get((entity.name, field.name))
        text = pl.col(column) if column in frame.columns else pl.lit(implied, pl.String)
        values.append(_value(field.kind, text).alias(field.name))
    own = entity is table.entity
    kept = frame.select(pl.col(ROW).alias("line"), pl.col(LINE).alias("above"), *_key(table, frame), *values)
    if not own:
        filled = pl.any_horizontal(pl.col(field.name).is_not_null() for field in entity.fields)
        needed = used.get(entity.name)
        kept = kept.filter(filled | pl.col("key").is_in(list(needed))) if needed else kept.filter(filled)
    at = pl.lit(None, pl.Int64) if entity.parent is None else pl.col("above") if own else pl.col("line")
    return kept.with_row_index(ROW).cast({ROW: pl.Int64}).with_columns(at.alias(PARENT))


def _key(table: ExtractTable, frame: pl.DataFrame) -> list[pl.Expr]:
    return [(pl.col(table.key) if table.key in frame.columns else pl.lit(None, pl.String)).alias("key")]


def _under(frame: pl.DataFrame, above: pl.DataFrame) -> pl.DataFrame:
    """The records with the row of the record above in place of its line."""
    rows = above.select(pl.col("line").alias(PARENT), pl.col(ROW).alias("at")).unique(PARENT, keep="first")
    joined = frame.join(rows, on=PARENT, how="left", maintain_order="left").drop(PARENT).rename({"at": PARENT})
    return joined


def _lines_with_records_below(frames: Mapping[str, pl.DataFrame], layout: ExtractLayout) -> dict[str, set[str]]:
    """For entities that share a line, the lines in which they are there because other lines belong to them."""
    used: dict[str, set[str]] = {}
    for table in layout.tables.values():
        above, frame = table.entity.parent, frames.get(table.name)
        while above is not None and table.parent is not None and above is not table.parent.entity:
            if frame is not None and table.parent.key in frame.columns:
                used.setdefault(above.name, set()).update(frame[table.parent.key].drop_nulls())
            above = above.parent
    return used


def _check_columns(layout: ExtractLayout, table: ExtractTable, frame: pl.DataFrame) -> None:
    known = {*table.columns.values(), *table.marks, table.key, table.order, NATIVE_ID.lower(), SOURCE_ID}
    known |= {each.key for each in layout.tables.values()}
    strange = [name for name in frame.columns if name not in known and frame[name].null_count() < frame.height]
    if strange:
        raise FileRefused(
            _unknown(f"{table.name}.csv", f"a column {strange[0][:60]}, which {layout.edition.title} does not have")
        )


def _value(kind: object, text: pl.Expr) -> pl.Expr:
    """A value as it is sent, from how an extract writes it."""
    if isinstance(kind, Date):
        day = text.str.to_datetime(MOMENT, strict=False)
        exact = day.dt.strftime(DAY) == text
        return pl.when(exact).then(day.dt.strftime("%Y-%m-%d")).otherwise(text)
    if isinstance(kind, DateTime):
        moment = text.str.to_datetime(MOMENT, strict=False)
        return pl.when(moment.dt.strftime(MOMENT) == text).then(moment.dt.strftime("%Y-%m-%dT%H:%M:%S")).otherwise(text)
    if isinstance(kind, Boolean):
        true, false = pl.lit(kind.true[0]), pl.lit(kind.false[0])
        return (
            pl.when(text.is_in(["True", "1"])).then(true).when(text.is_in(["False", "0"])).then(false).otherwise(text)
        )
    return text


def _unknown(name: str, what: str) -> Refusal:
    return Refusal(
        "wrong-table",
        "The extract cannot be read",
        f"{name[:60]}: {what}.",
        "Give the files of one extract as they are, of one collection and term, and nothing else.",
    )
