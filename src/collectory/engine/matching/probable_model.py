"""The model of probable matching: what is compared, how much each likeness says, and which pairs are looked at.

A comparison has levels; a pair is at the first that holds. `m` is how often one pupil's two records are at the level,
`u` how often two pupils' are. The weight of a level is log2(m / u). The figures are our choice (grade D), made from
what names and dates are like in a country and held to made-up ones whose duplicates are known
(docs/decisions/duplicates.md); they are fixed and not trained, so that a score means the same every day.

The SQL is read by DuckDB and by Spark: it keeps to what both have.
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
    """A comparison: its levels from the strongest on, and what it is when none holds. Where a value is missing, or
    `silent` holds, it says nothing."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    otherwise: Level
    silent: str = ""


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _one_slip(column: str) -> str:
    """One letter or digit more, fewer or another, or two exchanged."""
    distance = f"levenshtein({column}_l, {column}_r)"
    return f"({distance} <= 1 or ({distance} = 2 and {column}_sorted_l = {column}_sorted_r))"


def _half(column: str) -> str:
    """One is the first or the last part of the other, which has several."""
    one = f"{column}_l in ({column}_first_r, {column}_last_r)"
    return f"({one} or {column}_r in ({column}_first_l, {column}_last_l))"


SAME_NAMES = f"{_same('forename')} and {_same('surname')}"
SWAPPED = "forename_l = surname_r and surname_l = forename_r"
SLIP_IN_SURNAME = f"{_same('forename')} and {_one_slip('surname')}"
SLIP_IN_FORENAME = f"{_same('surname')} and {_one_slip('forename')}"
# Ella and Bella are twins rather than one child: a slip seldom makes another name that people have.
BOTH_USUAL = "usual_l and usual_r"
TWO_FORENAMES = f"{BOTH_USUAL} and forename_l <> forename_r"
ONE_SLIP = f"({SLIP_IN_SURNAME}) or ({SLIP_IN_FORENAME} and not ({BOTH_USUAL}))"
HALF = f"({_same('forename')} and {_half('surname')}) or ({_same('surname')} and {_half('forename')})"
INITIAL = (
    f"{_same('surname')} and substr(forename_l, 1, 1) = substr(forename_r, 1, 1) "
    "and (length(forename_l) = 1 or length(forename_r) = 1)"
)
NICKNAME = (
    f"{_same('surname')} and (forename_l in (short_for_r, or_short_for_r) "
    "or forename_r in (short_for_l, or_short_for_l) "
    "or (length(forename_l) >= 3 and substr(forename_r, 1, length(forename_l)) = forename_l) "
    "or (length(forename_r) >= 3 and substr(forename_l, 1, length(forename_r)) = forename_r))"
)
# Who is called by a middle name has no other middle name there than the forename.
BY_MIDDLE_NAME = (
    f"{_same('surname')} and ("
    "(forename_l = middle_names_r and coalesce(middle_names_l, forename_r) = forename_r) or "
    "(forename_r = middle_names_l and coalesce(middle_names_r, forename_l) = forename_l))"
)
FORMER_SURNAME = f"{_same('forename')} and (surname_l = former_surname_r or former_surname_l = surname_r)"
TWO_SLIPS = (
    "length(forename_l) + length(surname_l) >= 10 "
    f"and not ({TWO_FORENAMES}) and ("
    f"({_one_slip('forename')} and {_one_slip('surname')}) "
    f"or ({_same('forename')} and length(surname_l) >= 6 and levenshtein(surname_l, surname_r) = 2) "
    f"or ({_same('surname')} and length(forename_l) >= 6 and levenshtein(forename_l, forename_r) = 2))"
)
FORMER_UPN = "upn_l = former_upn_r or former_upn_l = upn_r or former_upn_l = former_upn_r"
TWO_PARTS = f"{_same('birth_month')} or {_same('birth_day')} or {_same('birth_anniversary')}"

