"""Returns that break every rule that can be broken in a kind of school, made of the cases that stand beside the rules.

Each case is a small return that its rule must flag. Its pupils are put among those of a clean return; what it says
of the school is put in place of what the clean return says, as long as no rule is lost by it. Rules that
contradict each other (a missing date and a wrong one) go into further files, as few as will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from collectory.blade import Case, Edition, Rule
from collectory.blades.school_census import blade as census
from collectory.blades.school_census.rules import qualifications
from collectory.blades.school_census.sample.identifiers import permanent_upns, ulns
from collectory.blades.school_census.sample.made_up_lists import made_up_lists
from collectory.engine import Dataset, check, read_tables
from collectory.engine.cases import dataset_of_case, is_of
from collectory.engine.checking.check import broken_rules
from collectory.engine.dataset import PARENT, ROW
from collectory.engine.reading.reference_list import read_reference_list

STATED = ("Collection", "Year", "Term")
"""What a file must say rightly to be read at all."""

PHASES = ("NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR")
TOPS = ("PupilOnRoll", "PupilNoLongerOnRoll")
FORENAMES = ("Alma", "Bela", "Cora", "Dana", "Edda", "Fia", "Gita", "Hana", "Ines", "Jona", "Kaya", "Lina", "Mona")
SURNAMES = ("Ashdown", "Birkby", "Cotesby", "Dunmoor", "Eastholm", "Farnby", "Garthorpe", "Holmby", "Ingleby")
NAMES = ("UPN", "UniqueLearnerNumber", "Surname", "Forename")
MOST_PUPILS, MOST_WAYS, FAULTS_A_PUPIL = 30, 2, 5


@dataclass(frozen=True)
class Candidate:
    """A case of a rule as a return, with unlike names and numbers so that it can stand beside others."""

    rule: Rule
    dataset: Dataset
    differing: Mapping[str, Mapping[str, str | None]]
    removed: tuple[str, ...]
    pupils: int


@dataclass
class Broken:
    """What was made for one school: the returns, and which rules each of them breaks."""

    returns: list[Dataset] = field(default_factory=list)
    raised: list[set[str]] = field(default_factory=list)


def list_files() -> dict[str, bytes]:
    """The lists that lie beside the returns: what samples study, and the one qualification of the rules' own cases."""
    files = made_up_lists()
    files["qualifications"] += f"{qualifications.NUMBER},2001-07-31,academic,1\n".encode()
    return files


@cache
def lists() -> dict[str, pl.DataFrame]:
    """The same as rules ask them."""
    known = {each.name: each for each in census.lists}
    read = {name: read_reference_list(content, known[name]) for name, content in list_files().items()}
    return {name: table for name, table in read.items() if isinstance(table, pl.DataFrame)}


def raised(dataset: Dataset, **more: Any) -> set[str]:
    """Keys of the rules that find something, the lists being given."""
    return broken_rules(dataset, lists=lists(), **more)


def candidates(edition: Edition) -> list[Candidate]:
    """All failing cases of an edition, but for those that need another return or the register."""
    typical = read_tables({name: [dict(row)] for name, row in _tops(edition).items()}, edition)
    found: list[Candidate] = []
    for rule in edition.rules:
        for case in (*rule.fails, *_forms_alone(edition, rule)):
            if case.previous or case.register or not is_of(edition, rule, case):
                continue
            dataset = dataset_of_case(edition, rule, case)
            differing = {}
            for entity in edition.entities:
                if entity.parent is None and not entity.many:
                    differing[entity.name] = _differing(typical.tables[entity.name], dataset.tables[entity.name])
            differing = _with_given(rule, case, differing)
            removed = tuple(name for name, value in case.values.items() if edition.has_entity(name) and not value)
            height = sum(dataset.tables[top].height for top in TOPS)
            found.append(Candidate(rule, _unlike(dataset, len(found)), differing, removed, height))
    return found


def _forms_alone(edition: Edition, rule: Rule) -> Iterator[Case]:
    """Values of a wrong form in records that hold nothing else, so that no written rule speaks of them in its place."""
    for part, case in zip(rule.parts, rule.fails, strict=False):
        if part.silenced_by and part.entity is not None and rule.key.endswith(".format"):
            others = dict.fromkeys(each.name for each in edition.entity(part.entity.name).fields)
            yield replace(case, values={**others, **case.values})


