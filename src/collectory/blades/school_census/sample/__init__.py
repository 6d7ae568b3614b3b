"""Made-up returns: believable, of any size, the same for the same seed.

Everything in them is invented: people, addresses, numbers. What goes with an edition follows from its fields and
parameters, so that a new year or term has samples without more work.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from collectory.blade import Edition

from .attendance import attendance
from .draws import codes, exactly, stream
from .early_years import funding_bases
from .exclusions import exclusions
from .faults import with_faults
from .identifiers import ulns, upns
from .leavers import pupils_no_longer_on_roll
from .meals_and_needs import bursaries, meal_periods, needs, tutoring
from .people import People, people
from .placements import arranged, reasons_in_unit
from .places import addresses
from .post_16 import study
from .pupils import characteristics, needs_learner_number, pupils_on_roll
from .roll import Pupils, leavers, on_roll
from .school import file_header, school_tables
from .schools import school_of
from .tables import Columns, Made, table

LEAVER_EXCLUSIONS = 0.05
LEAVER_PLACEMENTS = 0.1
__all__ = ["sample"]


def sample(edition: Edition, records: int, faults: float, seed: int, source: str) -> Mapping[str, pl.DataFrame]:
    """The tables of a made-up return.

    records  pupils on roll, at least 1; leavers come on top
    faults   share of the pupils on roll (0 to 1) who get one fault each; 0 for a return without a finding
    seed     the same seed gives the same return
    source   a native ID such as "8554001", whose number decides the kind of school; "" for a secondary academy

    Each table has `_row`, `_parent` and one text column for each field of the edition. Raises ValueError for
    a source, a number or a share that cannot be.
    """
    if not 0 <= faults <= 1:
        raise ValueError("The share of faults is a number from 0 to 1")
    school = school_of(edition, source, records)
    there, gone = on_roll(seed, school), leavers(seed, school)
    everyone = people(seed, np.concatenate([there.born, gone.born]))
    here, away = everyone.taken(np.arange(len(there))), everyone.taken(len(there) + np.arange(len(gone)))
    there, here = there.in_order(here.by_name()), here.taken(here.by_name())
    gone, away = gone.in_order(away.by_name()), away.taken(away.by_name())
    made = _pupils(seed, there, here, gone, away)
    made["Header"] = file_header(school)
    meals_open = made["FSMperiod"].filter(pl.col("FSMendDate").is_null())["_parent"].n_unique()
    part_time = (made["PupilOnRoll"]["PartTime"] == "true").to_numpy()
    made.update(school_tables(school, there, meals_open, part_time))
    ordered = {entity.name: made[entity.name] for entity in edition.entities if entity.name in made}
    return with_faults(edition, ordered, faults, seed) if faults else ordered


def _pupils(seed: int, there: Pupils, here: People, gone: Pupils, away: People) -> Made:
    edition = there.edition
    on_roll_numbers, leaver_numbers = _numbers(seed, there, gone)
    homes = addresses(seed, np.concatenate([here.home, away.home]))
    traits = characteristics(seed, there)
    studies = study(seed, there, traits.provision)
    made: Made = {
        "PupilOnRoll": pupils_on_roll(seed, there, here, traits, on_roll_numbers, studies.columns),
        "FSMperiod": meal_periods(seed, there, traits.free_meals),
        "Address": table(edition, "Address", _columns(homes[: len(there)]), len(there), np.arange(len(there))),
        **studies.tables,
    }
    excluded = exclusions(seed, there, "TermlyExclusion", traits.provision)
    made["TermlyExclusion"] = excluded.table
    made.update(attendance(seed, there, "", excluded))
    if edition.has_entity("SENneed"):
        made["SENneed"] = needs(seed, there, traits)
    if edition.has_entity("LearnerFAM") and there.school.phase != "NS":
        made["LearnerFAM"] = tutoring(seed, there)
    if edition.has_entity("LearnerSupportItem") and there.school.has_sixth_form:
        single = (traits.enrolment != "S").to_numpy()
        made["LearnerSupportItem"] = bursaries(seed, there, "LearnerSupportItem", single)
    if edition.has_entity("FundingBasisItem"):
        made["FundingBasisItem"] = funding_bases(seed, there)
    if edition.has_entity("APProvisionDetail"):
        made["APProvisionDetail"] = reasons_in_unit(
            seed, there, "APProvisionDetail", traits.provision, traits.enrolment
        )
    if edition.has_entity("SchoolArrangedAPDetail"):
        made["SchoolArrangedAPDetail"] = arranged(seed, there, "SchoolArrangedAPDetail", traits.provision)
    if len(gone):
        made.update(_leavers(seed, gone, away, leaver_numbers, homes[len(there) :]))
    return made


def _leavers(seed: int, gone: Pupils, away: People, numbers: Columns, homes: pl.DataFrame) -> Made:
    edition = gone.edition
    provision = codes(stream(seed, "leavers' needs"), {"N": 84, "K": 13, "E": 3}, len(gone))
    studies = study(seed, gone, provision, "Leaver")
    excluded = exclusions(seed, gone, "LeaverTermlyExclusion", provision, share=LEAVER_EXCLUSIONS)
    made: Made = {
        **pupils_no_longer_on_roll(gone, away, homes, numbers, studies.columns),
        "LeaverTermlyExclusion": excluded.table,
        **attendance(seed, gone, "Leaver", excluded),
        **studies.tables,
    }
    if edition.has_entity("LeaverLearnerFAM"):
        made["LeaverLearnerFAM"] = tutoring(seed, gone, "LeaverLearnerFAM")
    if edition.has_entity("LeaverAPProvisionDetail"):
        registered = pl.Series(["C"] * len(gone))
        made["LeaverAPProvisionDetail"] = reasons_in_unit(seed, gone, "LeaverAPProvisionDetail", provision, registered)
    if edition.has_entity("LeaverSchoolArrangedAPDetail"):
        name = "LeaverSchoolArrangedAPDetail"
        made[name] = arranged(seed, gone, name, provision, share=LEAVER_PLACEMENTS)
    if edition.has_entity("LeaverLearnerSupportItem"):
        # A bursary is what puts a student who left the sixth form into the return.
        made["LeaverLearnerSupportItem"] = bursaries(seed, gone, "LeaverLearnerSupportItem", gone.studied, share=1.0)
    return made


def _numbers(seed: int, there: Pupils, gone: Pupils) -> tuple[Columns, Columns]:
    """UPNs and learner numbers of pupils on roll and of leavers, no two alike."""
    school, size = there.school, len(there)
    starting_age = np.concatenate([np.maximum(there.age, 4), np.maximum(gone.age, 4)])
    issued = school.edition.age_date.year - (starting_age - 4)
    temporary = exactly(stream(seed, "temporary"), np.arange(len(issued)) < size, min(size // 200, 2000))
    primary = school.phase in ("NS", "PS", "MP", "AT")
    numbers = upns(
        seed, school.authority, school.number, issued, home_share=0.85 if primary else 0.0, temporary=temporary
    )
    needed = np.concatenate([needs_learner_number(there), needs_learner_number(gone)])
    learner = ulns(seed, needed)
    return (
        {"UPN": numbers[:size], "UniqueLearnerNumber": learner[:size]},
        {"UPN": numbers[size:], "UniqueLearnerNumber": learner[size:]},
    )


def _columns(frame: pl.DataFrame) -> Columns:
    return {name: frame[name] for name in frame.columns}
