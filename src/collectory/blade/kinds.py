"""What a value of a field may look like.

A value is always kept as the text that was sent. A kind says which texts are valid, and how the
typed value that rules calculate with is derived from the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Kind:
    """A kind of value. `typed` and `valid` take an expression of text; both give null for null."""

    def typed(self, text: pl.Expr) -> pl.Expr:
        """The value to calculate with; null where the text cannot be read as this kind."""
        return text

    def valid(self, text: pl.Expr, typed: pl.Expr) -> pl.Expr:
        """Whether the text is of this kind; null or true where it is null. `typed` is its typed value."""
        return typed.is_not_null() | text.is_null()

    @property
    def is_text(self) -> bool:
        """True where the typed value is the text itself, so that no typed column is needed."""
        return False

    def describe(self) -> str:
        """What is expected, to end the sentence "This should be ..."."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Kind):
    """Free text of at most `longest` characters, or of one form (a regular expression)."""

    longest: int | None = None
    form: str | None = None
    form_in_words: str | None = None

    @property
    def is_text(self) -> bool:
        return True

    def valid(self, text: pl.Expr, typed: pl.Expr) -> pl.Expr:
        holds = pl.lit(True)
        if self.longest is not None:
            holds = holds & (text.str.len_chars() <= self.longest)
        if self.form is not None:
            holds = holds & text.str.contains(self.form)
        return holds

    @property
    def is_limited(self) -> bool:
        return self.longest is not None or self.form is not None

    def describe(self) -> str:
        if self.form_in_words:
            return self.form_in_words
        return f"text of at most {self.longest} characters" if self.longest else "text"


@dataclass(frozen=True)
class Date(Kind):
    """A day, written yyyy-mm-dd."""

    def typed(self, text: pl.Expr) -> pl.Expr:
        return pl.when(text.str.len_bytes() == 10).then(text.str.to_date("%Y-%m-%d", strict=False))

    def describe(self) -> str:
        return "a date written year-month-day, such as 2010-09-30"


@dataclass(frozen=True)
class DateTime(Kind):
    """A moment, written yyyy-mm-ddThh:mm:ss."""

    def typed(self, text: pl.Expr) -> pl.Expr:
        return text.str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)

    def describe(self) -> str:
        return "a date and time such as 2021-10-07T09:00:00"


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number between `least` and `most`, in ordinary digits."""

    least: int | None = 0
    most: int | None = None

    def typed(self, text: pl.Expr) -> pl.Expr:
        # The length bound keeps the number inside 64 bits, and "١٢" or "1e3" are no whole numbers here.
        number = text.cast(pl.Int64, strict=False)
        if self.least is None or self.least < 0:
            return pl.when(text.str.contains(r"^-?[0-9]{1,18}$")).then(number)
        # The cast takes nothing but digits after the first character; this is faster than a form.
        first_is_digit = (text >= "0") & (text < ":")
        return pl.when(first_is_digit & (text.str.len_bytes() <= 18)).then(number)

    def valid(self, text: pl.Expr, typed: pl.Expr) -> pl.Expr:
        holds = typed.is_not_null() | text.is_null()
        if self.least is not None:
            holds = holds & (typed >= self.least)
        if self.most is not None:
            holds = holds & (typed <= self.most)
        return holds

    def describe(self) -> str:
        if self.most is not None:
            return f"a whole number from {self.least or 0} to {self.most}"
        return f"a whole number of {self.least} or more" if self.least is not None else "a whole number"


@dataclass(frozen=True)
class Decimal(Kind):
    """A number with at most `places` decimals between `least` and `most`."""

    places: int = 2
    least: float | None = 0
    most: float | None = None

    def typed(self, text: pl.Expr) -> pl.Expr:
        form = rf"^-?[0-9]{{1,15}}(\.[0-9]{{1,{self.places}}})?$"
        return pl.when(text.str.contains(form)).then(text.cast(pl.Float64, strict=False))

    def valid(self, text: pl.Expr, typed: pl.Expr) -> pl.Expr:
        holds = typed.is_not_null() | text.is_null()
        if self.least is not None:
            holds = holds & (typed >= self.least)
        if self.most is not None:
            holds = holds & (typed <= self.most)
        return holds

    def describe(self) -> str:
        bounds = f" from {self.least:g} to {self.most:g}" if self.most is not None else ""
        return f"a number{bounds} with at most {self.places} decimals"


@dataclass(frozen=True)
class Boolean(Kind):
    """Yes or no, in one of the spellings given."""

    true: tuple[str, ...] = ("true",)
    false: tuple[str, ...] = ("false",)

    def typed(self, text: pl.Expr) -> pl.Expr:
        return (
            pl.when(_is_spelled(text, self.true))
            .then(pl.lit(True))
            .when(_is_spelled(text, self.false))
            .then(pl.lit(False))
        )

    def describe(self) -> str:
        return f"{self.true[0]} or {self.false[0]}"


def _is_spelled(text: pl.Expr, spellings: tuple[str, ...]) -> pl.Expr:
    return text == spellings[0] if len(spellings) == 1 else text.is_in(list(spellings))


@dataclass(frozen=True)
class Code(Kind):
    """One of the codes of the named code set; the set itself is looked up in the edition."""

    codeset: str

    @property
    def is_text(self) -> bool:
        return True

    def describe(self) -> str:
        return f"a code of the list {self.codeset}"
