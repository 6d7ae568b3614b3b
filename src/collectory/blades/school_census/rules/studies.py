"""Where the studies of students of 16 or over stand: in programmes since autumn 2021, right under the pupil before.

Rules about studies are written once, for `Studies`, and asked of each of STUDIES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.blade import Case, Edition, Entity, Record, When

from ..entities.leavers import leaver, leaver_earlier_learning_aim, leaver_learning_aim, leaver_programme_aim
from ..entities.on_roll import earlier_learning_aim, learning_aim, programme_aim, pupil_on_roll
from .scope import SIXTH_FORM_PHASES, phases

AUTUMN = When(terms=("AUT",))
AIMS_IN_PROGRAMMES = When(terms=("AUT",), since="2021-3")
AIMS_ALONE = When(terms=("AUT",), until="2020-3")

STUDENTS = phases(*SIXTH_FORM_PHASES)
SIXTH_FORMS = "secondary and all-through schools and referral units"


@dataclass(frozen=True)
class Studies:
    """The tables of studies of pupils on roll or of leavers, and the editions that have them.

    outer  the table right under the pupil: that of programmes, or of aims where there are no programmes
    """

    pupil: Entity
    outer: Entity
    aim: Entity
    when: When

    @property
    def in_programmes(self) -> bool:
        """Whether aims belong to programmes."""
        return self.outer is not self.aim

    def case(self, *aims: dict[str, Any], **pupil: Any) -> Case:
        """A case of a pupil with these aims (all in one programme of the kind of the first); without any, with none."""
        kind = {name: aims[0][name] for name in ("ProgType",) if aims and name in aims[0]}
        records = [{**kind, self.aim.name: list(aims)}] if self.in_programmes else list(aims)
        return Case({self.pupil.name: [{**pupil, self.outer.name: records} if aims else pupil]})


ON_ROLL = Studies(pupil_on_roll, programme_aim, learning_aim, AIMS_IN_PROGRAMMES)
OF_LEAVERS = Studies(leaver, leaver_programme_aim, leaver_learning_aim, AIMS_IN_PROGRAMMES)
EARLIER_ON_ROLL = Studies(pupil_on_roll, earlier_learning_aim, earlier_learning_aim, AIMS_ALONE)
EARLIER_OF_LEAVERS = Studies(leaver, leaver_earlier_learning_aim, leaver_earlier_learning_aim, AIMS_ALONE)

STUDIES = (ON_ROLL, OF_LEAVERS, EARLIER_ON_ROLL, EARLIER_OF_LEAVERS)
STUDIES_ON_ROLL = (ON_ROLL, EARLIER_ON_ROLL)
STUDIES_OF_LEAVERS = (OF_LEAVERS, EARLIER_OF_LEAVERS)


def in_year_12_or_above(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether a pupil on roll is a student whom the school is funded for."""
    return pupil.NCyearActual.is_in(["12", "13", "14"]) & pupil.EnrolStatus.is_in(["C", "F", "O", "M"])


def studies_of(pupil: Entity, edition: Edition) -> Studies:
    """The studies of pupils on roll or of leavers as an autumn has them."""
    return next(each for each in STUDIES if each.pupil is pupil and each.when.includes(edition.term, edition.when))
