"""The lines of the form: for each question, its lines with reference, field name and wording.

Fields and form are both made of these, so that a line is described once. `certainty` is "A" for field names that
the collection's guide shows, "B" for names that the department used later for the same figure, and "C" for our own
guesses on the pattern of the known ones. A guess is not the department's name; do not present it as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectory.blade import ALWAYS, When

SHORT_LIST = When(until="2012")
"""Editions whose list of placements ends at academies (a to k)."""

LONG_LIST = When(since="2013")
"""Editions that tell kinds of academies and free schools apart (a to p)."""


@dataclass(frozen=True)
class Line:
    """One line: the letter before it, its reference, field and wording; `later` is the wording of the long list."""

    mark: str
    reference: str
    field: str
    wording: str
    later: str = ""
    when: When = ALWAYS
    certainty: str = "C"


AGES = (
    ("a", "05", "Under 5"),
    ("b", "510", "5 to 10"),
    ("c", "1115", "11 to 15"),
    ("d", "1619", "16 to 19"),
)


def ages(question: str, prefix: str, seen: tuple[str, ...]) -> tuple[Line, ...]:
    """The four ages of a question and their total."""
    lines = [Line(mark, f"{question}{mark}", f"{prefix}{ages}", wording) for mark, ages, wording in AGES]
    lines.append(Line("e", f"{question}e", f"{prefix}All", "Total (a + b + c + d)"))
    return tuple(
        Line(each.mark, each.reference, each.field, each.wording, certainty="A" if each.field in seen else "C")
        for each in lines
    )


PLACEMENTS = (
    (
        "a",
        "eyedset",
        "registered early years settings",
        "early years settings that are not maintained (private or voluntary)",
        ALWAYS,
    ),
    ("b", "rpmain", "resourced provision in maintained mainstream schools", "", ALWAYS),
    ("c", "sen", "SEN units in maintained mainstream schools", "", ALWAYS),
    ("d", "main", "maintained mainstream schools (foundation schools included)", "", ALWAYS),
    ("e", "spec", "maintained special schools (foundation schools included)", "", ALWAYS),
    ("f", "nmspec", "non-maintained special schools", "", ALWAYS),
    ("g", "indspec", "independent special schools", "", ALWAYS),
    ("h", "indoth", "other independent schools", "", ALWAYS),
    ("i", "hosp", "hospital schools (foundation schools included)", "", ALWAYS),
    ("j", "pru", "pupil referral units", "maintained pupil referral units", ALWAYS),
    ("k", "acad", "academies", "mainstream academies", ALWAYS),
    ("l", "specacad", "special academies", "", LONG_LIST),
    ("m", "apacad", "alternative provision academies", "", LONG_LIST),
    ("n", "mainfree", "mainstream free schools", "", LONG_LIST),
    ("o", "specfree", "special free schools", "", LONG_LIST),
    ("p", "apfree", "alternative provision free schools", "", LONG_LIST),
)

ELSEWHERE = (
    ("a", "excl", "permanently excluded and not yet placed"),
    ("b", "othla", "under other arrangements made by the authority (section 319 of the Education Act 1996)"),
    ("c", "home", "under other arrangements made by parents (section 7 of the Act, such as education at home)"),
    ("d", "await", "waiting for provision"),
)

SEEN_PLACEMENTS = ("Meyedset", "Mrpmain", "Msen")


@dataclass(frozen=True)
class Placements:
    """The lines of a question about placements.

    schools    i a to k or p: on the roll of
    at_school  ii: their total
    elsewhere  iii a to d: educated otherwise
    everyone   iv: all of them
    """

    schools: tuple[Line, ...]
    at_school: Line
    elsewhere: tuple[Line, ...]
    everyone: Line

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them in order."""
        return (*self.schools, self.at_school, *self.elsewhere, self.everyone)

    def schools_of(self, when: When) -> tuple[str, ...]:
        """The fields of i in the editions of the short or the long list."""
        return tuple(line.field for line in self.schools if line.when is ALWAYS or when is LONG_LIST)


def placements(question: str, prefix: str) -> Placements:
    """The lines of question 1.2 ("M") or 2.2 ("N")."""
    return Placements(
        schools=tuple(
            Line(
                mark,
                f"{question}i {mark}",
                f"{prefix}{name}",
                wording,
                later,
                when,
                "A" if f"{prefix}{name}" in SEEN_PLACEMENTS else "C",
            )
            for mark, name, wording, later, when in PLACEMENTS
        ),
        at_school=Line("ii", f"{question}ii", f"{prefix}tot", f"Total of {question} i"),
        elsewhere=tuple(
            Line(mark, f"{question}iii {mark}", f"{prefix}{name}", wording) for mark, name, wording in ELSEWHERE
        ),
        everyone=Line("iv", f"{question}iv", f"{prefix}all", "Overall total (ii + iii a + b + c + d)"),
    )


STATEMENTS = ages("1.1", "Tot", ("Tot05", "Tot510", "Tot1115", "Tot1619", "TotAll"))
PLACED = placements("1.2", "M")
FIRST_STATEMENTS = ages("2.1", "New", ("New05",))
FIRST_PLACED = placements("2.2", "N")

NO_STATEMENT = (Line("", "2.3", "Assnone", "Children assessed for whom no statement was made", certainty="B"),)
MOVES = (
    Line("a", "2.4a", "Tospec", "out of mainstream schools, to special schools"),
    Line("b", "2.4b", "Tomain", "into mainstream schools, from special schools"),
)
ENDED = (
    Line("a", "2.5a", "Dislea", "moved to another authority", certainty="B"),
    Line("b", "2.5b", "Dismet", "their needs are met without a statement", certainty="B"),
    Line("c", "2.5c", "Disoth", "for other reasons", certainty="B"),
)
LEFT = (
    Line(
        "",
        "2.6",
        "Disleft",
        "Young people of 16 or over whose statement ended because they left school at or after the end of "
        "compulsory schooling",
        certainty="B",
    ),
)

PART_1 = (*STATEMENTS, *PLACED.lines)
PART_2 = (*FIRST_STATEMENTS, *FIRST_PLACED.lines, *NO_STATEMENT, *MOVES, *ENDED, *LEFT)