def broken(clean: Dataset, cases: list[Candidate], elsewhere: set[str]) -> Broken:
    """Returns of the school of a clean one that break, between them, all rules that a school of its kind can, but for
    those that are broken elsewhere and that no pupil breaks."""
    first = _with_pupils(clean, cases)
    made = Broken([first], [raised(first)])
    possible: dict[str, list[Candidate]] = {}
    for each in cases:
        possible.setdefault(each.rule.key, []).append(each)
    for key, each_case in possible.items():
        if key in elsewhere or any(key in before for before in made.raised):
            continue
        _place(made, clean, key, each_case)
    return made


def _place(made: Broken, clean: Dataset, key: str, cases: list[Candidate]) -> None:
    """Break a rule in one of the returns without losing another rule, or else in a further return."""
    firing = (
        (each, way) for each in cases for way, changed in enumerate(_changed(clean, each)) if _breaks(changed, each)
    )
    ways = list(islice(firing, MOST_WAYS))
    for number, dataset in enumerate(made.returns):
        kept = made.raised[number].difference(*(keys for place, keys in enumerate(made.raised) if place != number))
        for each, way in ways:
            changed = next(islice(_changed(dataset, each), way, None))
            # Asking few rules is cheap, and most tries fail at that.
            if not _breaks(changed, each) or not kept <= raised(changed, only=kept):
                continue
            now = raised(changed)
            if kept <= now:
                made.returns[number], made.raised[number] = changed, now
                return
    for each, way in ways[:1]:
        made.returns.append(next(islice(_changed(clean, each), way, None)))
        made.raised.append(raised(made.returns[-1]))


def _with_given(
    rule: Rule, case: Case, differing: Mapping[str, Mapping[str, str | None]]
) -> dict[str, dict[str, str | None]]:
    """The differing values with those that a case names although they are the usual ones."""
    found = {name: dict(values) for name, values in differing.items()}
    for name, values in found.items():
        nested = case.values.get(name)
        given = case.values if name in rule.entities else nested if isinstance(nested, Mapping) else {}
        values.update({field: value for field, value in given.items() if value is None or isinstance(value, str)})
    return found


def _breaks(dataset: Dataset, each: Candidate) -> bool:
    rule = each.rule
    if not dataset.tables["Header"].height:
        return False  # such a file is refused, and breaks nothing
    return rule.key in raised(dataset, only={rule.key, *rule.explained_by})


def _changed(dataset: Dataset, each: Candidate) -> Iterator[Dataset]:
    """The return with what a case says in it, in six ways: its pupils too, its words about the school alone,
    without the tables that it has none of, those tables without the pupils, its pupils in place of all others, and
    without all that is said of the school beside its details."""
    with_school = _with_school(dataset, each)
    absent = [name for name in each.removed if name in dataset.tables]
    of_pupils = pupil_tables(dataset.edition)
    yield _grafted(with_school, [each]) if each.pupils <= MOST_PUPILS else with_school
    yield with_school
    yield _without(with_school, absent)
    yield _without(dataset, absent)
    yield with_school.with_tables({name: each.dataset.tables[name] for name in pupil_tables(dataset.edition)})
    beside = [one.name for one in dataset.edition.entities if one.parent is not None and one.name not in of_pupils]
    yield _without(dataset, [name for name in beside if not each.dataset.tables[name].height])


def _with_pupils(clean: Dataset, cases: list[Candidate]) -> Dataset:
    """The clean return with as few pupils of cases as break all rules that these pupils can break here."""
    few = [each for each in cases if 0 < each.pupils <= 4]
    broken_by = _broken_by(clean, few)
    wanted: set[str] = set().union(*broken_by.values())
    chosen: list[int] = []
    while wanted:
        best = max(broken_by, key=lambda number: (len(broken_by[number] & wanted), -few[number].pupils, -number))
        chosen.append(best)
        wanted -= broken_by[best]
    kept = [few[number] for number in sorted(chosen)]
    wanted = set().union(*broken_by.values())
    # Several faults in one pupil make a shorter file. Where one hides another, that one gets its pupil back.
    together = _put_together(kept)
    missing = wanted - set().union(*_broken_by(clean, together).values())
    apart = [each for each in kept if each.rule.key in missing]
    more = missing - {each.rule.key for each in apart}
    apart += [few[number] for number in chosen if broken_by[number] & more and few[number] not in apart]
    return _grafted(clean, [*together, *apart])


