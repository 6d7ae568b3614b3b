"""What moved a lot since the school's return of the term before.

Numbers end in B where a figure went up, in C where it went down, in D where it was nought before. Shares are
compared, not counts, except for the roll itself. The tolerances are parameters of the edition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from collectory.blade import ALWAYS, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule
from collectory.blade.rules import NoteKind

from ..entities.on_roll import pupil_on_roll
from .free_meals import has_free_meals
from .scope import Applies, phases
from .year_groups import is_infant

WHY = (
    "A figure that moves a lot between two terms is more often a mistake in one of the two returns than a change in "
    "the school."
)
FIX = "Compare with the last return. Correct the pupils that are wrong now, or say in a note what has changed."
REASON = "Say what has changed at the school since the last return."
CONFIRMATION = "Confirm that the figure is right."
SPRING = When(terms=("SPR",))
WITH_INFANTS = phases("NS", "PS", "AT")
SOURCE = "DfE rules 2018/19; tolerances ours"

Pupils = Callable[[Record, Edition], pl.Expr]
Pupil = Mapping[str, object]


@dataclass(frozen=True)
class Share:
    """A part of the roll that is followed from term to term.

    number  of the check, without its letter
    words   end the sentence "so many per cent of the pupils ..."
    who     the pupils; `of` among whom (None for the whole roll)
    one     values of a pupil who belongs to the share, `other` of one who does not, for cases
    """

    number: str
    words: str
    who: Pupils
    one: Pupil
    other: Pupil
    of: Pupils | None = None
    when: When = ALWAYS
    applies: Applies | None = None
    applies_in_words: str = ""
    phase: str = "SS"

    def roll(self, whole: ReturnView, edition: Edition) -> pl.Expr:
        """How many pupils it is a share of."""
        of = self.of
        return whole.count(pupil_on_roll, (lambda pupil: of(pupil, edition)) if of else None)

    def value(self, whole: ReturnView, edition: Edition) -> pl.Expr:
        """The share, null of none."""
        of = self.of
        return whole.share(
            pupil_on_roll,
            lambda pupil: self.who(pupil, edition),
            of=(lambda pupil: of(pupil, edition)) if of else None,
        )

    def pupils(self, ones: int, others: int) -> dict[str, object]:
        """A return with so many pupils of either kind."""
        values: dict[str, object] = {
            "PupilOnRoll": [*(dict(self.one) for _ in range(ones)), *(dict(self.other) for _ in range(others))]
        }
        return values if self.phase == "SS" else {**values, "School": {"Phase": self.phase}}

    def case(self, now: tuple[int, int], before: tuple[int, int]) -> Case:
        """A case of two returns."""
        return Case(self.pupils(*now), previous=Case(self.pupils(*before)))

    def rule(
        self,
        letter: str,
        words: str,
        holds: Callable[[ReturnView, Edition], pl.Expr],
        note: NoteKind,
        note_help: str,
        fails: tuple[Case, ...],
        passes: tuple[Case, ...],
    ) -> Rule:
        """One of the checks of this share."""
        return return_rule(
            f"TonT{self.number}{letter}",
            QUERY,
            when=self.when,
            applies=self.applies,
            applies_in_words=self.applies_in_words,
            figures={
                "now": lambda whole, edition: (self.value(whole, edition) * 100).round(1),
                "before": lambda whole, edition: (self.value(whole.previous, edition) * 100).round(1),
            },
            message=f"Please check: {{now}} per cent of the pupils {self.words}, {words} "
            "({before} per cent in the last return).",
            why=WHY,
            fix=FIX,
            note=note,
            note_help=note_help,
            fails=fails,
            passes=passes,
            certainty="B" if letter == "D" else "C",
            source=SOURCE,
        )(holds)

    def up(self, note: NoteKind = "reason", note_help: str = REASON) -> Rule:
        """B: more than the tolerance above the return before."""

        def holds(whole: ReturnView, edition: Edition) -> pl.Expr:
            now, before = self.value(whole, edition), self.value(whole.previous, edition)
            few = (now - before) * self.roll(whole, edition) < edition.change_pupils
            return (before == 0) | (now <= before * (1 + edition.rate_tolerance)) | few

        fails = (self.case((10, 10), (2, 18)),)
        passes = (self.case((10, 10), (10, 10)), self.case((2, 18), (1, 19)), self.case((10, 10), (0, 20)))
        return self.rule("B", "a good deal more than before", holds, note, note_help, fails, passes)

    def down(self, note: NoteKind = "reason", note_help: str = REASON) -> Rule:
        """C: more than the tolerance below the return before."""

        def holds(whole: ReturnView, edition: Edition) -> pl.Expr:
            now, before = self.value(whole, edition), self.value(whole.previous, edition)
            few = (before - now) * self.roll(whole, edition) < edition.change_pupils
            return (now >= before * (1 - edition.rate_tolerance)) | few

        fails = (self.case((2, 18), (10, 10)),)
        passes = (self.case((10, 10), (10, 10)), self.case((1, 19), (2, 18)))
        return self.rule("C", "a good deal fewer than before", holds, note, note_help, fails, passes)

    def from_nought(self, note: NoteKind, note_help: str) -> Rule:
        """D: nought in the return before and not now."""

        def holds(whole: ReturnView, edition: Edition) -> pl.Expr:
            now, before = self.value(whole, edition), self.value(whole.previous, edition)
            return (before > 0) | (now == 0)

        fails = (self.case((1, 19), (0, 20)),)
        passes = (self.case((1, 19), (1, 19)), self.case((0, 20), (0, 20)))
        return self.rule("D", "and there were none before", holds, note, note_help, fails, passes)


def headcount(letter: str, words: str, note: NoteKind, holds: Callable[[pl.Expr, pl.Expr, Edition], pl.Expr]) -> Rule:
    """TonT1: the number of pupils on roll."""
    sizes = {"B": (20, 10), "C": (10, 20), "D": (6, 0)}

    def case_of(now: int, before: int) -> Case:
        return case(PupilOnRoll=[{} for _ in range(now)], previous=case(PupilOnRoll=[{} for _ in range(before)]))

    @return_rule(
        f"TonT1{letter}",
        QUERY,
        figures={
            "now": lambda whole, edition: whole.count(pupil_on_roll),
            "before": lambda whole, edition: whole.previous.count(pupil_on_roll),
        },
        message=f"Please check: there are {{now}} pupils on roll, {words} ({{before}} in the last return).",
        why=WHY,
        fix=FIX,
        note=note,
        note_help=REASON if note == "reason" else CONFIRMATION,
        fails=[case_of(*sizes[letter])],
        passes=[case_of(20, 20), case_of(21, 20)],
        certainty="B" if letter == "D" else "C",
        source=SOURCE,
    )
    def compared(whole: ReturnView, edition: Edition) -> pl.Expr:
        now = whole.count(pupil_on_roll).cast(pl.Int64)
        before = whole.previous.count(pupil_on_roll).cast(pl.Int64)
        return holds(now, before, edition)

    return compared


roll = (
    headcount(
        "B",
        "a good deal more than before",
        "reason",
        lambda now, before, edition: (
            (before == 0) | (now <= before * (1 + edition.headcount_tolerance)) | (now - before < edition.change_pupils)
        ),
    ),
    headcount(
        "C",
        "a good deal fewer than before",
        "reason",
        lambda now, before, edition: (
            (now >= before * (1 - edition.headcount_tolerance)) | (before - now < edition.change_pupils)
        ),
    ),
    headcount(
        "D", "and there were none before", "confirmation", lambda now, before, edition: (before > 0) | (now == 0)
    ),
)

INFANT: Pupil = {"NCyearActual": "1"}
NONE_BEFORE = "State that there were none last term."

infants_with_free_meals = Share(
    number="3",
    words="in Reception to year 2 have free school meals",
    who=lambda pupil, edition: is_infant(pupil, edition) & has_free_meals(pupil),
    of=is_infant,
    one={**INFANT, "FSMperiod": [{}]},
    other=INFANT,
    applies=WITH_INFANTS,
    applies_in_words="nursery, primary and all-through schools",
    phase="PS",
)
free_meals = Share(
    number="4",
    words="on roll have free school meals",
    who=lambda pupil, edition: has_free_meals(pupil),
    one={"FSMperiod": [{}]},
    other={},
)
plans = Share(
    number="5",
    words="on roll have an education, health and care plan",
    who=lambda pupil, edition: pupil.SENprovision.is_in(["E", "S"]),
    one={"SENprovision": "E"},
    other={},
)
sen_support = Share(
    number="6",
    words="on roll have special educational needs without a plan",
    who=lambda pupil, edition: pupil.SENprovision.is_in(["K", "A", "P"]),
    one={"SENprovision": "K"},
    other={},
)
other_languages = Share(
    number="7",
    words="on roll have a first language other than English",
    # Those of whom it is not known are counted as neither.
    who=lambda pupil, edition: pupil.present("Language") & ~pupil.Language.is_in(["ENG", "ENB", "NOT", "REF", "ZZZ"]),
    one={"Language": "POL"},
    other={},
)
service_children = Share(
    number="8",
    words="on roll are service children",
    who=lambda pupil, edition: pupil.ServiceChild == "Y",
    one={"ServiceChild": "Y"},
    other={},
    when=SPRING,
)
ethnicity_unknown = Share(
    number="9",
    words="on roll have an ethnicity that is not yet known",
    who=lambda pupil, edition: pupil.Ethnicity == "NOBT",
    one={"Ethnicity": "NOBT"},
    other={"Ethnicity": "WBRI"},
    when=SPRING,
)
infant_lunches = Share(
    number="13",
    words="in Reception to year 2 took a school lunch",
    who=lambda pupil, edition: is_infant(pupil, edition) & pupil.SchoolLunchTaken,
    of=is_infant,
    one={**INFANT, "SchoolLunchTaken": "true"},
    other={**INFANT, "SchoolLunchTaken": "false"},
    applies=WITH_INFANTS,
    applies_in_words="nursery, primary and all-through schools",
    phase="PS",
)

shares = (
    infants_with_free_meals.up(),
    infants_with_free_meals.down(),
    infants_with_free_meals.from_nought("statement", NONE_BEFORE),
    free_meals.up(),
    free_meals.down(),
    free_meals.from_nought("statement", NONE_BEFORE),
    plans.up("confirmation", CONFIRMATION),
    plans.down("confirmation", CONFIRMATION),
    plans.from_nought("confirmation", CONFIRMATION),
    sen_support.up("confirmation", CONFIRMATION),
    sen_support.down("confirmation", CONFIRMATION),
    sen_support.from_nought("confirmation", CONFIRMATION),
    other_languages.up(),
    other_languages.down(),
    other_languages.from_nought("reason", "Say so if the languages were not known before; give the reason otherwise."),
    service_children.up(),
    service_children.down(),
    ethnicity_unknown.up(),
    ethnicity_unknown.down("confirmation", CONFIRMATION),
    infant_lunches.up(),
)
