"""Learning aims against the lists of qualifications and of subject codes; skipped where no such list is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from collectory.blade import ERROR, Case, Edition, Record, Rule, case, rule

from ..lists import QUALIFICATIONS, SUBJECTS
from .case_days import day_of
from .learning_aims import AIMS, AUTUMN, DATES_FIX, FUNDED, SOURCE
from .studies import STUDIES, Studies

NUMBER, UNKNOWN = "6014463X", "60999990"
MOST_YEARS = 20
"""Longer than any qualification takes: what a list says beyond that is a slip."""
NUMBER_FIX = "Look the qualification up in the register of qualifications and correct its number in your own system."


def in_list(*, number: str = NUMBER, **columns: str | None) -> dict[str, list[dict[str, str | None]]]:
    """The list of qualifications with one row, for cases; columns that are not given are not there."""
    return {QUALIFICATIONS: [{"QN": number, **columns}]}


@rule(
    "2720",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("QN",),
    message="The qualification number is not in the list of qualifications.",
    why=FUNDED,
    fix=NUMBER_FIX,
    silenced_by=("2710",),
    fails=[
        case(QN=UNKNOWN, lists=in_list()),
        case(LeaverLearningAim=[{"QN": UNKNOWN}], lists=in_list()),
    ],
    passes=[case(QN=NUMBER, lists=in_list()), case(QN=None, lists=in_list())],
    certainty="B",
    source=SOURCE,
)
def number_is_listed(aim: Record, edition: Edition) -> pl.Expr:
    return aim.is_listed(QUALIFICATIONS, "QN")


@rule(
    "2724",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("SCC",),
    message="The subject classification code is not in the list of these codes.",
    why=FUNDED,
    fix="Choose the subject of the aim anew in your own system.",
    fails=[
        case(SCC="2211", lists={SUBJECTS: [{"SCC": "2210"}]}),
        case(LeaverLearningAim=[{"SCC": "2211"}], lists={SUBJECTS: [{"SCC": "2210"}]}),
    ],
    passes=[
        case(SCC="2210", lists={SUBJECTS: [{"SCC": "2210"}]}),
        case(SCC=None, lists={SUBJECTS: [{"SCC": "2210"}]}),
    ],
    certainty="B",
    source=SOURCE,
)
def subject_is_listed(aim: Record, edition: Edition) -> pl.Expr:
    return aim.is_listed(SUBJECTS, "SCC")


def listed_day(aim: Record, column: str) -> pl.Expr:
    """A day of the list of qualifications, null where it gives none."""
    return aim.looked_up(QUALIFICATIONS, "QN", column).str.to_date("%Y-%m-%d", strict=False)


@rule(
    "2850",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("QN", "LearningStartDate"),
    figures={"until": lambda aim, edition: listed_day(aim, "CertificationEndDate")},
    message="The aim starts after {until:%d %B %Y}, the last day on which its qualification is awarded.",
    why=FUNDED,
    fix=f"{NUMBER_FIX} {DATES_FIX}",
    fails=[
        case(QN=NUMBER, lists=in_list(CertificationEndDate="2001-07-31")),
        case(
            QN=NUMBER,
            LearningStartDate=day_of("academic_year_from", 1),
            lists=in_list(CertificationEndDate="2001-07-31"),
        ),
        case(LeaverLearningAim=[{"QN": NUMBER}], lists=in_list(CertificationEndDate="2001-07-31")),
    ],
    passes=[
        case(QN=NUMBER, lists=in_list(CertificationEndDate="2091-07-31")),
        case(QN=NUMBER, lists=in_list(CertificationEndDate=None)),
        case(QN="60144637", lists=in_list(CertificationEndDate="2001-07-31")),
        case(QN=NUMBER, LearningStartDate=None, lists=in_list(CertificationEndDate="2001-07-31")),
    ],
    certainty="B",
    source=SOURCE,
)
def begun_while_awarded(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningStartDate <= listed_day(aim, "CertificationEndDate")


def on_academic_programme(studies: Studies) -> Rule:
    """2721: students on academic programmes have no core aim.

    A programme is academic where the list calls all of its aims so; one aim that is not makes the programme another.
    """

    def of(kind: str, *others: Mapping[str, Any], core: str = "true") -> Case:
        aims = [{"QN": NUMBER, "CoreAim": core}, *({"QN": "60144637", **each} for each in others)]
        rows = [{"QN": NUMBER, "Kind": kind}, {"QN": "60144637", "Kind": "vocational"}]
        return Case({studies.aim.name: aims}, lists={QUALIFICATIONS: rows})

    @rule(
        "2721",
        ERROR,
        on=studies.aim,
        when=studies.when,
        reads=("QN", "CoreAim"),
        message="The aim is marked as the core aim, but the student is on an academic programme, which has none.",
        why=FUNDED,
        fix="Take the mark of the core aim away in your own system, or correct the numbers of the qualifications.",
        fails=[of("academic")],
        passes=[
            of("vocational"),
            of("academic", core="false"),
            of("academic", {}),
            Case({studies.aim.name: [{"QN": "60311489", "CoreAim": "true"}]}, lists=in_list(Kind="academic")),
        ],
        certainty="C",
        source=SOURCE,
    )
    def no_core_aim(aim: Record, edition: Edition) -> pl.Expr:
        def is_other(each: Record) -> pl.Expr:
            kind = each.looked_up(QUALIFICATIONS, "QN", "Kind").str.strip_chars().str.to_lowercase()
            return (kind != edition.academic_kind).fill_null(True)

        above = studies.outer if studies.in_programmes else studies.pupil
        has_other = aim.up(above).value(lambda one: one.any(studies.aim, is_other))
        return ~aim.CoreAim | has_other

    return no_core_aim


academic_programmes = [on_academic_programme(each) for each in STUDIES]


def expected_end(aim: Record, edition: Edition) -> pl.Expr:
    """31 July that ends the school year in which the aim should be completed: its first one and the years that the
    list names."""
    given = aim.looked_up(QUALIFICATIONS, "QN", "AcademicYears").cast(pl.Int32, strict=False)
    years = pl.when(given.is_between(1, MOST_YEARS)).then(given)
    first = aim.LearningStartDate.dt.year() - (aim.LearningStartDate.dt.month() < 8).cast(pl.Int32)
    return pl.date(first + years + edition.aim_years_over, 7, 31)


@rule(
    "2766",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("QN", "LearningStartDate", "LearningPlannedEndDate"),
    figures={"last": expected_end},
    message="The aim is planned to end after {last:%d %B %Y}, the end of the year in which it should be completed.",
    why=FUNDED,
    fix=DATES_FIX,
    silenced_by=("2765",),
    fails=[
        case(QN=NUMBER, LearningPlannedEndDate=day_of("academic_year_to", 1), lists=in_list(AcademicYears="1")),
        case(
            LeaverLearningAim=[{"QN": NUMBER, "LearningPlannedEndDate": day_of("academic_year_to", 1)}],
            lists=in_list(AcademicYears="1"),
        ),
    ],
    passes=[
        case(QN=NUMBER, LearningPlannedEndDate=day_of("academic_year_to"), lists=in_list(AcademicYears="1")),
        case(QN=NUMBER, LearningPlannedEndDate=day_of("academic_year_to", 1), lists=in_list(AcademicYears="2")),
        case(QN=NUMBER, LearningPlannedEndDate=day_of("academic_year_to", 1), lists=in_list(AcademicYears=None)),
        case(QN=NUMBER, LearningPlannedEndDate=None, lists=in_list(AcademicYears="1")),
    ],
    certainty="C",
    source=SOURCE,
)
def planned_to_end_in_expected_year(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningPlannedEndDate <= expected_end(aim, edition)
