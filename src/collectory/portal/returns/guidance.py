"""What to write in a note: the words beside the box, from what a rule says is acceptable."""

from __future__ import annotations

from dataclasses import dataclass

from collectory.blade import Rule

NEEDED = {
    "confirmation": "A confirmation is enough: say that you checked, and that the data is right.",
    "statement": "Make the statement that is asked for below, with the figure or the fact.",
    "reason": "Give the reason. “Confirmed as correct” is not enough.",
    "reason-per-record": "Give the reason for each record by itself. “Confirmed as correct” is not enough.",
    "none": "No note is accepted for this. The data has to be corrected.",
}
ERRORS = (
    "An error should be corrected. Where that is impossible, say what you checked, why the data is right "
    "as it is, and when it will change if it will."
)
QUERIES = "Say what you checked and why the data is right."


@dataclass(frozen=True)
class Guidance:
    """What a note on a rule's findings should say. `one_each` where every record wants a note of its own."""

    needed: str
    more: str = ""
    one_each: bool = False


def guidance_of(rule: Rule | None) -> Guidance:
    """The guidance for a rule; a general one for a rule that the edition no longer has."""
    if rule is None:
        return Guidance(QUERIES)
    usual = ERRORS if rule.priority == "error" else QUERIES
    return Guidance(NEEDED.get(rule.note, usual), rule.note_help, rule.note == "reason-per-record")
