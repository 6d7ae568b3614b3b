"""Of which schools a rule is asked, and which records it is about."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from collectory.blade import Edition, ReturnView

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from ..entities.school import school

PUPILS = (pupil_on_roll, leaver)
"""Pupils on roll and leavers."""

EARLY_YEARS_PHASES = ("NS", "PS", "AT", "SP", "PR")
OLDER_PHASES = ("MP", "MS", "SS", "AT", "SP", "PR")
SIXTH_FORM_PHASES = ("SS", "AT", "PR")

Applies = Callable[[ReturnView, Edition], pl.Expr]


def known_phase(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The phase of the school, null where it is missing or is no code: rule 120 says so, and rules that depend on it
    are skipped."""
    phase = whole.one(school).Phase
    return pl.when(phase.is_in(list(edition.codes("Phase").codes))).then(phase)


def phases(*codes: str) -> Applies:
    """Asked of schools of these phases; where the phase is not known the rule is skipped."""

    def applies(whole: ReturnView, edition: Edition) -> pl.Expr:
        return known_phase(whole, edition).is_in(list(codes))

    return applies


def not_phases(*codes: str) -> Applies:
    """Asked of schools of every other phase."""

    def applies(whole: ReturnView, edition: Edition) -> pl.Expr:
        return ~known_phase(whole, edition).is_in(list(codes))

    return applies
