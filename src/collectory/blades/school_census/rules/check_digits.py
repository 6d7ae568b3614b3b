"""The arithmetic of unique pupil numbers and unique learner numbers."""

from __future__ import annotations

import polars as pl

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The 23 letters that a UPN uses, in the order of the remainders (no I, O or S)."""

LAST_CHARACTERS = {str(digit): digit for digit in range(10)} | {letter: n for n, letter in enumerate(LETTERS)}


def character(text: pl.Expr, position: int) -> pl.Expr:
    """The character at a position counted from 1."""
    return text.str.slice(position - 1, 1)


def _weighted_digits(number: pl.Expr, weights: dict[int, int]) -> pl.Expr:
    """The sum of a number's decimal digits, each times the weight of its power of ten; the first digit's is among them.

    A digit is the number without the digits behind it, less ten times the number without this one too; summed up, each
    such number counts once, with the difference of two weights.
    """
    factors = {power: weight - 10 * weights.get(power - 1, 0) for power, weight in weights.items()}
    return pl.sum_horizontal([number // 10**power * factor for power, factor in factors.items()], ignore_nulls=False)


def upn_digits(upn: pl.Expr) -> pl.Expr:
    """Characters 2 to 12 of a UPN as a number; null where they are not digits. Worth working out once."""
    middle = upn.str.slice(1, 11)
    return pl.when(middle.str.contains(r"^[0-9]{11}$")).then(middle).cast(pl.Int64, strict=False)


def has_right_letter(upn: pl.Expr, digits: pl.Expr) -> pl.Expr:
    """Whether a UPN begins with the letter that its digits call for; null where none can be worked out.

    Characters 2 to 13 are weighted with their position; the remainder of the sum after 23 picks the letter. A letter
    in the last place counts as its place in the list.
    """
    last = character(upn, 13).replace_strict(LAST_CHARACTERS, default=None, return_dtype=pl.Int64)
    total = _weighted_digits(digits, {12 - position: position for position in range(2, 13)}) + last * 13
    first = character(upn, 1).replace_strict({letter: n for n, letter in enumerate(LETTERS)}, default=-1)
    return first == total % 23


def learner_digits(text: pl.Expr) -> pl.Expr:
    """A learner number as a number; null where it is not ten digits, the first not 0. Worth working out once."""
    return pl.when(text.str.contains(r"^[1-9][0-9]{9}$")).then(text).cast(pl.Int64, strict=False)


def is_learner_number(text: pl.Expr, digits: pl.Expr) -> pl.Expr:
    """Whether a text is a ULN: ten digits, the first not 0, the last as the others call for.

    The first nine digits are weighted 10 to 2; the sum modulo 11 is taken from 10. A remainder of 0 is never used.
    """
    left = _weighted_digits(digits, {10 - position: 11 - position for position in range(1, 10)}) % 11
    holds = (left > 0) & (digits % 10 == 10 - left)
    return pl.when(text.is_not_null()).then(holds.fill_null(False))
