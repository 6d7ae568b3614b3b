"""The table of pupils no longer on roll, and the postcodes of those who studied."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import dates, where
from .people import People
from .pupils import named, year_codes
from .roll import Pupils
from .tables import Columns, Made, table


def pupils_no_longer_on_roll(pupils: Pupils, people: People, home: pl.DataFrame, *more: Columns) -> Made:
    """Leavers and their addresses; `more` are columns that other subjects fill."""
    edition = pupils.edition
    columns: Columns = {
        **named(people),
        "Ethnicity": people.ethnicity,
        "Language": people.language,
        "EntryDate": dates(pupils.entered),
        "LeavingDate": dates(pupils.left),
        "PartTime": "false",
        "Boarder": "N",
        "NCyearLeaving": where(pupils.studied, year_codes(pupils.year)),
    }
    for each in more:
        columns = {**columns, **each}
    made = {"PupilNoLongerOnRoll": table(edition, "PupilNoLongerOnRoll", columns, len(pupils))}
    if edition.has_entity("LeaverAddress"):
        row = np.flatnonzero(pupils.studied)
        of_students = {name: home[name].gather(pl.Series(row)) for name in home.columns}
        made["LeaverAddress"] = table(edition, "LeaverAddress", of_students, len(row), row)
    return made
