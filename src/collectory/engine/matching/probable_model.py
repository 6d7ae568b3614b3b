"""The model of probable matching: what is compared, how much each likeness says, and which pairs are looked at.

A comparison has levels; a pair is at the first that holds. `m` is how often one pupil's two records are at the level,
`u` how often two pupils' are. The weight of a level is log2(m / u). The figures are our choice (grade D), made from
what names and dates are like in a country and held to a made-up nation whose duplicates are known
(docs/decisions/duplicates.md); they are fixed and not trained, so that a score means the same every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from splink import SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import CustomLevel, ElseLevel
from splink.comparison_library import CustomComparison

SHARE = 0.002
"""How many of all pupils are thought to be in a return twice with a slip: with the number of pupils it gives the
probability that two records chosen at random are one pupil."""

DAYS = 5000
"""Dates of birth that a country's pupils have."""


@dataclass(frozen=True)
class Level:
    """A likeness: when it holds (SQL of both records), in words, and its two probabilities."""

    sql: str
    words: str
    m: float
    u: float


@dataclass(frozen=True)
class Compared:
    """A comparison: its levels from the strongest on, and what it is when none holds; where a value is missing it
    says nothing."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    otherwise: Level


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


ONE_SLIP = "damerau_levenshtein(forename_l, forename_r) + damerau_levenshtein(surname_l, surname_r) <= 1"
HALF = f"({_same('forename')} and {_same('surname_part')}) or ({_same('surname')} and {_same('forename_part')})"
INITIAL = (
    f"{_same('surname')} and substr(forename_l, 1, 1) = substr(forename_r, 1, 1) "
    "and (length(forename_l) = 1 or length(forename_r) = 1)"
)
FORMER_SURNAME = f"{_same('forename')} and (surname_l = former_surname_r or former_surname_l = surname_r)"

COMPARED = (
    Compared(
        "names",
        ("forename", "surname"),
        (
            Level(f"{_same('forename')} and {_same('surname')}", "forename and surname are the same", 0.5, 2e-5),
            Level("forename_l = surname_r and surname_l = forename_r", "forename and surname are swapped", 0.05, 1e-7),
            Level(FORMER_SURNAME, "the surname of one is the former surname of the other", 0.1, 1e-6),
            Level(ONE_SLIP, "forename and surname differ by one slip", 0.15, 4e-5),
            Level(HALF, "one name is the first part of the other's double name", 0.1, 4e-5),
            Level(INITIAL, "the surname is the same, the forename of one is the initial of the other's", 0.1, 4e-5),
        ),
        # Twins have all but the forename in common, so that a different name must outweigh all else.
        Level("", "forename or surname is different", 1e-4, 0.9998),
    ),
    Compared(
        "birth date",
        ("birth_date",),
        (
            Level(_same("birth_date"), "the birth date is the same", 0.9, 1 / DAYS),
            Level("birth_date_l = birth_exchanged_r", "day and month of birth are exchanged", 0.05, 1 / (2 * DAYS)),
            Level("hamming(birth_date_l, birth_date_r) = 1", "the birth date differs by one digit", 0.04, 0.003),
        ),
        Level("", "the birth date is different", 0.01, 0.9967),
    ),
    Compared(
        "sex",
        ("sex",),
        (Level(_same("sex"), "the sex is the same", 0.99, 0.5),),
        Level("", "the sex is different", 0.01, 0.5),
    ),
    Compared(
        "middle names",
        ("middle_names",),
        (
            Level(_same("middle_names"), "the middle names are the same", 0.8, 0.01),
            Level(
                "substr(middle_names_l, 1, 1) = substr(middle_names_r, 1, 1)",
                "the middle names begin with the same letter",
                0.12,
                0.06,
            ),
        ),
        Level("", "the middle names are different", 0.08, 0.93),
    ),
    Compared(
        "home",
        ("postcode",),
        (Level(_same("postcode"), "the postcode is the same", 0.6, 2e-4),),
        Level("", "the postcode is different", 0.4, 0.9998),
    ),
    Compared(
        "former UPN",
        ("upn",),
        (
            Level(
                "upn_l = former_upn_r or former_upn_l = upn_r",
                "the UPN of one is the former UPN of the other",
                0.1,
                1e-8,
            ),
        ),
        Level("", "no former UPN leads from one to the other", 0.9, 1 - 1e-8),
    ),
)

APART = "l.of <> r.of and l.upn is distinct from r.upn and l.person is distinct from r.person"
"""Pairs in one return are a matter of its rules; one UPN, and one name and birth date, are exact cases."""

BLOCKS = (
    ("l.birth_date = r.birth_date", "l.surname = r.surname"),
    ("l.birth_date = r.birth_date", "l.forename = r.forename"),
    ("l.birth_date = r.birth_date", "l.forename = r.surname", "l.surname = r.forename"),
    ("l.birth_date = r.birth_exchanged", "l.surname = r.surname", "l.forename = r.forename"),
    ("l.birth_month = r.birth_month", "l.surname = r.surname", "l.forename = r.forename"),
    ("l.birth_day = r.birth_day", "l.surname = r.surname", "l.forename = r.forename"),
    ("l.former_upn = r.upn",),
    ("l.upn = r.former_upn",),
)
"""What a pair must have in common to be looked at, any of these."""


def blocking_rules() -> list[Any]:
    """The blocks as Splink has them."""
    return [CustomRule(" and ".join((*block, f"({APART})"))) for block in BLOCKS]


def settings(pupils: int) -> SettingsCreator:
    """What Splink is told, for so many pupils."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="place",
        probability_two_random_records_match=min(0.5, 2 * SHARE / max(pupils, 2)),
        comparisons=[_comparison(each) for each in COMPARED],
        blocking_rules_to_generate_predictions=blocking_rules(),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(compared: Compared) -> CustomComparison:
    missing = " or ".join(f"{column}_{side} is null" for column in compared.columns for side in "lr")
    levels: list[Any] = [CustomLevel(missing).configure(is_null_level=True)]
    for level in compared.levels:
        levels.append(CustomLevel(level.sql, level.words).configure(m_probability=level.m, u_probability=level.u))
    last = compared.otherwise
    levels.append(ElseLevel().configure(m_probability=last.m, u_probability=last.u))
    return CustomComparison(levels, output_column_name=compared.name.replace(" ", "_"))
