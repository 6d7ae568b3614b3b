"""Write the golden returns that lie beside this script.

For each kind of school and term: one without a finding, and one whose pupils break all rules that pupils of such a
school can break. Between them, and with as few further returns as will do, the returns of a term break every rule.

    .venv/bin/python examples/golden/make.py [--edition KEY ...] [--processes N]

A process makes the returns of one edition. Those of 2021/22 are kept; any other edition can be asked for too.
All people in them are invented. `rules.csv` says for each rule which file breaks it, or why none does. Made anew, the
lines of editions that were not asked for stay as they were.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import every_rule  # noqa: E402

import collectory  # noqa: E402
from collectory.blade import Edition, Rule  # noqa: E402
from collectory.engine import Dataset, check, read_tables  # noqa: E402
from collectory.engine.cases import dataset_of_case, is_of  # noqa: E402
from collectory.engine.checking.check import asked_rules  # noqa: E402
from collectory.engine.checking.worksheet import NOT_IN_PREVIOUS  # noqa: E402
from collectory.engine.writing.xml import write_xml  # noqa: E402

EDITIONS = ("school-census-2021-autumn", "school-census-2022-spring", "school-census-2022-summer")
SCHOOLS = {
    "SS": "8554010",
    "PS": "8552010",
    "AT": "8556010",
    "NS": "8551010",
    "MP": "8555940",
    "MS": "8555910",
    "SP": "8557010",
    "PR": "8551110",
}
SEED, PUPILS, PUPILS_BESIDE = 2021, 20, 8
REGISTER = "register.csv"
WRONG_URN = "100001"
LISTS = {"qualifications": "qualifications.csv", "subjects": "subjects.csv"}
LARGEST_PREVIOUS = 12
UNBROKEN = "no case beside the rule breaks it in such a school"
ELSEWHERE = "is broken by a return of another kind of school"


@dataclass(frozen=True)
class Line:
    """One line of rules.csv: a rule in a kind of school, the file that breaks it and what must lie beside that."""

    edition: str
    phase: str
    rule: str
    file: str = ""
    previous: str = ""
    register: str = ""
    list: str = ""
    why_not: str = ""


def folder(edition: Edition) -> Path:
    return HERE / edition.key.removeprefix("school-census-")


def clean(edition: Edition, source: str, pupils: int = PUPILS) -> Dataset:
    """A return of the school without a finding."""
    assert edition.blade.sample is not None
    return read_tables(dict(edition.blade.sample(edition, pupils, 0.0, SEED, source)), edition)


@cache
def candidates(edition: Edition) -> list[every_rule.Candidate]:
    return every_rule.candidates(edition)


def make(key: str) -> list[Line]:
    """Write the files of an edition; gives their lines."""
    edition = collectory.edition(key)
    shutil.rmtree(folder(edition), ignore_errors=True)
    folder(edition).mkdir()
    lines: list[Line] = []
    for phase in SCHOOLS:
        lines.extend(_make(edition, phase, {line.rule for line in lines if line.file}))
        files = {line.file for line in lines if line.phase == phase} - {""}
        print(
            f"{key} {phase}: {len(files)} returns, {len({line.rule for line in lines if line.file})} rules", flush=True
        )
    broken = {line.rule for line in lines if line.file}
    return [
        replace(line, why_not=ELSEWHERE) if line.why_not == UNBROKEN and line.rule in broken else line for line in lines
    ]


def _make(edition: Edition, phase: str, elsewhere: set[str]) -> list[Line]:
    """Write the files of a kind of school. What is broken elsewhere gets no further file here."""
    key, source = edition.key, SCHOOLS[phase]
    _write(edition, clean(edition, source), source, 1)
    made = every_rule.broken(clean(edition, source, PUPILS_BESIDE), candidates(edition), elsewhere)
    if "160" not in made.raised[0]:  # or its URN is wrong already
        made.returns[0] = _of_another_school(made.returns[0])
    lines: dict[str, Line] = {}
    for number, (dataset, keys) in enumerate(zip(made.returns, made.raised, strict=True), 2):
        name = _write(edition, dataset, source, number)
        for rule in sorted(keys):
            lines.setdefault(rule, Line(key, phase, rule, name, list=_list_of(edition, rule)))
    first = _name(edition, source, 2)
    register = pl.DataFrame([_row_of_register(source)])
    for rule in every_rule.raised(made.returns[0], register=register) - lines.keys():
        lines[rule] = Line(key, phase, rule, first, register=REGISTER)
    lines |= _compared(edition, phase, made, elsewhere)
    asked, blind = asked_rules(clean(edition, source, PUPILS_BESIDE)), _not_compared(edition, source)
    for each in edition.rules:
        if each.key not in lines:
            why = _why_not(each, asked=each.key in asked, comparable=each.key not in blind)
            lines[each.key] = Line(key, phase, each.key, why_not=why)
    return [lines[each.key] for each in edition.rules]


def _list_of(edition: Edition, rule: str) -> str:
    """The file of the list that a rule asks; "" for a rule that asks none."""
    return next((LISTS[each.name] for each in edition.blade.lists if rule in each.rules), "")


def _not_compared(edition: Edition, source: str) -> set[str]:
    """Rules that compare what the return of the term before does not hold."""
    if edition.before is None:
        return set()
    previous = clean(edition.before, source, PUPILS_BESIDE)
    skipped = check(clean(edition, source, PUPILS_BESIDE), previous).skipped
    return {each.rule for each in skipped if each.why == NOT_IN_PREVIOUS}


def _why_not(rule: Rule, *, asked: bool, comparable: bool) -> str:
    if rule.entities == ("Header",) and set(rule.reads) <= set(every_rule.STATED):
        return "a file that says this wrongly is refused before any rule is asked"
    if not asked:
        return f"asked of {rule.applies_in_words or 'other kinds of school'} only"
    return UNBROKEN if comparable else "the return of the term before does not hold what it compares"


def _compared(edition: Edition, phase: str, made: every_rule.Broken, elsewhere: set[str]) -> dict[str, Line]:
    """Rules about what changed: returns of the term before, and which rules each brings out."""
    before, source = edition.before, SCHOOLS[phase]
    if before is None:
        return {}
    wanted = {
        rule.key: rule
        for rule in edition.rules
        if rule.key not in elsewhere and any(case.previous for case in rule.fails)
    }
    if not wanted:
        return {}
    lines: dict[str, Line] = {}
    written = 0
    for previous in _returns_before(edition, before, source, wanted):
        found: dict[str, Line] = {}
        for number, dataset in enumerate(made.returns, 2):
            names = every_rule.raised(dataset, previous=previous, only=set(wanted) - lines.keys() - found.keys())
            file = _name(edition, source, number)
            found |= {rule: Line(edition.key, phase, rule, file) for rule in sorted(names)}
        if found:
            written += 1
            name = f"previous/{_name(before, source, written)}"
            path = folder(edition) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(write_xml(_numbered(previous, written)))
            lines |= {rule: Line(edition.key, phase, rule, line.file, name) for rule, line in found.items()}
    for shares in ((2, 10), (10, 2)):
        left = {key: rule for key, rule in wanted.items() if key not in lines}
        found = _moved(edition, phase, made, left, written, shares) if left else {}
        written += bool(found)
        lines |= found
    return lines


def _moved(
    edition: Edition,
    phase: str,
    made: every_rule.Broken,
    wanted: dict[str, Any],
    written: int,
    shares: tuple[int, int],
) -> dict[str, Line]:
    """Rules about shares that rose or fell: two returns of pupils of whom so many, then and now, belong to every
    share."""
    before, source = edition.before, SCHOOLS[phase]
    assert before is not None
    ones, others = _of_every_share(wanted)
    if not ones:
        return {}
    some = next(iter(wanted.values()))

    def with_pupils(of: Edition, many: int) -> Dataset:
        one, other = _known(of, ones), _known(of, others)
        pupils = collectory.blade.Case({"PupilOnRoll": [*[one] * many, *[other] * (20 - many)]})
        return _before(clean(of, source, PUPILS_BESIDE), dataset_of_case(of, some, pupils))

    then, now = with_pupils(before, shares[0]), with_pupils(edition, shares[1])
    found = every_rule.raised(now, previous=then, only=set(wanted))
    if not found:
        return {}
    name = f"previous/{_name(before, source, written + 1)}"
    path = folder(edition) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(write_xml(_numbered(then, written + 1)))
    made.returns.append(now)
    made.raised.append(set())
    file = _write(edition, now, source, len(made.returns) + 1)
    return {rule: Line(edition.key, phase, rule, file, name) for rule in found}


def _known(edition: Edition, pupil: dict[str, Any]) -> dict[str, Any]:
    """What an edition asks of a pupil's values."""
    fields = edition.entity("PupilOnRoll")
    return {name: value for name, value in pupil.items() if edition.has_entity(name) or fields.has_field(name)}


