"""How a score comes about, as a picture drawn on the server: each reason moves the odds from where the one before left
them. To the right one pupil becomes likelier, to the left two; told apart by place, sign and filling, not by colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WIDTH = 900
LABELS = 400
NUMBERS = 70
ROW = 26
BAR = 14
TOP = 8
LETTERS = 58


@dataclass(frozen=True)
class Step:
    """One reason: its bar from where the odds stood, and how they are after it."""

    words: str
    label: str
    weight: float
    x: float
    y: float
    length: float
    value: str
    number_x: float
    is_for: bool


@dataclass(frozen=True)
class Waterfall:
    """The steps with all places worked out, and where the odds are even."""

    steps: tuple[Step, ...]
    even: float
    height: float
    width: int = WIDTH
    thickness: int = BAR
    labels: int = LABELS - 8


def drawn(reasons: Iterable[dict[str, Any]]) -> Waterfall:
    """The picture of the reasons of a match."""
    listed = list(reasons)
    ends = [0.0]
    for each in listed:
        ends.append(ends[-1] + each["weight"])
    low, high = min(ends), max(ends)
    room = WIDTH - LABELS - 2 * NUMBERS
    unit = room / max(high - low, 1e-9)

    def place(odds: float) -> float:
        return round(LABELS + NUMBERS + (odds - low) * unit, 1)

    steps = []
    for number, each in enumerate(listed):
        before, after = ends[number], ends[number + 1]
        left, right = place(min(before, after)), place(max(before, after))
        is_for = each["weight"] >= 0
        words = f"{each['words'][:1].upper()}{each['words'][1:]}"
        steps.append(
            Step(
                words,
                words if len(words) <= LETTERS else f"{words[: LETTERS - 1].rstrip()}…",
                each["weight"],
                left,
                TOP + number * ROW,
                max(right - left, 1.0),
                times(each["weight"]),
                right + 6 if is_for else left - 6,
                is_for,
            )
        )
    return Waterfall(tuple(steps), place(0.0), TOP + len(listed) * ROW + TOP)


def times(weight: float) -> str:
    """A weight as people say it: times 20, or divided by 20."""
    many = 2 ** abs(weight)
    number = f"{many:,.0f}" if many >= 10 else f"{many:.1f}"
    return f"{'×' if weight >= 0 else '÷'} {number}"
