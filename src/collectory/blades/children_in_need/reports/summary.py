"""The summary of the return, and the key indicators."""

from __future__ import annotations

import polars as pl

from collectory.blade import Report, ReportPage, ReportTable, Row, Value
from collectory.blade.reports import Return

from .figures import (
    CHILD,
    EPISODE,
    Figures,
    counted,
    counts,
    in_year,
    labelled,
    open_at_year_end,
    share,
    typed,
    year_before,
)
from .plans_at_year_end import open_plans, started
from .plans_listed import long_plans, reviews_of_open_plans, second_plans
from .working_days import ASSESSMENT_DAYS, CONFERENCE_DAYS, assessments, conferences, transfers

AGES = {"unborn": "Not yet born", "0": "Under 1", "1": "1 to 4", "5": "5 to 9", "10": "10 to 15", "16": "16 or over"}


def in_need(data: Return) -> pl.DataFrame:
    """The episodes open at the end of the reference date on which further action was taken."""
    return typed(data, EPISODE).filter(
        open_at_year_end(data, "CINreferralDate", "CINclosureDate") & ~pl.col("ReferralNFA").fill_null(False)
    )


def children_in_need(data: Return) -> pl.DataFrame:
    """The children who have such an episode."""
    return typed(data, CHILD).join(in_need(data).select(pl.col("_parent").alias("_row")), on="_row", how="semi")


def repeated_referrals(data: Return) -> int:
    """Referrals in the year within twelve months of an earlier referral of the child that is in this return."""
    found = typed(data, EPISODE).drop_nulls("CINreferralDate").sort("_parent", "CINreferralDate")
    before = pl.col("CINreferralDate").shift(1).over("_parent")
    again = in_year(data, "CINreferralDate") & (pl.col("CINreferralDate") <= before.dt.offset_by("12mo"))
    return found.filter(again.fill_null(False)).height


def _ages(data: Return) -> Figures:
    last = data.edition.reference_date
    birth = pl.col("PersonBirthDate")
    had_birthday = (birth.dt.month() < last.month) | ((birth.dt.month() == last.month) & (birth.dt.day() <= last.day))
    age = last.year - birth.dt.year() - (~had_birthday).cast(pl.Int32)
    unborn = (birth > last) | (birth.is_null() & pl.col("ExpectedPersonBirthDate").is_not_null())
    groups = [pl.when(age >= first).then(pl.lit(str(first))) for first in (16, 10, 5, 1, 0)]
    group = pl.coalesce(pl.when(unborn).then(pl.lit("unborn")), *groups)
    return counts(children_in_need(data).select(group.alias("group"))["group"])


def _sex(data: Return) -> str:
    return "Sex" if data.edition.entity(CHILD).has_field("Sex") else "GenderCurrent"


def _sexes(data: Return) -> Figures:
    """Children by sex, as 2025 and later editions code it."""
    found = counts(children_in_need(data)[_sex(data)])
    codes = {"1": "M", "2": "F", "0": "U", "9": "U"}
    made: dict[str, int] = {}
    for code, number in found.items():
        made[codes.get(code, code)] = made.get(codes.get(code, code), 0) + number
    return made


def _ethnicities(data: Return) -> Figures:
    below = data.tables["ChildCharacteristics"].select("_parent", "Ethnicity")
    joined = children_in_need(data).select("_row").join(below, left_on="_row", right_on="_parent", how="left")
    return counts(joined["Ethnicity"])


def _needs(data: Return) -> Figures:
    return counts(in_need(data)["PrimaryNeedCode"])


def _reasons(data: Return) -> Figures:
    return counts(typed(data, EPISODE).filter(in_year(data, "CINclosureDate"))["ReasonForClosure"])


def _events(data: Return, entity: str, column: str) -> int:
    return typed(data, entity).filter(in_year(data, column)).height


