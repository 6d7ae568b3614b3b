"""The years of the collection.

Parameters that rules, form and report read as `edition.name`:

    census_day          the day that Part 1 is about: the third Thursday of January, that of the school census
    age_date            31 August before it: the day that "age" means in both parts
    flow_year           the calendar year that Part 2 is about
    last_placement      the letter of the last line of 1.2 i and 2.2 i
    change_share        change of the number of statements since the year before, as a share of it, and
    change_children     in children: a query asks where both are exceeded. No published text gives them; they are a
                        choice (docs/decisions/sen2-choices.md) and may be set for an edition

The years of which a form is known are 2011 and 2014. 2010 and 2013 are there so that a return of the year before
can be read and compared; that their forms were those of the year after is an assumption.
"""

from __future__ import annotations

from datetime import date, timedelta

from collectory.blade import Blade, Edition

from .lines import LONG_LIST

YEARS = (2010, 2011, 2013, 2014)


def census_day(year: int) -> date:
    """The third Thursday of January."""
    first = date(year, 1, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 14)


def edition(blade: Blade, year: int) -> Edition:
    """The edition of a year; which lines it has follows from the year."""
    when = str(year)
    return Edition(
        blade=blade,
        key=f"sen2-{year}",
        title=f"SEN2 {year}",
        year=when,
        when=when,
        parameters={
            "census_day": census_day(year),
            "age_date": date(year - 1, 8, 31),
            "flow_year": year - 1,
            "last_placement": "p" if LONG_LIST.includes("", when) else "k",
            "change_share": 0.10,
            "change_children": 50,
        },
    )


def editions(blade: Blade) -> tuple[Edition, ...]:
    """All editions that Collectory knows, oldest first."""
    return tuple(edition(blade, year) for year in YEARS)
