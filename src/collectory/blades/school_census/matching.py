"""How pupils are known across returns, and which registrations two schools may both claim.

The pairs are those of the messages of the department's own duplicate report, as far as they are known
(docs/decisions/duplicates.md says how sure each is). The last column is how certain: A and B sources, D our choice.
"""

from __future__ import annotations

from collectory.blade import Edition, Entitlement, MatchedEntity, Matching, StatusPair, Verdict

NEVER, RARELY, RIGHT = Verdict.NOT_ALLOWED, Verdict.UNUSUAL, Verdict.ALLOWED

TWO_SOLE = "More than one school says that the pupil is registered there alone (C)."
SOLE_AND_MAIN = (
    "One school says that the pupil is registered there alone (C), another that it is their main school (M)."
)
SOLE_AND_SUBSIDIARY = (
    "One school says that the pupil is registered there alone (C), another that it is their subsidiary school (S)."
)
TWO_MAIN = "More than one school says that it is the pupil's main school (M). One must be subsidiary (S)."
TWO_SUBSIDIARY = "More than one school says that it is the pupil's subsidiary school (S), which is unusual."
COLLEGE_AND_SOLE = "A college pupil (F) is registered alone (C) at a school too."
COLLEGE_AND_MAIN = "A college pupil (F) has a main school (M) too."
OTHER_AND_SOLE = "A pupil of another provider (O) is registered alone (C) at a school too."
OTHER_AND_MAIN = "A pupil of another provider (O) has a main school (M) too."
TO_SOLE = (
    "Find out which school the pupil attends. If it is one, the other takes the pupil off its roll. If it is both by "
    "agreement, one changes C to M (main) and the other C to S (subsidiary)."
)
TO_SOLE_AND_MAIN = (
    "If the pupil attends both by agreement, the school that says C changes it to S. If not, the school that the pupil "
    "has left takes them off its roll."
)
TO_SOLE_AND_SUBSIDIARY = (
    "If the pupil attends both by agreement, the school that says C changes it to M. If not, the school that the pupil "
    "has left takes them off its roll."
)
TO_MAIN = "Agree which school is the main one. The other changes M to S."
TO_SUBSIDIARY = (
    "One of the schools may be the main one: it changes S to M. If a third school is, and both are right, nothing has "
    "to be changed."
)
TO_COLLEGE = (
    "A pupil of a college cannot be another school's own pupil at the same time. Agree where the pupil is registered; "
    "the other changes the status or takes the pupil off its roll."
)
TO_OTHER = (
    "A pupil of another provider cannot be another school's own pupil at the same time. Agree where the pupil is "
    "registered; the other changes the status or takes the pupil off its roll."
)
UNSETTLED = ("F+S", "O+S", "F+O", "F+F", "O+O", *(f"G+{code}" for code in "CMSFOG"))
LEFT = tuple(f"P+{code}" for code in "CMSFOGP?")

STATUSES = {
    "C+C": StatusPair(NEVER, TWO_SOLE, "A", TO_SOLE),
    "C+M": StatusPair(NEVER, SOLE_AND_MAIN, "B", TO_SOLE_AND_MAIN),
    "C+S": StatusPair(NEVER, SOLE_AND_SUBSIDIARY, "B", TO_SOLE_AND_SUBSIDIARY),
    "M+M": StatusPair(NEVER, TWO_MAIN, "A", TO_MAIN),
    "S+S": StatusPair(RARELY, TWO_SUBSIDIARY, "B", TO_SUBSIDIARY),
    "F+C": StatusPair(NEVER, COLLEGE_AND_SOLE, "B", TO_COLLEGE),
    "F+M": StatusPair(NEVER, COLLEGE_AND_MAIN, "B", TO_COLLEGE),
    "O+C": StatusPair(NEVER, OTHER_AND_SOLE, "B", TO_OTHER),
    "O+M": StatusPair(NEVER, OTHER_AND_MAIN, "A", TO_OTHER),
    "M+S": StatusPair(RIGHT, "Main at one school and subsidiary at another: registered rightly at both.", "A"),
    **{pair: StatusPair(RIGHT, "No source calls this pair wrong.", "D") for pair in UNSETTLED},
    **{pair: StatusPair(RIGHT, "The pupil has left one of the schools.", "D") for pair in LEFT},
}

EXPANDED_HOURS = 15.0
"""From nine months on, until summer 2025."""


def entitlement(edition: Edition) -> Entitlement:
    """The hours that rules allow at one school are what a child may have at all of them together."""
    return Entitlement(
        funded=edition.funded_hours_most,
        funded_at_four=edition.funded_hours_most_at_four,
        extended=edition.extended_hours_most,
        expanded=EXPANDED_HOURS,
    )


matching = Matching(
    entities=(
        MatchedEntity("PupilOnRoll", address="Address"),
        MatchedEntity("PupilNoLongerOnRoll", address="LeaverAddress", on_roll=False),
    ),
    upn="UPN",
    former_upn="FormerUPN",
    forename="Forename",
    middle_names="MiddleNames",
    surname="Surname",
    former_surname="FormerSurname",
    sex="Sex",
    birth_date="DOB",
    postcode="PostCode",
    status="EnrolStatus",
    left_status="P",
    statuses=STATUSES,
    hours=("FundedHours", "ExtendedHours", "ExpandedHours"),
    age_on="age_date",
    entitlement=entitlement,
    rules={"1520": "same-upn", "1620Q": "same-person"},
)
