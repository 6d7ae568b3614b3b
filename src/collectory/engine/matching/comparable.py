"""Rows made comparable: values without accents, hyphens and capitals, and how common they are, so that a slip shows and
a spelling does not."""

from __future__ import annotations

import polars as pl

from collectory.engine.matching.forenames import SHORT_FOR, USUAL

# Letters that are no other letter with a mark on it.
LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
UNSEEN = 1000
"""So many pupils more are thought of when the share of a name is told, each with a name of its own: where few pupils
are there, one of a name is no tenth of a country."""
USUAL_FROM = 5
"""A forename is usual where more pupils than these have it, or where a list says so."""
OFTEN, OFTEN_LEAST = 0.001, 20
"""A birth date of more than this share of all pupils, and of more than so many, says less: it may be a stand-in."""
SMALLEST_PART = 3


def comparable(rows: pl.DataFrame, by: str = "native_id") -> pl.DataFrame:
    """What is compared of those on roll, of rows as `match_rows` makes them. Names are small letters only.

    place, of                  the row, and the return (column `by`)
    forename_first, ..._last   parts of a double name of three letters or more; null where it is single
    forename_sorted            its letters in order; so for surname and birth date
    short_for, or_short_for    forenames that this one is short for
    usual                      whether it is a forename that people have
    beginning                  two letters of the surname and one of the forename
    names_chance               how likely somebody has both names
    birth_month, ...           parts of the birth date, as text
    born_often, homes          whether many have the birth date; how many have the postcode
    """
    people = (
        rows.lazy()
        .with_row_index("place")
        .filter("on_roll")
        .select(
            pl.col("place").cast(pl.Int64),
            pl.col(by).cast(pl.String).alias("of"),
            *("upn", "former_upn", "person", "sex", "postcode", "birth_date"),
            *(pl.col(name).alias(f"{name}_sent") for name in NAMES),
        )
        .collect()
    )
    for name in NAMES:
        people = people.join(
            _names(people, name), on=f"{name}_sent", how="left", maintain_order="left", nulls_equal=True
        )
    people = people.join(_dates(people), on="birth_date", how="left", maintain_order="left", nulls_equal=True)
    homes = people.group_by("postcode").agg(pl.len().cast(pl.Int32).alias("homes"))
    return (
        people.join(homes, on="postcode", how="left", maintain_order="left")
        .with_columns(
            (pl.col("surname").str.head(2) + pl.col("forename").str.head(1)).alias("beginning"),
            (pl.col("forename_share") * pl.col("surname_share")).alias("names_chance"),
            pl.col("birth_text").alias("birth_date"),
        )
        .drop(*(f"{name}_sent" for name in NAMES), "birth_text", "forename_share", "surname_share")
    )


NAMES = ("forename", "surname", "former_surname", "middle_names")


def _names(people: pl.DataFrame, name: str) -> pl.DataFrame:
    """What is made of each name that occurs: once for all who have it."""
    sent = f"{name}_sent"
    counted = people.group_by(sent).agg(pl.len().alias("times"))
    plain = pl.col(sent).str.to_lowercase().str.normalize("NFD").str.replace_all(r"\p{M}", "")
    plain = plain.str.replace_many(list(LETTERS), list(LETTERS.values()))
    letters = plain.str.replace_all(r"[^\p{L}]", "")
    made = counted.with_columns(pl.when(letters != "").then(letters).alias(name))
    if name not in ("forename", "surname"):
        return made.drop("times")
    parts = plain.str.extract_all(r"[\p{L}'’]+")
    made = made.with_columns(
        _part(parts, 0).alias(f"{name}_first"),
        _part(parts, -1).alias(f"{name}_last"),
        _sorted(pl.col(name)).alias(f"{name}_sorted"),
        ((pl.col("times").sum().over(name) + 1) / (people.height + UNSEEN)).alias(f"{name}_share"),
    )
    if name == "forename":
        made = made.with_columns(
            ((pl.col("times").sum().over(name) > USUAL_FROM) | pl.col(name).is_in(list(USUAL))).alias("usual"),
            *(
                pl.col(name)
                .replace_strict(
                    {short: long[at] for short, long in SHORT_FOR.items() if len(long) > at},
                    default=None,
                    return_dtype=pl.String,
                )
                .alias(column)
                for at, column in enumerate(("short_for", "or_short_for"))
            ),
        )
    return made.drop("times")


def _part(parts: pl.Expr, at: int) -> pl.Expr:
    part = parts.list.get(at, null_on_oob=True).str.replace_all(r"[^\p{L}]", "")
    return pl.when((parts.list.len() > 1) & (part.str.len_chars() >= SMALLEST_PART)).then(part)


def _sorted(text: pl.Expr) -> pl.Expr:
    return text.str.split("").list.sort().list.join("")


def _dates(people: pl.DataFrame) -> pl.DataFrame:
    """Each birth date as text, whole and in parts."""
    day = pl.col("birth_date").dt
    often = pl.col("times") > max(OFTEN_LEAST, OFTEN * people.height)
    return (
        people.group_by("birth_date")
        .agg(pl.len().alias("times"))
        .select(
            "birth_date",
            day.to_string("%Y-%m-%d").alias("birth_text"),
            _sorted(day.to_string("%Y-%m-%d")).alias("birth_date_sorted"),
            day.to_string("%Y-%d-%m").alias("birth_exchanged"),
            day.to_string("%Y-%m").alias("birth_month"),
            day.to_string("%Y--%d").alias("birth_day"),
            day.to_string("%m-%d").alias("birth_anniversary"),
            often.alias("born_often"),
        )
    )
