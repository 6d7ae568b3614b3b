"""What Larkshire's performance team asks of school censuses beside the census's own rules."""

from __future__ import annotations

from collectory.blade import QUERY, ExtraRules, case, return_rule, rule
from collectory.blades.school_census import blade

pupil = blade.entity("PupilOnRoll")
address = blade.entity("Address")


@rule(
    "LKS-1Q",
    QUERY,
    on=address,
    reads=("PostCode",),
    message="Please check: the postcode {postcode} is far from Larkshire.",
    figures={"postcode": lambda record, edition: record.PostCode},
    why="The team plans transport from where pupils live.",
    fix="Correct the address in your own system, or say in a note that it is right.",
    note="confirmation",
    fails=[case(PostCode="TR26 1AA")],
    passes=[case(PostCode="LE7 9AA"), case(PostCode=None)],
)
def lives_near(record, edition):
    """Postcode areas of Larkshire and of the counties around it."""
    return record.PostCode.str.contains(r"^(LE|CV|DE|NG|PE|NN|LN|B)[0-9]")


@return_rule(
    "LKS-2",
    "error",
    message="The return has no pupil on roll, but the team has an open school on its list.",
    figures={"pupils": lambda whole, edition: whole.count(pupil)},
    why="An empty return was sent by mistake twice last year.",
    fix="Load the return again, and send the new export.",
    fails=[case(PupilOnRoll=[])],
    passes=[case(PupilOnRoll=[{}])],
)
def has_pupils(whole, edition):
    """Somebody is on roll."""
    return whole.count(pupil) > 0


rules = ExtraRules(
    name="larkshire",
    title="Rules of Larkshire's performance team",
    prefix="LKS",
    blade=blade.name,
    rules=(lives_near, has_pupils),
    help="Addresses far from the county, and returns without pupils.",
)
