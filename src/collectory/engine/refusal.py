"""Why a file is not taken: a value, not an exception, because people cause it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """A file that cannot become a return.

    code     for programs: "empty", "not-xml", "zip", "malformed", "hostile", "too-large", "too-deep",
             "wrong-root", "no-header", "unknown-collection", "wrong-collection", "wrong-year", "wrong-term",
             "wrong-source", "wrong-table"
    title    a few words
    message  what the file is and what was expected
    action   what to do now
    """

    code: str
    title: str
    message: str
    action: str

    def __str__(self) -> str:
        return f"{self.title}: {self.message} {self.action}"


class FileRefused(Exception):
    """Carries a refusal out of the depths of a reader; readers catch it and give the refusal as a value."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