def _broken_by(clean: Dataset, cases: list[Candidate]) -> dict[int, set[str]]:
    """The rules that the pupils of each case break among those of the clean return."""
    everything = _grafted(clean, cases)
    found = check(everything, lists=lists()).found.filter(pl.col("record").is_not_null())
    owner = _owners(everything, clean, cases)
    broken_by: dict[int, set[str]] = {}
    for entity, record, key in found.select("entity", "record", "rule_key").iter_rows():
        number = owner.get((entity, record))
        if number is not None:
            broken_by.setdefault(number, set()).add(key)
    return broken_by


def _put_together(cases: list[Candidate]) -> list[Candidate]:
    """Cases of one pupil each put into as few pupils as can hold them: no field and no table is of two of them."""
    pupils: list[tuple[str, set[str], list[Candidate]]] = []
    apart: list[Candidate] = []
    for each in cases:
        top = next(name for name in TOPS if each.dataset.tables[name].height)
        if each.pupils > 1:
            apart.append(each)
            continue
        places = _places(each, top)
        for of, taken, held in pupils:
            if of == top and len(held) < FAULTS_A_PUPIL and not taken & places:
                taken |= places
                held.append(each)
                break
        else:
            pupils.append((top, places, [each]))
    return [_one_pupil(top, held) for top, _, held in pupils] + apart


def _places(each: Candidate, top: str) -> set[str]:
    """The fields in which a case's pupil is unlike the usual one, and the tables that it fills."""
    usual, row = each.dataset.edition.blade.typical(each.dataset.edition)[top], each.dataset.tables[top]
    fields = {name for name in row.columns if name not in (ROW, PARENT, *NAMES) and row[name][0] != usual.get(name)}
    fields |= {name for name in NAMES if name in row.columns and row[name][0] is None}
    tables = {name for name in pupil_tables(each.dataset.edition) if name != top and each.dataset.tables[name].height}
    return fields | tables


def _one_pupil(top: str, held: list[Candidate]) -> Candidate:
    first = held[0]
    tables = dict(first.dataset.tables)
    for each in held[1:]:
        for place in _places(each, top):
            if place in tables:
                tables[place] = each.dataset.tables[place]
            else:
                value = each.dataset.tables[top][place][0]
                tables[top] = tables[top].with_columns(pl.lit(value, pl.String).alias(place))
    return replace(first, dataset=first.dataset.with_tables(tables))


def _owners(whole: Dataset, clean: Dataset, cases: list[Candidate]) -> dict[tuple[str, int], int]:
    """For each record that came with a case, the case's position."""
    found: dict[tuple[str, int], int] = {}
    for top in TOPS:
        row = clean.tables[top].height
        for number, each in enumerate(cases):
            for _ in range(each.dataset.tables[top].height):
                found[top, row] = number
                row += 1
    for entity in whole.edition.entities:
        if entity.parent is None or entity.name not in pupil_tables(whole.edition):
            continue
        for row, above in whole.tables[entity.name].select(ROW, PARENT).iter_rows():
            number = found.get((entity.parent.name, above))
            if number is not None:
                found[entity.name, row] = number
    return found


def pupil_tables(edition: Edition) -> list[str]:
    return [each.name for each in edition.entities if [each, *each.ancestors()][-1].name in TOPS]


def _grafted(dataset: Dataset, cases: list[Candidate]) -> Dataset:
    """The return with the pupils of cases after its own."""
    tables: dict[str, pl.DataFrame] = {}
    for name in pupil_tables(dataset.edition):
        entity = dataset.edition.entity(name)
        parts, above = [dataset.tables[name]], 0
        if entity.parent is not None:
            above = dataset.tables[entity.parent.name].height
        for each in cases:
            frame = each.dataset.tables[name]
            if frame.height:
                parts.append(frame.with_columns(pl.col(PARENT) + above))
            if entity.parent is not None:
                above += each.dataset.tables[entity.parent.name].height
        tables[name] = _counted(pl.concat(parts))
    return dataset.with_tables(tables)


