"""What the file and the school say about themselves."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, case, return_rule, rule

from ..entities.header import header
from ..entities.on_roll import pupil_on_roll
from ..entities.school import school
from .scope import phases
from .year_groups import order_of

SETTINGS = "The school's details decide which parts of the census it is asked for and how its figures are read."
IN_OWN_SYSTEM = "Correct the school's details in your own system; compare them with Get Information about Schools."
SOURCE = "DfE rules 2018/19"


@rule(
    "100",
    ERROR,
    on=header,
    reads=("ReferenceDate",),
    message="The census day in the file is not {edition.reference_date:day}.",
    why="The census is a picture of the school on one day. A file for another day counts other pupils.",
    fix="Set the census date in your own system to this term's census day and create the return again.",
    fails=[case(ReferenceDate="2020-10-01"), case(ReferenceDate=None)],
    passes=[case()],
    certainty="A",
    source=SOURCE,
)
def census_day(file: Record, edition: Edition) -> pl.Expr:
    return file.ReferenceDate == edition.reference_date


ESTABLISHMENT_NUMBERS = {
    "NS": ((1000, 1099), (1800, 1899)),
    "PS": ((2000, 3999), (5200, 5299)),
    "MP": ((2000, 3999), (5200, 5299), (5940, 5949)),
    "MS": ((4000, 4999), (5400, 5499), (5900, 5939)),
    "SS": ((4000, 4999), (5400, 5499), (5900, 5939), (6900, 6999)),
    "SP": ((5950, 5999), (7000, 7999)),
}
"""Establishment numbers of each phase; 6000 to 6899 is open to all. No text gives those of referral units and
all-through schools, so the rule is not asked of them."""


@rule(
    "130",
    ERROR,
    on=header,
    reads=("Estab", "School.Phase"),
    message="The establishment number does not belong to a school of this phase.",
    why="The number says what kind of school it is. Where it and the phase disagree, one of them is wrong.",
    fix="Check the establishment number and the phase against Get Information about Schools.",
    fails=[case(Estab="2001"), case(Estab="4001", School={"Phase": "PS"}), case(Estab="7001")],
    passes=[
        case(),
        case(Estab="6905"),
        case(Estab="6001", School={"Phase": "PS"}),
        case(Estab="4001", School={"Phase": "AT"}),
        case(Estab="400"),
    ],
    certainty="A-",
    source=f"{SOURCE}; Follett ranges",
)
def number_of_phase(file: Record, edition: Edition) -> pl.Expr:
    phase = file.one(school).Phase
    number = file.once(pl.when(file.Estab.str.contains(r"^\d{4}$")).then(file.Estab).cast(pl.Int64, strict=False))
    fits = [
        (phase == code) & pl.any_horizontal(number.is_between(first, last) for first, last in ranges)
        for code, ranges in ESTABLISHMENT_NUMBERS.items()
    ]
    return number.is_between(6000, 6899) | ~phase.is_in(list(ESTABLISHMENT_NUMBERS)) | pl.any_horizontal(fits)


@rule(
    "160",
    ERROR,
    on=header,
    reads=("URN", "LEA", "Estab"),
    figures={"register": lambda file, edition: file.of_return(lambda whole: whole.register("URN"))},
    message="The URN is not the one that the national register has for this school ({register}).",
    why="The URN says which entry of the national register of schools the return belongs to.",
    fix="Look up the URN on Get Information about Schools and enter it in your own system. If the register is "
    "wrong, ask for it to be put right there.",
    fails=[case(register={"LA (code)": "855", "EstablishmentNumber": "4001", "URN": "654321"})],
    passes=[case(register={"LA (code)": "855", "EstablishmentNumber": "4001", "URN": "123456"})],
    certainty="B",
    source=SOURCE,
)
def number_in_register(file: Record, edition: Edition) -> pl.Expr:
    return file.of_return(lambda whole: whole.register("URN")) == file.URN


CHARACTERISTICS = (
    "SchoolName",
    "Phase",
    "SchoolType",
    "HighestNCyear",
    "LowestNCyear",
    "Intake",
    "Governance",
    "Email",
    "PhoneNo",
)


@return_rule(
    "165",
    ERROR,
    message="The file has no details of the school.",
    why=SETTINGS,
    fix="Create the return again in your own system with the school's details in it.",
    fails=[case(School=[]), case(School=dict.fromkeys(CHARACTERISTICS))],
    passes=[case(), case(School={"SchoolName": None, "Phase": None})],
    certainty="B",
    source=SOURCE,
)
def school_there(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(school, lambda record: record.has_group("SchoolCharacteristics")) > 0


TYPES_OF_PHASE = {
    "NS": "49 50 51",
    "PS": "01 02 03 04 16 17 18 42 43 49",
    "MP": "05 06 45 49",
    "MS": "07 08 41 49",
    "SS": "09 10 11 12 21 22 25 26 27 28 29 30 31 32 33 36 37 38 39 44 46 47 48 49",
    "SP": "49 52 53",
}
"""Types that go with each phase; referral units and all-through schools are left out as above."""


@rule(
    "150",
    ERROR,
    on=school,
    reads=("SchoolType", "Phase"),
    message="The school type does not go with the phase of education.",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    fails=[case(SchoolType="52"), case(Phase="PS", SchoolType="22", Governance="CO"), case(SchoolType="99")],
    passes=[case(), case(SchoolType="22", Governance="CO"), case(Phase=None), case(SchoolType=None)],
    certainty="A-",
    source=f"{SOURCE}; Follett lists",
)
def type_of_phase(record: Record, edition: Edition) -> pl.Expr:
    fits = [(record.Phase == code) & record.SchoolType.is_in(types.split()) for code, types in TYPES_OF_PHASE.items()]
    return ~record.Phase.is_in(list(TYPES_OF_PHASE)) | pl.any_horizontal(fits)


@rule(
    "200",
    ERROR,
    on=school,
    reads=("LowestNCyear", "HighestNCyear"),
    figures={
        "others": lambda record, edition: record.of_return(
            lambda whole: whole.count(pupil_on_roll, lambda pupil: pupil.NCyearActual != "X")
        )
    },
    message="The school does not follow national curriculum years, but {others} pupils are in one.",
    why="Either the school's year groups are wrong or those of the pupils are.",
    fix="Set the year group of every pupil to X, or give the school its lowest and highest year.",
    fails=[case(LowestNCyear="X", HighestNCyear="X", PupilOnRoll=[{}])],
    passes=[
        case(PupilOnRoll=[{}]),
        case(LowestNCyear="X", HighestNCyear="X", PupilOnRoll=[{"NCyearActual": "X"}]),
    ],
    certainty="B",
    source=SOURCE,
)
def pupils_without_years(record: Record, edition: Edition) -> pl.Expr:
    others = record.of_return(lambda whole: whole.count(pupil_on_roll, lambda pupil: pupil.NCyearActual != "X"))
    return ~((record.LowestNCyear == "X") | (record.HighestNCyear == "X")) | (others == 0)


COMPREHENSIVE = "pupil referral units"
"""The phases that `comprehensive_phases` names."""


def of_comprehensive_phase(whole: ReturnView, edition: Edition) -> pl.Expr:
    """Asked of schools of the phases that can have a comprehensive intake only."""
    return whole.one(school).Phase.is_in(list(edition.comprehensive_phases))


@rule(
    "221",
    ERROR,
    on=school,
    reads=("Intake", "Phase"),
    applies=of_comprehensive_phase,
    applies_in_words=COMPREHENSIVE,
    message="A school of this phase can have a comprehensive intake only.",
    why=SETTINGS,
    fix="Set the intake to comprehensive (COMP).",
    fails=[case(Phase="PR", Intake="SEL1")],
    passes=[case(Phase="PR", Intake="COMP"), case(Intake="SEL1"), case(Phase="PR", Intake=None)],
    certainty="C",
    source=SOURCE,
)
def comprehensive_intake(record: Record, edition: Edition) -> pl.Expr:
    return record.Intake == "COMP"


@rule(
    "222",
    ERROR,
    on=school,
    reads=("Governance", "Phase"),
    applies=of_comprehensive_phase,
    applies_in_words=COMPREHENSIVE,
    message="A school of this phase is run by the local authority (CO) or as an academy (CA).",
    why=SETTINGS,
    fix="Set the governance to CO or CA.",
    fails=[case(Phase="PR", Governance="VA")],
    passes=[case(Phase="PR", Governance="CO"), case(Governance="VA"), case(Phase="PR", Governance=None)],
    certainty="C",
    source=SOURCE,
)
def authority_or_academy(record: Record, edition: Edition) -> pl.Expr:
    return record.Governance.is_in(["CO", "CA"])


@rule(
    "223",
    ERROR,
    on=school,
    reads=("Intake", "Phase"),
    message="Only a special school can have a special or hospital intake.",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    fails=[case(Intake="SPEC"), case(Intake="HOSP")],
    passes=[case(), case(Phase="SP", Intake="SPEC"), case(Phase=None, Intake="SPEC")],
    certainty="B",
    source=SOURCE,
)
def special_intake(record: Record, edition: Edition) -> pl.Expr:
    return ~record.Intake.is_in(["SPEC", "HOSP"]) | (record.Phase == "SP")


@rule(
    "224",
    ERROR,
    on=school,
    reads=("Intake", "Phase"),
    applies=phases("SP"),
    applies_in_words="special schools",
    message="A special school must have a special or hospital intake.",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    fails=[case(Phase="SP", Intake="COMP")],
    passes=[case(), case(Phase="SP", Intake="HOSP"), case(Phase="SP", Intake=None)],
    certainty="B",
    source=SOURCE,
)
def intake_of_special_school(record: Record, edition: Edition) -> pl.Expr:
    return record.Intake.is_in(["SPEC", "HOSP"])


@rule(
    "230",
    ERROR,
    on=school,
    reads=("LowestNCyear", "HighestNCyear"),
    message="The lowest year group of the school is above the highest.",
    why=SETTINGS,
    fix="Correct the two year groups in your own system; they may have been swapped.",
    fails=[case(LowestNCyear="13", HighestNCyear="7"), case(LowestNCyear="1", HighestNCyear="R")],
    passes=[
        case(LowestNCyear="9", HighestNCyear="13"),
        case(LowestNCyear="7", HighestNCyear="7"),
        case(LowestNCyear="N1", HighestNCyear="6"),
        case(LowestNCyear="X", HighestNCyear="X"),
        case(LowestNCyear=None),
    ],
    certainty="A-",
    source=f"{SOURCE}; Follett order",
)
def years_in_order(record: Record, edition: Edition) -> pl.Expr:
    return order_of(record.LowestNCyear) <= order_of(record.HighestNCyear)


@rule(
    "261",
    ERROR,
    on=school,
    reads=("SchoolType", "Governance"),
    message="An academy by type must be run as an academy (governance CA).",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    silenced_by=("260",),
    fails=[case(Governance="CO")],
    passes=[case(), case(SchoolType="22", Governance="CO"), case(Governance=None)],
    certainty="A-",
    source=SOURCE,
)
def academy_governance(record: Record, edition: Edition) -> pl.Expr:
    return (record.SchoolType != "49") | (record.Governance == "CA")


@rule(
    "262",
    ERROR,
    on=school,
    reads=("SchoolType", "Governance"),
    message="A school that is run as an academy must be an academy by type (49).",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    silenced_by=("140",),
    fails=[case(SchoolType="22")],
    passes=[case(), case(SchoolType="22", Governance="VA"), case(SchoolType=None)],
    certainty="A-",
    source=SOURCE,
)
def academy_type(record: Record, edition: Edition) -> pl.Expr:
    return (record.Governance != "CA") | (record.SchoolType == "49")


@rule(
    "263",
    ERROR,
    on=school,
    reads=("SchoolType", "Governance"),
    message="A city technology college by type must be run as one (governance CT).",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    silenced_by=("260",),
    fails=[case(SchoolType="47")],
    passes=[case(), case(SchoolType="47", Governance="CT")],
    certainty="A-",
    source=SOURCE,
)
def college_governance(record: Record, edition: Edition) -> pl.Expr:
    return (record.SchoolType != "47") | (record.Governance == "CT")


@rule(
    "264",
    ERROR,
    on=school,
    reads=("SchoolType", "Governance"),
    message="A school that is run as a city technology college must be one by type (47).",
    why=SETTINGS,
    fix=IN_OWN_SYSTEM,
    silenced_by=("140",),
    fails=[case(Governance="CT")],
    passes=[case(), case(SchoolType="47", Governance="CT")],
    certainty="A-",
    source=SOURCE,
)
def college_type(record: Record, edition: Edition) -> pl.Expr:
    return (record.Governance != "CT") | (record.SchoolType == "47")


@rule(
    "270Q",
    QUERY,
    on=school,
    reads=("Email",),
    message="Please check: the school gives no email address.",
    why="The department writes to schools about their return by email.",
    fix="Enter the school's email address in your own system.",
    note="reason",
    note_help="If the school has no email address, say so and why.",
    fails=[case(Email=None)],
    passes=[case()],
    certainty="B",
    source=SOURCE,
)
def email_given(record: Record, edition: Edition) -> pl.Expr:
    return record.present("Email") | ~record.has_group("SchoolCharacteristics")
