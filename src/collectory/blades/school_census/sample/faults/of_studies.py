"""Faults in what students of 16 or over study."""

from __future__ import annotations

import polars as pl

from ..draws import Ints, Mask
from .workings import ON_ROLL, Workings, fault, setting

AIM, PROGRAMME = "LearningAim", "ProgrammeAim"


def continuing(work: Workings) -> Mask:
    return work.equal(AIM, "LearningAimStatus", "1")


def students(work: Workings) -> Mask:
    return work.there(ON_ROLL, "QualHrs")


def passed_maths(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "MathsGCSEHighestPriorAttainment", "9", "8", "7", "6", "5", "4")


def passed_english(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "EnglishGCSEHighestPriorAttainment", "9", "8", "7", "6", "5", "4")


def failed_maths(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "MathsGCSEHighestPriorAttainment", "3", "2", "1", "U")


def students_without_plan(work: Workings) -> Mask:
    return students(work) & ~work.equal(ON_ROLL, "SENprovision", "E")


def second_years(work: Workings) -> Mask:
    return work.there(ON_ROLL, "QualHrsPreviousYear")


def going_on(work: Workings) -> Mask:
    return work.equal(PROGRAMME, "ProgrammeAimStatus", "1")


@fault("2903", on=PROGRAMME)
def programme_without_aims(work: Workings, rows: Ints) -> None:
    below = pl.Series(work.tables[AIM]["_parent"]).is_in(rows.tolist()).to_numpy().nonzero()[0]
    work.drop(AIM, below)


@fault("2870", on=PROGRAMME)
def student_without_studies(work: Workings, rows: Ints) -> None:
    work.drop(PROGRAMME, rows)


@fault("2735", on=AIM, among=continuing)
def aim_starts_after_census_day(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningStartDate", rows, work.written("reference_date", 10))


@fault("2760", on=AIM, among=continuing)
def aim_is_planned_to_end_before_it_starts(work: Workings, rows: Ints) -> None:
    start = work.values(AIM, "LearningStartDate").gather(pl.Series(rows)).str.to_date()
    work.put(AIM, "LearningPlannedEndDate", rows, start.dt.offset_by("-30d").dt.to_string("%Y-%m-%d"))


@fault("2765", on=AIM, among=continuing)
def aim_is_planned_to_end_in_the_far_future(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningPlannedEndDate", rows, work.written("reference_date", 7 * 366))


@fault("2785", on=AIM, among=continuing)
def aim_withdrawn_without_reason(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningAimStatus", rows, "3")
    work.put(AIM, "LearningActualEndDate", rows, work.written("reference_date", -14))


@fault("2790", on=AIM, among=continuing)
def aim_completed_without_end(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningAimStatus", rows, "2")


@fault("1997", among=students)
def more_planned_hours_than_there_are(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "QualHrs", rows, "5600")


@fault("1636", among=passed_maths)
def passed_maths_but_at_no_stage(work: Workings, rows: Ints) -> None:
    stage = [each.name for each in work.edition.entity(ON_ROLL).fields if each.name.startswith("MathsGCSEPriorA")]
    work.put(ON_ROLL, stage[0], rows, "3")


@fault("2761", on=AIM, among=continuing)
def aim_ended_before_it_started(work: Workings, rows: Ints) -> None:
    start = work.values(AIM, "LearningStartDate").gather(pl.Series(rows)).str.to_date()
    work.put(AIM, "LearningAimStatus", rows, "2")
    work.put(AIM, "LearningActualEndDate", rows, start.dt.offset_by("-5d").dt.to_string("%Y-%m-%d"))


@fault("2780", on=AIM, among=continuing)
def aim_goes_on_but_has_ended(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningActualEndDate", rows, work.written("reference_date", -7))


@fault("2805", on=AIM, among=continuing)
def aim_has_ended_after_census_day(work: Workings, rows: Ints) -> None:
    work.put(AIM, "LearningAimStatus", rows, "2")
    work.put(AIM, "LearningActualEndDate", rows, work.written("reference_date", 12))


@fault("1893Q", among=second_years)
def few_hours_last_year(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "QualHrsPreviousYear", rows, "18")
    work.put(ON_ROLL, "Non_qualHrsPreviousYear", rows, "2")


@fault("1638", among=passed_english)
def passed_english_but_at_no_stage(work: Workings, rows: Ints) -> None:
    stage = [each.name for each in work.edition.entity(ON_ROLL).fields if each.name.startswith("EnglishGCSEPriorA")]
    work.put(ON_ROLL, stage[0], rows, "3")


studies = (
    setting("qualification_is_missing", ("2700",), "QN", None, on=AIM),
    setting("qualification_is_malformed", ("2710",), "QN", "601/44", on=AIM),
    setting("subject_is_missing", ("2722",), "SCC", None, on=AIM),
    setting("aim_start_is_missing", ("2730",), "LearningStartDate", None, on=AIM),
    setting("aim_planned_end_is_missing", ("2750",), "LearningPlannedEndDate", None, on=AIM),
    setting("aim_end_is_no_date", ("2770",), "LearningActualEndDate", "31/07/2021", on=AIM, among=continuing),
    setting("aim_status_is_unknown_code", ("2820",), "LearningAimStatus", "9", on=AIM),
    setting("reason_for_an_aim_that_goes_on", ("2701",), "LearningAimWithdrawalReason", "2", on=AIM, among=continuing),
    setting("planned_hours_are_missing", ("1992",), "QualHrs", None, among=students),
    setting("maths_grade_is_missing", ("3000",), "MathsGCSEHighestPriorAttainment", None, among=students),
    setting("english_grade_is_unknown_code", ("3010",), "EnglishGCSEHighestPriorAttainment", "Z", among=students),
    setting("maths_exemption_is_missing", ("3040",), "MathsGCSEFundingExemption", None, among=students),
    setting("english_exemption_is_missing", ("3045",), "EnglishGCSEFundingExemption", None, among=students),
    setting("leavers_aim_goes_on", ("2795",), "LearningAimStatus", "1", on=f"Leaver{AIM}"),
    setting("aim_traineeship_is_neither_yes_nor_no", ("5165",), "Traineeship", "perhaps", on=AIM),
    setting(
        "reason_for_a_programme_that_goes_on",
        ("2886",),
        "ProgrammeAimWithdrawalReason",
        "2",
        on=PROGRAMME,
        among=going_on,
    ),
    setting("maths_stage_is_missing", ("3005",), "MathsGCSEPriorAttainmentYear11", None, among=students),
    setting("failed_maths_but_at_a_stage", ("1635",), "MathsGCSEPriorAttainmentYear11", "1", among=failed_maths),
    setting("failed_maths_without_exemption", ("3020Q",), "MathsGCSEFundingExemption", "N", among=failed_maths),
    setting("exempt_without_a_plan", ("1633Q",), "EnglishGCSEFundingExemption", "L", among=students_without_plan),
    setting("more_hours_last_year_than_there_are", ("1889",), "QualHrsPreviousYear", "4100", among=second_years),
    setting("t_level_hours_without_t_level", ("1895",), "TLevelQualHrs", "600", among=students),
)