def _with_school(dataset: Dataset, each: Candidate) -> Dataset:
    """The return with the values in which a case's header and school differ from the usual, and its school's tables."""
    tables: dict[str, pl.DataFrame] = {}
    for name, values in each.differing.items():
        # Whose return it is, and of which kind of school, stays.
        kept = {
            column: value
            for column, value in values.items()
            if column in dataset.tables[name].columns
            and column not in STATED
            and not (column == "Phase" and value in PHASES)
        }
        if kept and dataset.tables[name].height:
            tables[name] = dataset.tables[name].with_columns(
                pl.lit(value, pl.String).alias(column) for column, value in kept.items()
            )
    for entity in dataset.edition.entities:
        of_school = entity.parent is not None and entity.name not in pupil_tables(dataset.edition)
        if not of_school or entity.parent is None:
            continue
        above = tables.get(entity.parent.name, dataset.tables[entity.parent.name])
        replaced = entity.parent.name in tables and entity.parent.parent is not None
        if above.height and (replaced or each.dataset.tables[entity.name].height):
            tables[entity.name] = each.dataset.tables[entity.name]
    return dataset.with_tables(tables)


def _without(dataset: Dataset, names: list[str]) -> Dataset:
    """The return without these tables and all below them."""
    tables: dict[str, pl.DataFrame] = {}
    for entity in dataset.edition.entities:
        if any(each.name in names for each in (entity, *entity.ancestors())):
            tables[entity.name] = dataset.tables[entity.name].clear()
    return dataset.with_tables(tables)


def _unlike(dataset: Dataset, number: int) -> Dataset:
    """The same with names and numbers of the usual pupil replaced by some of its own."""
    edition = dataset.edition
    tables: dict[str, pl.DataFrame] = {}
    for place, top in enumerate(TOPS):
        usual = edition.blade.typical(edition)[top]
        serial = 2 * number + place
        own = {
            "UPN": permanent_upns(pl.Series([855_4001_17_001 + serial * 17]).to_numpy())[0],
            "UniqueLearnerNumber": _learner_number(serial),
            "Surname": SURNAMES[serial % len(SURNAMES)],
            "Forename": FORENAMES[serial // len(SURNAMES) % len(FORENAMES)],
        }
        frame = dataset.tables[top]
        tables[top] = frame.with_columns(
            pl.when(pl.col(name) == usual[name]).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
            for name, value in own.items()
            if name in usual and name in frame.columns
        )
    return dataset.with_tables(tables)


def each_unlike(dataset: Dataset) -> Dataset:
    """The same with a name and numbers of its own for each pupil."""
    tables = {}
    for place, top in enumerate(TOPS):
        frame = dataset.tables[top]
        rows = range(frame.height)
        own = {
            "UPN": [permanent_upns(pl.Series([855_4001_17_001 + 2 * row + place]).to_numpy())[0] for row in rows],
            "UniqueLearnerNumber": [_learner_number(2 * row + place) for row in rows],
            "Surname": [SURNAMES[row % len(SURNAMES)] for row in rows],
            "Forename": [FORENAMES[row // len(SURNAMES) % len(FORENAMES)] for row in rows],
        }
        tables[top] = frame.with_columns(
            pl.Series(name, values, dtype=pl.String) for name, values in own.items() if name in frame.columns
        )
    return dataset.with_tables(tables)


def _learner_number(serial: int) -> str:
    return str(ulns(serial, np.ones(1, dtype=bool))[0])


def _differing(usual: pl.DataFrame, frame: pl.DataFrame) -> dict[str, str | None]:
    if not frame.height or not usual.height:
        return {}
    return {
        name: frame[name][0] for name in frame.columns if name not in (ROW, PARENT) and frame[name][0] != usual[name][0]
    }


def _tops(edition: Edition) -> dict[str, Mapping[str, Any]]:
    usual = edition.blade.typical(edition)
    return {each.name: usual[each.name] for each in edition.entities if each.parent is None and not each.many}


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(ROW).with_row_index(ROW).cast({ROW: pl.Int64}).select(frame.columns)
