"""What students of 16 or over study: programmes, aims, placements, hours, and their GCSE grades."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from .draws import Days, Ints, Lots, Mask, codes, dates, numbers, stream, weighted, where, words, yes_or_no
from .roll import Pupils
from .tables import Columns, Made, table

PROGRAMME, T_LEVEL_PROGRAMME = "ZPROG001", "ZTPR0001"
ON_ROLL = "PupilOnRoll"
EARLIER = "Earlier"
"""What the names of the tables of aims begin with that do not lie under programmes."""
GOOD_GRADES = {"9": 6, "8": 10, "7": 16, "6": 22, "5": 24, "4": 22}
POOR_GRADES = {"3": 6, "2": 2, "1": 1, "U": 1}


@dataclass(frozen=True)
class Subject:
    """A qualification: its number and its subject classification code."""

    number: str
    classification: str


# Numbers have the form of real ones; no list of qualifications is at hand that could say more.
A_LEVELS = tuple(
    Subject(*each.split())
    for each in (
        "60144637 2210", "60311489 2330", "60146257 1010", "60157318 1110", "60147477 1210", "6014838X 4850",
        "60145584 4010", "60148445 3910", "60148962 5110", "60148718 5030", "60146737 4890", "60148929 4410",
        "60148044 3210", "60146324 4610", "60149090 3510", "60147908 5650", "60148822 5750", "60146725 7210",
    )
)  # fmt: skip
VOCATIONAL = tuple(
    Subject(*each.split())
    for each in ("60171897 3210", "60172324 1330", "60172208 2610", "60172245 7210", "60171976 5350", "60172178 3510")
)  # fmt: skip
RESITS = (Subject("60146285", "2210"), Subject("60142923", "5030"))


@dataclass
class Study:
    """Tables of programmes and aims, and the columns of the pupils who take them."""

    tables: Made = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)


@dataclass(frozen=True)
class _Students:
    """Rows of the students, and what decides the rest."""

    row: Ints
    vocational: Mask
    t_level: Mask
    second_year: Mask
    poor: tuple[Mask, Mask]
    start: Days
    planned: Days


def study(seed: int, pupils: Pupils, provision: pl.Series, prefix: str = "") -> Study:
    """The studies of pupils in years 12 to 14, or of leavers who studied.

    Empty in terms without learning aims, and in schools without a sixth form.
    """
    edition = pupils.edition
    in_programmes = edition.has_entity(f"{prefix}LearningAim")
    if not pupils.school.has_sixth_form or not (in_programmes or edition.has_entity(f"{prefix}{EARLIER}LearningAim")):
        return Study()
    lots = stream(seed, f"{prefix}study")
    taking = pupils.studied if prefix else pupils.year >= 12
    students = _students(lots, pupils, np.flatnonzero(taking), bool(prefix))
    made = _programmes(pupils, prefix, students) if in_programmes else {}
    made.update(_aims(lots, pupils, prefix, students, in_programmes))
    columns = {**_hours(lots, pupils, students, bool(prefix)), **_attainment(lots, pupils, students, provision)}
    columns["FTEmp"] = where(taking, "false")
    return Study(made, columns)


def _students(lots: Lots, pupils: Pupils, row: Ints, left: bool) -> _Students:
    edition, count = pupils.edition, len(row)
    year = pupils.year[row]
    school_year = edition.attendance_age_date.year if left else edition.age_date.year
    second = year >= 13
    first_year = school_year - second.astype(np.int64)
    start = pupils.calendar.on_or_after(_day_of(first_year, 9, 6))
    vocational = lots.random(count) < 0.3
    t_level = vocational & (lots.random(count) < 0.15) & edition.entity(ON_ROLL).has_field("TLevelQualHrs")
    poor = (vocational & (lots.random(count) < 0.25), vocational & (lots.random(count) < 0.2))
    return _Students(
        row, vocational, t_level, second, poor, start, _day_of(school_year + np.where(second, 1, 2), 7, 15)
    )


def _day_of(year: Ints, month: int, day_of_month: int) -> Days:
    first: Days = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    return np.add(first, np.timedelta64(day_of_month - 1, "D"))


def _ends(pupils: Pupils, students: _Students, prefix: str) -> tuple[Days, pl.Series, pl.Series]:
    """Actual end, status and withdrawal reason of what each student does as a whole."""
    count = len(students.row)
    if not prefix:
        nothing = pl.Series([None] * count, dtype=pl.String)
        return np.full(count, np.datetime64("NaT", "D")), pl.Series(["1"] * count, dtype=pl.String), nothing
    ended = np.minimum(pupils.left[students.row], students.planned)
    completed = students.second_year
    return ended, where(completed, "2", "3"), where(completed, None, "98")


def _programmes(pupils: Pupils, prefix: str, students: _Students) -> Made:
    ended, status, reason = _ends(pupils, students, prefix)
    columns: Columns = {
        "QN": where(students.t_level, T_LEVEL_PROGRAMME, PROGRAMME),
        "ProgType": where(students.t_level, "31", "01"),
        "ProgrammeStartDate": dates(students.start),
        "ProgrammePlannedEndDate": dates(students.planned),
        "ProgrammeActualEndDate": dates(ended),
        "ProgrammeAimStatus": status,
        "ProgrammeAimWithdrawalReason": reason,
        "Traineeship": "false",
    }
    entity = f"{prefix}ProgrammeAim"
    return {entity: table(pupils.edition, entity, columns, len(students.row), students.row)}


def _aims(lots: Lots, pupils: Pupils, prefix: str, students: _Students, in_programmes: bool) -> Made:
    """Three or four A levels, or one vocational aim with the GCSEs that are taken again.

    They lie under the programmes, or where there are none under the pupils.
    """
    academic = np.flatnonzero(~students.vocational)
    taken = np.argsort(lots.random((len(academic), len(A_LEVELS))), axis=1)
    fourth = lots.random(len(academic)) < 0.25
    parts: list[tuple[Ints, tuple[Subject, ...], Ints]] = [(academic, A_LEVELS, taken[:, place]) for place in range(3)]
    parts.append((academic[fourth], A_LEVELS, taken[fourth, 3]))
    main = np.flatnonzero(students.vocational)
    parts.append((main, VOCATIONAL, weighted(lots, [1] * len(VOCATIONAL), len(main))))
    for resit, poor in zip(RESITS, students.poor, strict=True):
        again = np.flatnonzero(poor)
        parts.append((again, (resit,), np.zeros(len(again), dtype=np.int64)))
    parent = np.concatenate([who for who, _, _ in parts])
    order = np.argsort(parent, kind="stable")
    number = pl.concat([words([each.number for each in among], which) for _, among, which in parts]).gather(order)
    subjects = [words([each.classification for each in among], which) for _, among, which in parts]
    core = np.concatenate([np.full(len(who), among is VOCATIONAL) for who, among, _ in parts])[order]
    parent = parent[order]
    dropped = _dropped(lots, pupils, students, parent, core, prefix)
    ended, status, reason = _ends(pupils, students, prefix)
    gone = pupils.calendar.on_or_before(_halfway(students, parent))
    form = prefix if in_programmes else f"{prefix}{EARLIER}"
    entity = f"{form}LearningAim"
    columns: Columns = {
        "QN": number,
        "SCC": pl.concat(subjects).gather(order),
        "LearningStartDate": dates(students.start[parent]),
        "LearningPlannedEndDate": dates(students.planned[parent]),
        "LearningActualEndDate": dates(np.where(dropped, gone, ended[parent])),
        "LearningAimStatus": where(dropped, "3", status.gather(parent)),
        "LearningAimWithdrawalReason": where(dropped, "97", reason.gather(parent)),
        "CoreAim": yes_or_no(core),
        "PartnerUKPRN": where(lots.random(len(parent)) < 0.01, "10099999"),
        "Traineeship": "false",
        "ProgType": where(students.t_level[parent], "31", "01"),
    }
    above = parent if in_programmes else students.row[parent]
    made = {entity: table(pupils.edition, entity, columns, len(parent), above)}
    placement = f"{form}WorkplaceEntity"
    if pupils.edition.has_entity(placement):
        made[placement] = _placements(lots, pupils, placement, students, parent, core, bool(prefix))
    return made


def _halfway(students: _Students, parent: Ints) -> Days:
    """A day in the spring of the first year, when a subject may be given up."""
    return students.start[parent] + np.timedelta64(150, "D")


def _dropped(lots: Lots, pupils: Pupils, students: _Students, parent: Ints, core: Mask, prefix: str) -> Mask:
    """A fourth subject that was given up in the first year: by students of the second year only."""
    last_of_student = np.concatenate([parent[1:] != parent[:-1], [True]]) if len(parent) else np.zeros(0, dtype=bool)
    begun_before = students.second_year[parent] & ~students.vocational[parent]
    first_counted = np.datetime64(pupils.edition.aims_from, "D")
    in_time = _halfway(students, parent) - np.timedelta64(60, "D") >= first_counted
    return last_of_student & begun_before & in_time & ~core & (lots.random(len(parent)) < 0.1) & (prefix == "")


def _placements(
    lots: Lots, pupils: Pupils, entity: str, students: _Students, parent: Ints, core: Mask, left: bool
) -> pl.DataFrame:
    aim = np.flatnonzero(core)
    begin = pupils.calendar.on_or_after(students.start[parent[aim]] + np.timedelta64(14, "D"))
    ended = np.full(len(aim), left)
    columns: Columns = {
        "WPStartDate": dates(begin),
        "WPEndDate": dates(pupils.calendar.on_or_after(begin + np.timedelta64(90, "D")), ended),
        "WPHours": where(
            students.t_level[parent[aim]],
            codes(lots, {"315": 5, "350": 3, "420": 1}, len(aim)),
            codes(lots, {"30": 5, "35": 3, "60": 1}, len(aim)),
        ),
        "WPMode": codes(lots, {"2": 9, "1": 1}, len(aim)),
        "WPEmployerID": numbers(100_000_000 + lots.integers(0, 90_000_000, len(aim))),
    }
    return table(pupils.edition, entity, columns, len(aim), aim)


def _placed(pupils: Pupils, row: Ints, values: pl.Series) -> pl.Series:
    """Values of the students beside all pupils, null for the others."""
    return pl.Series([None] * len(pupils), dtype=pl.String).scatter(pl.Series(row), values)


def _hours(lots: Lots, pupils: Pupils, students: _Students, left: bool) -> dict[str, pl.Series | str | None]:
    count = len(students.row)
    this_year, last_year = (numbers(560 + 5 * lots.integers(0, 17, count)) for _ in range(2))
    other, other_last_year = (numbers(20 + 5 * lots.integers(0, 10, count)) for _ in range(2))
    before = np.ones(count, dtype=bool) if left else students.second_year
    now = ~students.t_level & (not left)
    t_level = students.t_level & (not left)
    return {
        "QualHrs": _placed(pupils, students.row, where(now, this_year)),
        "Non_qualHrs": _placed(pupils, students.row, where(now, other)),
        "TLevelQualHrs": _placed(pupils, students.row, where(t_level, this_year)),
        "TLevelNon_qualHrs": _placed(pupils, students.row, where(t_level, other)),
        "QualHrsPreviousYear": _placed(pupils, students.row, where(before, last_year)),
        "Non_qualHrsPreviousYear": _placed(pupils, students.row, where(before, other_last_year)),
    }


def _attainment(lots: Lots, pupils: Pupils, students: _Students, provision: pl.Series) -> Columns:
    count = len(students.row)
    has_plan = (provision.gather(students.row) == "E").to_numpy()
    columns: dict[str, pl.Series | str | None] = {}
    for subject, poor in zip(("Maths", "English"), students.poor, strict=True):
        grade = where(poor, codes(lots, POOR_GRADES, count), codes(lots, GOOD_GRADES, count))
        since = ~poor & students.second_year & (lots.random(count) < 0.04)
        stage = where(poor, "3", where(since, "2", "1"))
        # Whoever has not passed is exempt here, or the return would ask about every one of them.
        exempt = where(poor, where(has_plan, "L", codes(lots, {"O": 1, "U": 1}, count)), "N")
        for name, values in (
            (f"{subject}GCSEHighestPriorAttainment", grade),
            (f"{subject}GCSEPriorAttainmentYear11", stage),
            (f"{subject}GCSEPriorAttainmentYearGroup", stage),
            (f"{subject}GCSEFundingExemption", exempt),
            (f"{subject}GCSEHighestPriorAttainmentPreviousYear", where(students.second_year, grade)),
        ):
            columns[name] = _placed(pupils, students.row, values)
    return columns
