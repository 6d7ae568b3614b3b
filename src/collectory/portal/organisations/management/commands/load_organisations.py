"""`collectory portal load_organisations FILE`: load the register of organisations at a prompt."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collectory.engine import Refusal
from collectory.portal.organisations import loading
from collectory.portal.organisations.changes import CHANGED, CLOSES, FIELDS, MERGED, MISSING, NEW, PROBLEM, Change
from collectory.portal.people.models import Organisation

WORDS = {
    NEW: "new",
    CHANGED: "changed",
    CLOSES: "closing",
    MERGED: "merged or renumbered",
    MISSING: "open here and not in the file",
    PROBLEM: "rows that cannot be used",
}
FIRST = 20


class Command(BaseCommand):
    """Shows what a register would change; with --confirm, puts it in force."""

    help = "Show what a register of organisations (CSV) would change; --confirm puts it in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, and whether to go on."""
        parser.add_argument("file", type=Path, help="the register as it was downloaded")
        parser.add_argument("--links", type=Path, help="the file of links, which says what came after a closed school")
        parser.add_argument("--department", metavar="NAME", help="make the department of this name first (ID 000)")
        parser.add_argument("--confirm", action="store_true", help="put the register in force")

    def handle(self, *args: Any, file: Path, links: Path | None, **options: Any) -> None:
        """Preview, then apply when told to."""
        try:
            data, beside = file.read_bytes(), links.read_bytes() if links else b""
        except OSError as problem:
            raise CommandError(f"{problem.filename} cannot be read: {problem.strerror}.") from None
        if name := options["department"]:
            kind = Organisation.Kind.DEPARTMENT
            Organisation.objects.get_or_create(kind=kind, defaults={"native_id": "000", "name": name})
        register = loading.preview(None, file.name, data, links_name=links.name if links else "", links=beside)
        if isinstance(register, Refusal):
            raise CommandError(str(register))
        changes = loading.changes_shown(register)
        for what, count in changes.counts.items():
            self.stdout.write(f"{count:>8,} {WORDS[what]}")
            for change in changes.of(what)[:FIRST]:
                self.stdout.write(f"           {_line(change)}")
            if count > FIRST:
                self.stdout.write(f"           … and {count - FIRST:,} more")
        for why, count in changes.not_taken.items():
            self.stdout.write(f"{count:>8,} rows left out. {why}")
        if not options["confirm"]:
            self.stdout.write("Nothing was changed. Give --confirm to put this register in force.")
            return
        outcome = loading.apply(register, None)
        if isinstance(outcome, Refusal):
            raise CommandError(str(outcome))
        self.stdout.write("The register is in force.")


def _line(change: Change) -> str:
    if change.what == PROBLEM:
        return "; ".join(f"row {change.row}, {name}: {said}" for name, (_, said) in change.values.items())
    values = ""
    if change.what not in {NEW, MISSING}:
        differs = (f"{FIELDS[name]} {old or '–'} → {new or '–'}" for name, (old, new) in change.values.items())
        values = ": " + "; ".join(differs)
    return f"{change.native_id} {change.name}{values}"
