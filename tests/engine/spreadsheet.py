"""What spreadsheets do to a CSV file that somebody opens and saves again, done on purpose."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ENCODINGS = ("utf-8-sig", "utf-8", "utf-16", "cp1252")


@dataclass(frozen=True)
class Spreadsheet:
    """How somebody's spreadsheet is set."""

    encoding: str = "utf-8"
    separator: str = ","
    ending: str = "\r\n"
    date: str = "%d/%m/%Y"  # "" for serial numbers
    converts: bool = True
    empty_columns: int = 0
    empty_rows: int = 0
    sep_line: bool = False

    def saved_again(self, content: bytes) -> bytes:
        """A CSV file as this spreadsheet would save it."""
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        if self.converts:
            rows = [rows[0], *([self.shown(cell) for cell in row] for row in rows[1:])]
        width = len(rows[0])
        rows = [row + [""] * self.empty_columns for row in rows] + [
            [""] * (width + self.empty_columns)
        ] * self.empty_rows
        out = io.StringIO(newline="")
        if self.sep_line:
            out.write(f"sep={self.separator}{self.ending}")
        csv.writer(out, delimiter=self.separator, lineterminator=self.ending).writerows(rows)
        return out.getvalue().encode(self.encoding, "replace")

    def shown(self, cell: str) -> str:
        """What a cell shows of a text that was typed into it."""
        if cell.lower() in {"true", "false"}:
            return cell.upper()
        if re.fullmatch(r"\d+", cell):
            return self._number(int(cell))
        if re.fullmatch(r"\d{1,10}\.\d{1,3}", cell):
            number = f"{float(cell):g}"
            return number.replace(".", ",") if self.separator == ";" else number
        for form in ("%Y-%m-%d", "%Y-%b-%d %H:%M:%S"):
            try:
                day = dt.datetime.strptime(cell, form)
            except ValueError:
                continue
            if day.year < 1900:
                return cell
            if not self.date:
                days = (day - dt.datetime(1899, 12, 30)).total_seconds() / 86_400
                return f"{days:.9g}"
            return f"{day:{self.date}}" + (f" {day:%H:%M}" if form != "%Y-%m-%d" else "")
        if found := re.fullmatch(r"([1-9]|[12]\d|3[01])[-/]([1-9]|1[0-2])", cell):
            return f"{int(found[1]):02}-{dt.date(2000, int(found[2]), 1):%b}"
        if found := re.fullmatch(r"(\d{1,3})[eE](\d{1,2})", cell):
            return f"{float(f'{found[1]}e{found[2]}'):.2E}"
        return cell

    @staticmethod
    def _number(number: int) -> str:
        if len(str(number)) <= 11:
            return str(number)
        return re.sub(r"\.?0*E", "E", f"{number:.5E}")


def damaged(files: Mapping[str, bytes], damage: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Files of an export with all CSV files damaged, and without what describes them."""
    return {name: damage(content) for name, content in files.items() if name.endswith(".csv")}
