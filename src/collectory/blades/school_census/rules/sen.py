"""Special educational needs: provision, needs in spring, and shares of the roll."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll, sen_need
from ..entities.school import school
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))

PROVISION = "The provision says what support a pupil has, and part of the school's funding follows it."
NEEDS = "Local authorities plan support by the kinds of need that schools report."
NOT_SPECIAL = "all schools but special schools"

provision_given = Rule(
    key="2120",
    number="2120",
    priority=ERROR,
    level="item",
    message="The pupil's SEN provision is missing or is no code of the list.",
    parts=(),  # the tests follow from the field
    why=PROVISION,
    fix="Enter N for none, K for SEN support or E for an education, health and care plan.",
    silenced_by=("2115",),
    fails=(case(SENprovision="Z"), case(SENprovision=None)),
    passes=(case(SENprovision="K"), case(SENprovision="S")),
    certainty="B",
    source=SOURCE,
)


@rule(
    "2115",
    ERROR,
    on=pupil_on_roll,
    when=When(since="2018-2"),
    reads=("SENprovision",),
    message="Statements of special educational needs (S) ended on 31 March 2018.",
    why=PROVISION,
    fix="Set the provision to E if the statement became an education, health and care plan, and review it otherwise.",
    fails=[case(SENprovision="S")],
    passes=[case(), case(SENprovision="E"), case(SENprovision=None)],
    certainty="B",
    source=SOURCE,
)
def no_statements(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.SENprovision != "S"


@rule(
    "2180",
    ERROR,
    on=pupil_on_roll,
    reads=("SENprovision", "School.Phase", "School.Intake"),
    applies=phases("SP"),
    applies_in_words="special schools",
    message="A pupil of a special school must have SEN provision.",
    why=PROVISION,
    fix="Enter the pupil's plan or support, or correct the school's intake.",
    fails=[case(School={"Phase": "SP", "Intake": "SPEC"})],
    passes=[
        case(SENprovision="E", School={"Phase": "SP", "Intake": "SPEC"}),
        case(School={"Phase": "SP", "Intake": "HOSP"}),
        case(),
    ],
    certainty="A-",
    source=f"{SOURCE}; Follett",
)
def provision_in_special_school(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.one(school).Intake != "SPEC") | (pupil.SENprovision != "N")


def with_plan(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of the roll that has a plan."""
    return whole.share(pupil_on_roll, lambda pupil: pupil.SENprovision.is_in(["E", "S"]))