COMPARED = (
    Compared(
        "names",
        ("forename", "surname"),
        (
            Level(SAME_NAMES, "forename and surname are the same", 0.45, 2e-5),
            Level(SWAPPED, "forename and surname are swapped", 0.05, 1e-7),
            Level(FORMER_SURNAME, "the surname of one is the former surname of the other", 0.1, 1e-6),
            Level(ONE_SLIP, "forename and surname differ by one slip", 0.15, 4e-5),
            Level(HALF, "one name is a part of the other's double name", 0.08, 4e-5),
            Level(INITIAL, "the surname is the same, the forename of one is the initial of the other's", 0.02, 4e-5),
            Level(NICKNAME, "the surname is the same, one forename is short for the other", 0.04, 4e-5),
            Level(BY_MIDDLE_NAME, "the surname is the same, one forename is the other's middle name", 0.02, 4e-5),
            Level(TWO_SLIPS, "forename and surname differ by two slips", 0.03, 6e-5),
            Level(SLIP_IN_FORENAME, "the forenames differ by one letter, and both are names of their own", 3e-4, 0.01),
            Level(_same("forename"), "the forename is the same, the surname is different", 0.008, 0.004),
        ),
        # Twins have all but the forename in common, so that a different name must outweigh all else.
        Level("", "forename or surname is different", 2e-6, 0.98),
    ),
    Compared(
        "how common the names are",
        ("names_chance",),
        (
            Level("least(names_chance_l, names_chance_r) <= 1.5e-6", "very few pupils have these names", 0.2, 0.0125),
            Level("least(names_chance_l, names_chance_r) <= 8e-6", "few pupils have these names", 0.3, 0.06),
            Level("least(names_chance_l, names_chance_r) <= 6e-5", "some pupils have these names", 0.3, 0.3),
            Level("least(names_chance_l, names_chance_r) <= 3e-4", "many pupils have these names", 0.1, 0.6),
        ),
        Level("", "very many pupils have these names", 0.02, 0.7),
        silent=f"not ({_same('forename')} or {_same('surname')} or ({SWAPPED})) or ({TWO_FORENAMES})",
    ),
    Compared(
        "birth date",
        ("birth_date",),
        (
            Level(f"{_same('birth_date')} and not born_often_l", "the birth date is the same", 0.88, 1 / DAYS),
            Level(_same("birth_date"), "the birth date is the same, which many pupils have", 0.88, 0.01),
            Level("birth_date_l = birth_exchanged_r", "day and month of birth are exchanged", 0.05, 1 / (2 * DAYS)),
            Level(_one_slip("birth_date"), "the birth date differs by one digit or two exchanged ones", 0.04, 0.003),
            Level(TWO_PARTS, "two of day, month and year of birth are the same", 0.02, 0.006),
        ),
        Level("", "the birth date is different", 1e-6, 0.99),
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
        silent=BY_MIDDLE_NAME,
    ),
    Compared(
        "home",
        ("postcode",),
        (
            Level(f"{_same('postcode')} and homes_l <= 15", "the postcode is the same", 0.6, 2e-4),
            Level(f"{_same('postcode')} and homes_l <= 150", "the postcode is the same, where many live", 0.6, 0.004),
            Level(_same("postcode"), "the postcode is the same, where very many live", 0.6, 0.05),
        ),
        Level("", "the postcode is different", 0.4, 0.9998),
    ),
    Compared(
        "former UPN",
        ("upn",),
        (Level(FORMER_UPN, "the UPN of one is the former UPN of the other", 0.1, 1e-10),),
        Level("", "no former UPN leads from one to the other", 0.9, 1 - 1e-10),
    ),
)

APART = "l.of <> r.of and l.upn is distinct from r.upn and l.person is distinct from r.person"
"""Pairs in one return are a matter of its rules; one UPN, and one name and birth date, are exact cases."""

Block = tuple[tuple[str, str], ...]
NAMES = (("surname", "surname"), ("forename", "forename"))
NAMES_SWAPPED = (("forename", "surname"), ("surname", "forename"))
BORN, HOME = ("birth_date", "birth_date"), ("postcode", "postcode")

BLOCKS: tuple[Block, ...] = (
    (BORN, ("surname", "surname")),
    (BORN, ("forename", "forename")),
    (BORN, *NAMES_SWAPPED),
    (BORN, ("beginning", "beginning")),
    (BORN, HOME),
    (("birth_date", "birth_exchanged"), *NAMES),
    (("birth_month", "birth_month"), *NAMES),
    (("birth_day", "birth_day"), *NAMES),
    (("birth_anniversary", "birth_anniversary"), *NAMES),
    (HOME, ("surname", "surname")),
    (HOME, ("forename", "forename")),
    (HOME, *NAMES_SWAPPED),
    (("former_upn", "upn"),),
    (("upn", "former_upn"),),
    (("former_upn", "former_upn"),),
)
"""What a pair must have in common to be looked at, any of these: columns of the one and of the other."""


def blocking_rules() -> list[Any]:
    """The blocks as Splink has them."""
    same = [" and ".join(f"l.{one} = r.{other}" for one, other in block) for block in BLOCKS]
    return [CustomRule(f"{block} and ({APART})") for block in same]


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
    nothing = f"{missing} or ({compared.silent})" if compared.silent else missing
    levels: list[Any] = [CustomLevel(nothing).configure(is_null_level=True)]
    for level in compared.levels:
        levels.append(CustomLevel(level.sql, level.words).configure(m_probability=level.m, u_probability=level.u))
    last = compared.otherwise
    levels.append(ElseLevel().configure(m_probability=last.m, u_probability=last.u))
    return CustomComparison(levels, output_column_name=compared.name.replace(" ", "_"))
