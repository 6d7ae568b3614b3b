"""Episodes, and what happened in them.

A child's first episode is of one of six courses; all days are counted from the first of the census year.
"""

from __future__ import annotations

import numpy as np

from collectory.blade import Edition

from .columns import PARENT, Columns, Flags, Numbers, Texts, chosen, days, to_working_day

NOTHING, ASSESSED, HELPED, PROTECTED, WAITING, LONG_HELPED = range(6)
"""No further action; closed after assessment; CIN plan; protection plan; in assessment; plan of an earlier year."""
SHARES = (0.16, 0.34, 0.20, 0.10, 0.07, 0.13)

SOURCES = {"1B": 10, "2A": 20, "2B": 4, "3A": 6, "3D": 8, "4": 3, "5A": 12, "6": 27, "7": 3, "8": 4, "9": 2, "10": 1}
NEEDS = {"N1": 52, "N2": 9, "N3": 4, "N4": 9, "N5": 15, "N6": 4, "N7": 1, "N8": 4, "N9": 2}
CATEGORIES = {"NEG": 49, "EMO": 38, "PHY": 7, "SAB": 4, "MUL": 2}
FACTORS = ("3B", "4B", "4A", "17A", "16A", "1B", "2B", "3A", "10A", "11A", "14A", "15A", "18C", "19C", "5A", "24A")


def episodes(edition: Edition, count: int, draws: np.random.Generator) -> tuple[dict[str, Columns], Numbers, Flags]:
    """The tables from CINdetails down, the day of each child's first referral, and which children are unborn."""
    course = draws.choice(len(SHARES), size=count, p=SHARES)
    unborn = draws.random(count) < 0.02
    unborn[:8] = False
    course[unborn] = WAITING
    referred = draws.integers(0, 200, size=count)
    referred[course == NOTHING] = draws.integers(0, 365, size=int((course == NOTHING).sum()))
    referred[course == WAITING] = draws.integers(340, 360, size=int((course == WAITING).sum()))
    referred[course == LONG_HELPED] = -draws.integers(60, 400, size=int((course == LONG_HELPED).sum()))

    started = referred + draws.integers(1, 5, size=count)
    authorised = started + draws.integers(10, 60, size=count)
    planned = np.where(course == LONG_HELPED, referred + 50, authorised + draws.integers(1, 10, size=count))
    plan_ended = planned + draws.integers(30, 75, size=count)
    plan_closed = (course == HELPED) & (draws.random(count) < 0.5)
    closed = (course == ASSESSED) | plan_closed
    closure = np.where(course == ASSESSED, authorised + draws.integers(0, 10, size=count), plan_ended)
    reason = chosen(draws, count, ("RC8", "RC9"), (0.8, 0.2))
    reason[plan_closed] = "RC7"
    reason[~closed] = None

    again = (course == ASSESSED) & (referred < 120) & (draws.random(count) < 0.25)
    of_child = np.concatenate([np.arange(count), np.flatnonzero(again)])
    order = np.argsort(of_child, kind="stable")
    row = np.empty(len(order), np.int64)
    row[order] = np.arange(len(order))
    row = row[:count]  # of each child's first episode

    def both(first: Texts, second: Texts | None = None) -> Texts:
        """A column of all episodes, of those of the first and those of the second referral of a child."""
        later = second if second is not None else np.full(int(again.sum()), None, object)
        return np.concatenate([first, later])[order]

    total = len(order)
    nothing = course == NOTHING
    need = chosen(draws, count, tuple(NEEDS), tuple(NEEDS.values()))
    need[nothing] = None
    made: dict[str, Columns] = {
        "CINdetails": {
            PARENT: of_child[order],
            "CINreferralDate": both(
                days(edition, referred), days(edition, (closure + draws.integers(20, 50, size=count))[again])
            ),
            "ReferralSource": chosen(draws, total, tuple(SOURCES), tuple(SOURCES.values())),
            "PrimaryNeedCode": both(need),
            "CINclosureDate": both(days(edition, closure, closed)),
            "ReasonForClosure": both(reason),
            "ReferralNFA": both(
                np.where(nothing, "true", "false").astype(object), np.full(int(again.sum()), "true", object)
            ),
        }
    }
    finished = np.isin(course, (ASSESSED, HELPED, PROTECTED))
    assessed = finished | (course == WAITING)
    made["Assessments"] = {
        PARENT: row[assessed],
        "AssessmentActualStartDate": days(edition, started)[assessed],
        "AssessmentInternalReviewDate": days(edition, started + 10)[assessed],
        "AssessmentAuthorisationDate": days(edition, authorised, finished)[assessed],
    }
    made["AssessmentFactorsList"] = _factors(finished[assessed], (course == ASSESSED)[assessed], draws)
    helped = np.isin(course, (HELPED, LONG_HELPED))
    made["CINplanDates"] = {
        PARENT: row[helped],
        "CINPlanStartDate": days(edition, planned)[helped],
        "CINPlanEndDate": days(edition, plan_ended, plan_closed)[helped],
    }
    protected = course == PROTECTED
    enquired = protected | ((course == HELPED) & (draws.random(count) < 0.2))
    conference = to_working_day(edition, started + draws.integers(8, 14, size=count))
    made["Section47"] = {
        PARENT: row[enquired],
        "S47ActualStartDate": days(edition, started)[enquired],
        "InitialCPCtarget": days(edition, to_working_day(edition, started + 21), protected)[enquired],
        "DateOfInitialCPC": days(edition, conference, protected)[enquired],
        "ICPCnotRequired": np.where(protected, "false", "true").astype(object)[enquired],
    }
    made.update(_plans(edition, row[protected], conference[protected], draws))
    return made, referred, unborn


def _factors(finished: Flags, may_have_none: Flags, draws: np.random.Generator) -> Columns:
    parents: list[int] = []
    codes: list[str] = []
    for assessment in np.flatnonzero(finished):
        if may_have_none[assessment] and draws.random() < 0.2:
            own = ["21"]
        else:
            own = [FACTORS[at] for at in sorted(draws.choice(len(FACTORS), size=draws.integers(1, 4), replace=False))]
        parents.extend([int(assessment)] * len(own))
        codes.extend(own)
    return {PARENT: np.array(parents, np.int64), "AssessmentFactor": np.array(codes, object)}


def _plans(edition: Edition, episode: Numbers, start: Numbers, draws: np.random.Generator) -> dict[str, Columns]:
    count = len(episode)
    category = chosen(draws, count, tuple(CATEGORIES), tuple(CATEGORIES.values()))
    changed = draws.random(count) < 0.1
    latest = np.where(changed, "EMO", category).astype(object)
    last = (edition.reference_date - edition.period_from).days
    first_review = to_working_day(edition, start + draws.integers(75, 90, size=count))
    reviews = np.stack([first_review, to_working_day(edition, first_review + 120)], axis=1)
    held = reviews <= last
    return {
        "ChildProtectionPlans": {
            PARENT: episode,
            "CPPstartDate": days(edition, start),
            "InitialCategoryOfAbuse": category,
            "LatestCategoryOfAbuse": latest,
            "NumberOfPreviousCPP": chosen(draws, count, ("0", "1", "2"), (0.78, 0.18, 0.04)),
        },
        "Reviews": {
            PARENT: np.repeat(np.arange(count), held.sum(axis=1)),
            "CPPreviewDate": days(edition, reviews[held]),
        },
    }
