"""One narrow row for each person of a return: all that matching needs to know of them."""

from __future__ import annotations

import polars as pl

from collectory.blade import Edition, Entity, MatchedEntity, Matching
from collectory.engine.dataset import PARENT, ROW, Dataset

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "native_id": pl.String(),
    "entity": pl.String(),
    "record": pl.Int64(),
    "on_roll": pl.Boolean(),
    "upn": pl.String(),
    "former_upn": pl.String(),
    "forename": pl.String(),
    "middle_names": pl.String(),
    "surname": pl.String(),
    "former_surname": pl.String(),
    "sex": pl.String(),
    "birth_date": pl.Date(),
    "postcode": pl.String(),
    "status": pl.String(),
    "funded_hours": pl.Float64(),
    "extended_hours": pl.Float64(),
    "expanded_hours": pl.Float64(),
    "age": pl.Int8(),
    "person": pl.String(),
}
HOURS = ("funded_hours", "extended_hours", "expanded_hours")
BETWEEN = "|"


def match_rows(dataset: Dataset, file: str = "") -> pl.DataFrame:
    """The people of a return in the columns of SCHEMA, in document order, those on roll first.

    `record` is the 0-based position among the records of `entity`. UPNs and postcodes are in capitals, without spaces
    around or within them. Names are as sent without spaces around them. A birth date that is no date is null.
    `age` is in whole years on the edition's day. `person` is surname, forename and birth date in one text, in small
    letters and single spaces, null unless all are there. Empty for a blade that says nothing of matching.
    """
    matching = dataset.edition.blade.matching
    if matching is None:
        return pl.DataFrame(schema=SCHEMA)
    here = [each for each in matching.entities if dataset.edition.has_entity(each.name)]
    frames = [_of_entity(dataset, matching, each) for each in here]
    made = pl.concat(frames).with_columns(
        pl.lit(file).alias("file"),
        pl.lit(dataset.source).alias("native_id"),
        _age(getattr(dataset.edition, matching.age_on)).alias("age"),
    )
    return with_person(made).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def with_person(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the column `person`, for who keeps all the others of SCHEMA and not this one."""
    # An accent may be one character with its letter or one after it, which nobody can see.
    names = [
        pl.col(name).str.normalize("NFC").str.to_lowercase().str.replace_all(r"\s+", " ")
        for name in ("surname", "forename")
    ]
    person = pl.concat_str(*names, pl.col("birth_date").dt.to_string("%Y-%m-%d"), separator=BETWEEN)
    return rows.with_columns(person.alias("person"))


def _of_entity(dataset: Dataset, matching: Matching, of: MatchedEntity) -> pl.DataFrame:
    edition = dataset.edition
    entity, table = edition.entity(of.name), dataset.tables[of.name]
    status = _text(entity, matching.status).str.to_uppercase() if of.on_roll else pl.lit(matching.left_status)
    plain = table.select(
        pl.col(ROW).alias("record"),
        pl.lit(of.name).alias("entity"),
        pl.lit(of.on_roll).alias("on_roll"),
        _number(entity, matching.upn).alias("upn"),
        _number(entity, matching.former_upn).alias("former_upn"),
        _text(entity, matching.forename).alias("forename"),
        _text(entity, matching.middle_names).alias("middle_names"),
        _text(entity, matching.surname).alias("surname"),
        _text(entity, matching.former_surname).alias("former_surname"),
        _text(entity, matching.sex).str.to_uppercase().alias("sex"),
        _typed(entity, matching.birth_date, pl.Date()).alias("birth_date"),
        status.alias("status"),
        *(_typed(entity, sent, pl.Float64()).alias(name) for name, sent in zip(HOURS, matching.hours, strict=True)),
    )
    return plain.join(_postcodes(dataset, matching, of), on="record", how="left", maintain_order="left")


def _postcodes(dataset: Dataset, matching: Matching, of: MatchedEntity) -> pl.DataFrame:
    """The first postcode of each person."""
    edition: Edition = dataset.edition
    if not of.address or not edition.has_entity(of.address):
        return pl.DataFrame(schema={"record": pl.Int64, "postcode": pl.String})
    code = _number(edition.entity(of.address), matching.postcode)
    sent = dataset.tables[of.address].select(pl.col(PARENT).alias("record"), code.alias("postcode"))
    return sent.drop_nulls("postcode").unique("record", keep="first", maintain_order=True)


def _text(entity: Entity, name: str) -> pl.Expr:
    field = entity.field_meant_by(name)
    if field is None:
        return pl.lit(None, pl.String)
    text = pl.col(field.name).str.strip_chars()
    return pl.when(text != "").then(text)


def _number(entity: Entity, name: str) -> pl.Expr:
    """A text of capitals and digits, which spaces only part for the eye."""
    return _text(entity, name).str.replace_all(r"\s+", "").str.to_uppercase()


def _typed(entity: Entity, name: str, dtype: pl.DataType) -> pl.Expr:
    field = entity.field_meant_by(name)
    if field is None:
        return pl.lit(None, dtype)
    return field.kind.typed(pl.col(field.name).str.strip_chars()).cast(dtype)


def _age(day: object) -> pl.Expr:
    when, birth = pl.lit(day, pl.Date()), pl.col("birth_date")
    had_birthday = _day_of_year(birth) <= _day_of_year(when)
    years = when.dt.year() - birth.dt.year() - (~had_birthday).cast(pl.Int32)
    return pl.when(years.is_between(-1, 120)).then(years)


def _day_of_year(date: pl.Expr) -> pl.Expr:
    """A number that grows through every year alike, leap year or not."""
    return date.dt.month().cast(pl.Int32) * 100 + date.dt.day()