def numbers(data: Return) -> dict[str, int]:
    """What is in the return."""
    enquiries = typed(data, "Section47")
    return {
        "Children in the return": data.tables[CHILD].height,
        "Children in need on 31 March": children_in_need(data).height,
        "Episodes in the return": data.tables[EPISODE].height,
        "Referrals in the year": _events(data, EPISODE, "CINreferralDate"),
        "of these, no further action": typed(data, EPISODE)
        .filter(in_year(data, "CINreferralDate") & pl.col("ReferralNFA"))
        .height,
        "Episodes closed in the year": _events(data, EPISODE, "CINclosureDate"),
        "Assessments authorised in the year": assessments(data).height,
        "Assessments not yet authorised": typed(data, "Assessments")["AssessmentAuthorisationDate"].null_count(),
        "CIN plans open on 31 March": typed(data, "CINplanDates")
        .filter(open_at_year_end(data, "CINPlanStartDate", "CINPlanEndDate"))
        .height,
        "Section 47 enquiries started in the year": enquiries.filter(in_year(data, "S47ActualStartDate")).height,
        "Initial conferences in the year": conferences(data).height + transfers(data).height,
        "Protection plans started in the year": started(data).height,
        "Protection plans ended in the year": _events(data, "ChildProtectionPlans", "CPPendDate"),
        "Protection plans open on 31 March": open_plans(data).height,
    }


def _build_summary(data: Return, previous: Return | None) -> ReportPage:
    now, before = numbers(data), numbers(previous) if previous is not None else {}
    rows = tuple(Row((name, number, before.get(name))) for name, number in now.items())
    tables = [ReportTable("What is in the return", ("", data.edition.title, year_before(previous)), rows)]
    charts = []
    sexes = {"M": "Male", "F": "Female", "U": "Unknown or not yet born"}
    for title, what, labels, figures in (
        ("Sex", "Children in need on 31 March", sexes, _sexes),
        ("Age", "Children in need on 31 March", AGES, _ages),
        ("Ethnicity", "Children in need on 31 March", labelled(data, "Ethnicity"), _ethnicities),
        ("Primary need", "Episodes open on 31 March", labelled(data, "PrimaryNeedCode"), _needs),
        ("Reason for closure", "Episodes closed in the year", labelled(data, "ReasonForClosure"), _reasons),
    ):
        table, chart = counted(title, what, labels, figures, data, previous)
        tables.append(table)
        charts.append(chart)
    remark = (
        "Children in need on 31 March: an episode is open at the end of that day and further action was taken on it."
    )
    return ReportPage(tuple(tables), tuple(charts), (remark,))


def indicators(data: Return) -> dict[str, tuple[int, int]]:
    """The key indicators: part and whole."""
    referrals = typed(data, EPISODE).filter(in_year(data, "CINreferralDate"))
    done, held = assessments(data)["days"], conferences(data)["days"]
    reviewed = reviews_of_open_plans(data)
    ended = typed(data, "ChildProtectionPlans").filter(in_year(data, "CPPendDate"))
    long = long_plans(data)
    return {
        "Referrals within 12 months of an earlier one": (repeated_referrals(data), referrals.height),
        "Referrals with no further action": (referrals.filter(pl.col("ReferralNFA")).height, referrals.height),
        "Assessments authorised within 45 working days": (
            int((done <= ASSESSMENT_DAYS).sum()),
            len(done) - done.null_count(),
        ),
        "Initial conferences within 15 working days of the enquiry": (
            int((held <= CONFERENCE_DAYS).sum()),
            len(held) - held.null_count(),
        ),
        "Plans started that are the child's second or later": (second_plans(data).height, started(data).height),
        "Plans ended that had lasted two years or more": (
            long.filter(in_year(data, "CPPendDate")).height,
            ended.height,
        ),
        "Plans open on 31 March that had lasted two years or more": (
            long.join(open_plans(data).select("_row"), on="_row", how="semi").height,
            open_plans(data).height,
        ),
        "Plans open for three months that were reviewed in time": (
            int(reviewed["in_time"].sum()),
            reviewed.height,
        ),
    }


def _build_indicators(data: Return, previous: Return | None) -> ReportPage:
    now, before = indicators(data), indicators(previous) if previous is not None else {}
    rows = []
    for name, (part, whole) in now.items():
        last: tuple[Value, Value, Value] = (None, None, None)
        if name in before:
            last = (*before[name], share(*before[name]))
        rows.append(Row((name, part, whole, share(part, whole), last[0], last[2])))
    columns = ("Indicator", "Number", "Of", "Share", f"Number, {year_before(previous)}", "Share")
    remark = "Earlier referrals are known only as far as they are in this return: of episodes open in the year."
    return ReportPage((ReportTable("Key indicators", columns, tuple(rows)),), (), (remark,))


summary = Report(
    "summary",
    "Summary",
    _build_summary,
    help="What is in the return, and the children in need on 31 March by sex, age, ethnicity and need.",
)
key_indicators = Report(
    "key-indicators",
    "Key indicators",
    _build_indicators,
    help="Shares that the department publishes: referrals repeated, assessments in time, plans repeated, long, "
    "or reviewed in time.",
)