def _of_every_share(wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A pupil who belongs to the share of each rule, and one who belongs to none."""
    ones: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for rule in wanted.values():
        for case in rule.fails:
            pupils = case.values.get("PupilOnRoll") if case.previous else None
            if pupils:
                ones |= pupils[0]
                others |= pupils[-1]
    return ones, others


def _returns_before(edition: Edition, before: Edition, source: str, wanted: dict[str, Any]) -> Iterator[Dataset]:
    """Returns of the term before: all shares as high as can be, all nought, and those of the rules' own cases."""
    header = clean(before, source, PUPILS_BESIDE)
    ones, others = _of_every_share({key: rule for key, rule in wanted.items() if key.endswith("D")})
    some = next(rule for rule in wanted.values())
    ones, others = _known(before, ones), _known(before, others)
    for pupils in ([ones] * 8, [others] * 8, [ones, *[others] * 9]):
        yield _before(header, dataset_of_case(before, some, collectory.blade.Case({"PupilOnRoll": pupils})))
    for rule in wanted.values():
        for case in rule.fails:
            if case.previous and is_of(before, rule, case.previous):
                made = dataset_of_case(before, rule, case.previous)
                if made.tables["PupilOnRoll"].height <= LARGEST_PREVIOUS:
                    yield _before(header, made)
    for rule in wanted.values():
        for case in rule.fails:
            if case.previous and is_of(before, rule, case.previous):
                yield _before(header, dataset_of_case(before, rule, case.previous))


def _before(header: Dataset, pupils: Dataset) -> Dataset:
    unlike = every_rule.each_unlike(pupils)
    return header.with_tables({name: unlike.tables[name] for name in every_rule.pupil_tables(header.edition)})


def _of_another_school(dataset: Dataset) -> Dataset:
    """The return with a URN that is not the one in the register."""
    header = dataset.tables["Header"]
    return dataset.with_tables({"Header": header.with_columns(pl.lit(WRONG_URN).alias("URN"))})


def _row_of_register(source: str) -> dict[str, str | None]:
    edition = collectory.edition(EDITIONS[0])
    made = clean(edition, source, 1)
    school = made.tables["School"].row(0, named=True)
    return {
        "URN": made.tables["Header"]["URN"][0],
        "LA (code)": source[:3],
        "LA (name)": "Leicestershire",
        "EstablishmentNumber": source[3:],
        "EstablishmentName": school["SchoolName"],
        "EstablishmentStatus (name)": "Open",
    }


def _name(edition: Edition, source: str, serial: int) -> str:
    assert edition.blade.file_name is not None
    return edition.blade.file_name(edition, source, f"{serial:03}")


def _numbered(dataset: Dataset, serial: int) -> Dataset:
    header = dataset.tables["Header"]
    number = pl.when(pl.col("SerialNo") == "001").then(pl.lit(f"{serial:03}")).otherwise("SerialNo").alias("SerialNo")
    return dataset.with_tables({"Header": header.with_columns(number)}) if header.height else dataset


def _write(edition: Edition, dataset: Dataset, source: str, serial: int) -> str:
    name = _name(edition, source, serial)
    (folder(edition) / name).write_bytes(write_xml(_numbered(dataset, serial)))
    return name


def read_lines() -> list[Line]:
    """The lines of rules.csv; none where it is not there yet."""
    path = HERE / "rules.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [Line(**row) for row in csv.DictReader(file)]


def main() -> None:
    """Write what is asked for, and rules.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", nargs="*", default=EDITIONS)
    parser.add_argument("--processes", type=int, default=1)
    call = parser.parse_args()
    lines = [line for line in read_lines() if line.edition not in call.edition]
    with ProcessPoolExecutor(call.processes, mp_context=get_context("spawn")) as pool:
        for made in pool.map(make, call.edition):
            lines.extend(made)
            missing = {line.rule for line in made} - {line.rule for line in made if line.file}
            print(f"{made[0].edition}: broken by none: {', '.join(sorted(missing)) or 'no rule'}", flush=True)
    names = [each.name for each in fields(Line)]
    in_time = {key: collectory.edition(key).when for key in {line.edition for line in lines}}
    ordered = sorted(lines, key=lambda line: (in_time[line.edition], list(SCHOOLS).index(line.phase)))
    with (HERE / "rules.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([getattr(line, name) for name in names] for line in ordered)
    rows = [_row_of_register(source) for source in SCHOOLS.values()]
    for name, content in every_rule.list_files().items():
        (HERE / LISTS[name]).write_bytes(content)
    (HERE / REGISTER).write_text(pl.DataFrame(rows).write_csv(), encoding="utf-8")


if __name__ == "__main__":
    main()