def with_support(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of the roll that has SEN support without a plan."""
    return whole.share(pupil_on_roll, lambda pupil: pupil.SENprovision == "K")


@return_rule(
    "2190Q",
    QUERY,
    figures={"share": with_plan},
    applies=not_phases("SP"),
    applies_in_words=NOT_SPECIAL,
    message="Please check: {share:.0%} of the pupils have an education, health and care plan "
    "(more than {edition.plan_share:.0%}).",
    why="So high a share is unusual, and is most often a wrong code.",
    fix="Correct the provision of pupils who have no plan.",
    note="confirmation",
    note_help="Confirm that the share is right.",
    fails=[case(PupilOnRoll=[{"SENprovision": "E"}, {}])],
    passes=[
        case(PupilOnRoll=[{"SENprovision": "E"}, *[{}] * 9]),
        case(PupilOnRoll=[{"SENprovision": "E"}], School={"Phase": "SP"}),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def few_plans(whole: ReturnView, edition: Edition) -> pl.Expr:
    return with_plan(whole, edition) <= edition.plan_share


@return_rule(
    "2200Q",
    QUERY,
    figures={"pupils": lambda whole, edition: whole.count(pupil_on_roll)},
    message="Please check: no pupil on roll has SEN provision.",
    why="A school without any pupil with special needs is rare; the data may have been left out.",
    fix="Enter the provision of the pupils who have any.",
    note="confirmation",
    note_help="Confirm that no pupil has SEN support or a plan.",
    fails=[case(PupilOnRoll=[{}, {}])],
    passes=[
        case(PupilOnRoll=[{"SENprovision": "K"}, {}]),
        case(PupilOnRoll=[{"SENprovision": None}]),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def someone_has_provision(whole: ReturnView, edition: Edition) -> pl.Expr:
    without = whole.count(pupil_on_roll, lambda pupil: pupil.SENprovision == "N")
    return (whole.count(pupil_on_roll) == 0) | (without < whole.count(pupil_on_roll))


@return_rule(
    "2205Q",
    QUERY,
    figures={"share": with_support},
    applies=not_phases("SP"),
    applies_in_words=NOT_SPECIAL,
    message="Please check: {share:.0%} of the pupils have SEN support (more than {edition.sen_support_share:.0%}).",
    why="So high a share is unusual, and is most often a wrong code.",
    fix="Correct the provision of pupils who have no SEN support.",
    note="confirmation",
    note_help="Confirm that the share is right.",
    fails=[case(PupilOnRoll=[{"SENprovision": "K"}, {}])],
    passes=[
        case(PupilOnRoll=[{"SENprovision": "K"}, {}, {}]),
        case(PupilOnRoll=[{"SENprovision": "K"}], School={"Phase": "SP"}),
    ],
    certainty="B",
    source=SOURCE,
)
def little_support(whole: ReturnView, edition: Edition) -> pl.Expr:
    return with_support(whole, edition) <= edition.sen_support_share


@return_rule(
    "2210Q",
    QUERY,
    figures={"share": with_plan},
    applies=phases("SP"),
    applies_in_words="special schools",
    message="Please check: only {share:.0%} of the pupils of this special school have an education, health and "
    "care plan (less than {edition.special_plan_share:.0%}).",
    why="Pupils of special schools nearly always have a plan.",
    fix="Correct the provision of pupils who have a plan.",
    note="confirmation",
    note_help="Confirm that the share is right, for instance because many pupils are being assessed.",
    fails=[case(PupilOnRoll=[{"SENprovision": "E"}, {"SENprovision": "K"}], School={"Phase": "SP"})],
    passes=[
        case(PupilOnRoll=[{"SENprovision": "E"}], School={"Phase": "SP"}),
        case(PupilOnRoll=[{}]),
        case(PupilOnRoll=[], School={"Phase": "SP"}),
    ],
    certainty="B",
    source=SOURCE,
)
def special_school_has_plans(whole: ReturnView, edition: Edition) -> pl.Expr:
    return with_plan(whole, edition) >= edition.special_plan_share


@rule(
    "1990Q",
    QUERY,
    on=pupil_on_roll,
    when=SPRING,
    reads=("TopUpFunding", "SENprovision"),
    message="Please check: the pupil has top-up funding but no education, health and care plan.",
    why="High-needs funding nearly always goes with a plan.",
    fix="Correct the provision, or the top-up funding.",
    note="confirmation",
    note_help="Confirm that the pupil has top-up funding without a plan.",
    fails=[case(TopUpFunding="true"), case(TopUpFunding="true", SENprovision="K")],
    passes=[case(), case(TopUpFunding="true", SENprovision="E"), case(TopUpFunding="true", SENprovision=None)],
    certainty="B",
    source=SOURCE,
)
def top_up_with_plan(pupil: Record, edition: Edition) -> pl.Expr:
    return ~(pupil.TopUpFunding & ~pupil.SENprovision.is_in(["E", "S"]))


@rule(
    "2125",
    ERROR,
    on=pupil_on_roll,
    when=SPRING,
    reads=("SENprovision",),
    figures={"needs": lambda pupil, edition: pupil.count(sen_need)},
    message="The pupil has no SEN provision, but {needs} needs are given.",
    why=NEEDS,
    fix="Remove the needs, or correct the provision.",
    fails=[case(SENneed=[{}])],
    passes=[case(), case(SENprovision="K", SENneed=[{}])],
    certainty="B",
    source=SOURCE,
)
def no_needs_without_provision(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.SENprovision != "N") | (pupil.count(sen_need) == 0)


@rule(
    "2130",
    ERROR,
    on=sen_need,
    when=SPRING,
    reads=("SENtype", "SENtypeRank"),
    message="The type of need is missing.",
    why=NEEDS,
    fix="Enter the type of need, or remove the need.",
    fails=[case(SENtype=None)],
    passes=[case(), case(SENtype=None, SENtypeRank=None)],
    certainty="B",
    source=SOURCE,
)
def type_of_need(need: Record, edition: Edition) -> pl.Expr:
    return need.present("SENtype") | need.blank("SENtypeRank")


@rule(
    "2140",
    ERROR,
    on=sen_need,
    when=SPRING,
    reads=("SENtypeRank", "SENtype"),
    message="The need has no rank.",
    why=NEEDS,
    fix="Enter 1 for the pupil's main need and 2 for the second.",
    fails=[case(SENtypeRank=None)],
    passes=[case(), case(SENtype=None, SENtypeRank=None)],
    certainty="B",
    source=SOURCE,
)
def rank_of_need(need: Record, edition: Edition) -> pl.Expr:
    return need.present("SENtypeRank") | need.blank("SENtype")


@rule(
    "2160",
    ERROR,
    on=sen_need,
    when=SPRING,
    reads=("SENtypeRank", "SENtype"),
    message="The pupil's only need must be the main one (rank 1).",
    why=NEEDS,
    fix="Set the rank to 1, or add the main need.",
    silenced_by=("2140",),
    fails=[case(SENtypeRank="2")],
    passes=[case(), case(PupilOnRoll={"SENprovision": "K"}), case(SENtypeRank=None)],
    certainty="B",
    source=SOURCE,
)
def only_need_is_main(need: Record, edition: Edition) -> pl.Expr:
    needs = need.up(pupil_on_roll).value(lambda pupil: pupil.count(sen_need))
    return (needs != 1) | (need.SENtypeRank == "1")


@rule(
    "2165",
    ERROR,
    on=sen_need,
    when=SPRING,
    reads=("SENtypeRank", "SENtype"),
    message="Another need of the pupil has the same rank.",
    why=NEEDS,
    fix="Give the pupil's main need rank 1 and the second rank 2.",
    silenced_by=("2140",),
    fails=[case(SENneed=[{}, {"SENtype": "MLD"}])],
    passes=[case(SENneed=[{}, {"SENtype": "MLD", "SENtypeRank": "2"}])],
    certainty="B",
    source=SOURCE,
)
def ranks_differ(need: Record, edition: Edition) -> pl.Expr:
    return need.first_of("SENtypeRank")


@rule(
    "2166",
    ERROR,
    on=pupil_on_roll,
    when=SPRING,
    reads=("SENprovision",),
    figures={"needs": lambda pupil, edition: pupil.count(sen_need)},
    message="The pupil has {needs} needs; the census takes two at most.",
    why=NEEDS,
    fix="Keep the two needs that matter most.",
    fails=[case(SENprovision="K", SENneed=[{}, {"SENtypeRank": "2"}, {"SENtypeRank": "2"}])],
    passes=[case(SENprovision="K", SENneed=[{}, {"SENtypeRank": "2"}]), case()],
    certainty="B",
    source=SOURCE,
)
def two_needs_at_most(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.count(sen_need) <= 2


@rule(
    "2170",
    ERROR,
    on=pupil_on_roll,
    when=SPRING,
    reads=("SENprovision",),
    message="The pupil has SEN provision but no type of need is given.",
    why=NEEDS,
    fix="Enter the pupil's main need. Where it is not yet assessed, a pupil with SEN support may have NSA.",
    fails=[case(SENprovision="K"), case(SENprovision="E", SENneed=[{"SENtype": None, "SENtypeRank": None}])],
    passes=[case(), case(SENprovision="K", SENneed=[{}]), case(SENprovision="K", SENneed=[{"SENtype": None}])],
    certainty="A-",
    source=SOURCE,
)
def provision_has_need(pupil: Record, edition: Edition) -> pl.Expr:
    given = pupil.any(sen_need, lambda need: ~need.blank("SENtype", "SENtypeRank"))
    return ~pupil.SENprovision.is_in(["K", "E", "S"]) | given


@rule(
    "2175",
    ERROR,
    on=sen_need,
    when=SPRING,
    reads=("SENtype", "PupilOnRoll.SENprovision"),
    message="A need without specialist assessment (NSA) goes with SEN support only.",
    why=NEEDS,
    fix="Enter the need that the plan names, or correct the provision.",
    fails=[case(SENtype="NSA", PupilOnRoll={"SENprovision": "E"})],
    passes=[case(SENtype="NSA", PupilOnRoll={"SENprovision": "K"}), case(SENtype="NSA"), case()],
    certainty="B",
    source=SOURCE,
)
def unassessed_need_with_support(need: Record, edition: Edition) -> pl.Expr:
    # A need without any provision is 2125's business.
    return (need.SENtype != "NSA") | need.up(pupil_on_roll).SENprovision.is_in(["K", "N"])
