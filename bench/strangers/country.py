"""A country of strangers: schools' returns as XML files, the pairs that were planted in them, and what exact matching
has to say of every pair, worked out by comparing every record with every other in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from xml.sax.saxutils import escape

from bench.strangers.people import Births, Child
from bench.strangers.slips import SLIPS

Where = tuple[str, int]
"""The file's name and the 0-based position among the pupils on roll in it."""
Record = tuple[str, str, int]
"""The file's name, the entity and the position."""
Plant = Callable[..., None]
STATUSES = ("C", "M", "S", "F", "O", "G")


@dataclass(frozen=True)
class Planted:
    """Two records of one child (`probable` or exact kinds), or of two (`not: ...`)."""

    kind: str
    one: Where
    other: Where


@dataclass
class Country:
    """The returns by file name, with those on roll and those who left, and what was planted."""

    term: str
    year: int
    rolls: dict[str, list[Child]]
    leavers: dict[str, list[Child]]
    planted: list[Planted]

    def write(self, folder: Path) -> None:
        """Write a file of each return."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.rolls:
            (folder / name).write_text(_xml(name, self.term, self.year, self.rolls[name], self.leavers[name]), "utf-8")

    def of_one_upn(self) -> set[frozenset[Record]]:
        """Pairs of records that the report of one UPN must list: file, entity, record."""
        return {frozenset(pair) for pair in self._pairs(lambda child: _number(child.upn)) if self._clash(*pair)}

    def of_one_person(self) -> set[frozenset[Record]]:
        """Pairs of records that share names and birth date and not the UPN."""
        found = set()
        for pair in self._pairs(_person):
            one, other = (self._child(each) for each in pair)
            if _number(one.upn) is not None and _number(one.upn) == _number(other.upn):
                continue
            if pair[0][0] == pair[1][0]:
                listed = one.sex == other.sex
            else:
                listed = not one.left and not other.left
            if listed:
                found.add(frozenset(pair))
        return found

    def _child(self, where: Record) -> Child:
        file, entity, record = where
        return (self.rolls if entity == "PupilOnRoll" else self.leavers)[file][record]

    def _pairs(self, known_by: Callable[[Child], object]) -> Iterator[tuple[Record, Record]]:
        groups: dict[object, list[Record]] = {}
        for entity, rolls in (("PupilOnRoll", self.rolls), ("PupilNoLongerOnRoll", self.leavers)):
            for file, children in rolls.items():
                for record, child in enumerate(children):
                    key = known_by(child)
                    if key is not None:
                        groups.setdefault(key, []).append((file, entity, record))
        for group in groups.values():
            yield from combinations(group, 2)

    def _clash(self, first: Record, second: Record) -> bool:
        one, other = self._child(first), self._child(second)
        if first[0] == second[0]:
            return True
        if one.left or other.left:
            return False
        if one.born and other.born and one.born != other.born:
            return True
        together = "".join(sorted(one.status + other.status))
        return together in {"CC", "CM", "CS", "MM", "SS", "CF", "CO", "FM", "MO"}


def _number(upn: str | None) -> str | None:
    return "".join((upn or "").split()).upper() or None


def _person(child: Child) -> tuple[str, str, str] | None:
    if not (child.forename and child.surname and child.born):
        return None
    return " ".join(child.surname.lower().split()), " ".join(child.forename.lower().split()), child.born


def make(seed: int, pupils: int, *, schools: int = 12, few: bool = False, times: int = 2) -> Country:
    """About so many pupils at so many schools; every slip, every pair of statuses and every likeness that is none is
    planted `times` over."""
    lots = random.Random(seed)
    births = Births(lots, few)
    made: list[tuple[Child, int]] = []
    pairs: list[tuple[str, int, int]] = []
    young_schools = range(0, schools, 3)

    def place(child: Child, but: int | None = None) -> int:
        school = lots.choice([at for at in range(schools) if at != but])
        made.append((child, school))
        return len(made) - 1

    def plant(kind: str, one: Child, other: Child, same_school: bool = False) -> None:
        first = place(one)
        here = made[first][1]
        second = place(other, here)
        if same_school:
            made[second] = (other, here)
        pairs.append((kind, first, second))

    for _ in range(times):
        for kind, slip in SLIPS.items():
            for _ in range(500):
                child = births.child()
                other = slip(child, births)
                if other is not None:
                    plant(kind, child, replace(other, upn=births.upn()))
                    break
        for one in STATUSES:
            for other in STATUSES:
                child = births.child()
                plant(f"same-upn {one}+{other}", replace(child, status=one), replace(child, status=other))
        _plant_exact(births, plant)
        _plant_honest(births, plant)
    for at in young_schools:
        made += [(births.child(young=True), at) for _ in range(8)]
    while len(made) < pupils:
        place(births.child())
        if lots.random() < 0.2:
            place(births.sibling(made[-1][0], same_day=False))
    return _seated(lots, made, pairs, schools)


def _plant_exact(births: Births, put: Plant) -> None:
    child = births.child()
    put("same-upn in small letters", child, replace(child, upn=(child.upn or "").lower()))
    child = births.child()
    put("same-upn with spaces", child, replace(child, upn=f"  {child.upn} "))
    child = births.child()
    other = replace(births.child(), upn=child.upn)
    put("same-upn, two children", child, other)
    child = births.child()
    put("same-upn in one return", child, child, True)
    child = births.child()
    put("same-person", child, replace(child, upn=births.upn()))
    child = births.child()
    loud = replace(child, upn=births.upn(), forename=(child.forename or "").upper(), surname=f" {child.surname}  ")
    put("same-person in capitals", child, loud)
    child = births.child()
    put("same-person without UPN", child, replace(child, upn=None))
    child = births.child()
    put("same-person in one return", child, replace(child, upn=births.upn()), True)
    child = births.child()
    put("left: same UPN", child, replace(child, left=True))
    child = births.child(young=True)
    put("under-fives", child, replace(child, upn=births.upn()))


def _plant_honest(births: Births, put: Plant) -> None:
    child = births.child()
    put("not: twins at two schools", child, births.sibling(child, True))
    child = births.child()
    put("not: twins at one school", child, births.sibling(child, True), True)
    child = births.child()
    plain = replace(births.sibling(child, True), middle=child.middle, sex=child.sex)
    plain.forename = births.forename(child.sex or "F", [child.forename])
    put("not: twins but for the forename", child, plain)
    first = births.child()
    second = births.sibling(first, True)
    third = births.sibling(first, True)
    third.forename = births.forename(third.sex or "F", [first.forename, second.forename])
    put("not: triplets", first, second)
    put("not: triplets", third, births.child())
    child = births.child()
    put("not: siblings", child, births.sibling(child, False))
    child, other = births.child(), births.child()
    put("not: same names", child, replace(other, forename=child.forename, surname=child.surname))
    child, other = births.child(), births.child()
    put("not: same names at one home", child, replace(child, upn=births.upn(), born=other.born))
    for one, other_name in (("Ella", "Bella"), ("Jayden", "Hayden"), ("Mia", "Tia")):
        child = replace(births.child(), forename=one, middle="Rose", sex="F")
        put("not: twins that rhyme", child, replace(child, upn=births.upn(), forename=other_name, middle="Jane"))
    child, other = births.child(), births.child()
    put("not: same birth date and surname", child, replace(other, surname=child.surname, born=child.born))


def _seated(
    lots: random.Random, made: list[tuple[Child, int]], pairs: list[tuple[str, int, int]], schools: int
) -> Country:
    """The children in the files of their schools, in any order."""
    names = [f"{855 - at % 2}{4000 + at}_SC2_{855 - at % 2}LL25_001.XML" for at in range(schools)]
    order = list(range(len(made)))
    lots.shuffle(order)
    rolls: dict[str, list[Child]] = {name: [] for name in names}
    leavers: dict[str, list[Child]] = {name: [] for name in names}
    where: dict[int, Where] = {}
    for number in order:
        child, school = made[number]
        seats = (leavers if child.left else rolls)[names[school]]
        where[number] = (names[school], len(seats))
        seats.append(child)
    planted = [Planted(kind, where[one], where[other]) for kind, one, other in pairs]
    return Country("SUM", 2025, rolls, leavers, planted)


def _tag(name: str, value: str | None) -> str:
    return "" if value is None else f"<{name}>{escape(value)}</{name}>"


def _pupil(child: Child) -> str:
    return (
        "<PupilOnRoll><PupilIdentifiers>"
        + _tag("UPN", child.upn)
        + _tag("FormerUPN", child.former_upn)
        + _tag("Surname", child.surname)
        + _tag("Forename", child.forename)
        + _tag("MiddleNames", child.middle)
        + _tag("FormerSurname", child.former_surname)
        + _tag("Sex", child.sex)
        + _tag("DOB", child.born)
        + "</PupilIdentifiers>"
        + (f"<PupilCharacteristics>{_tag('FundedHours', child.funded)}</PupilCharacteristics>" if child.funded else "")
        + f"<PupilStatus>{_tag('EnrolStatus', child.status)}</PupilStatus>"
        + (
            f"<HomeInformation><Address>{_tag('PostCode', child.postcode)}</Address></HomeInformation>"
            if child.postcode
            else ""
        )
        + "</PupilOnRoll>"
    )


def _leaver(child: Child) -> str:
    return (
        "<PupilNoLongerOnRoll><PupilIdentifiers>"
        + _tag("UPN", child.upn)
        + _tag("Surname", child.surname)
        + _tag("Forename", child.forename)
        + _tag("Sex", child.sex)
        + _tag("DOB", child.born)
        + "</PupilIdentifiers></PupilNoLongerOnRoll>"
    )


def _xml(name: str, term: str, year: int, roll: list[Child], left: list[Child]) -> str:
    """A return with as much in it as matching needs. Comments stand where a counting of nodes would trip."""
    council, school = name[:3], name[3:7]
    day = f"{year}-05-15"
    pupils = "\n<!-- next -->".join(_pupil(child) for child in roll)
    gone = f"<PupilsNoLongerOnRoll>{''.join(map(_leaver, left))}</PupilsNoLongerOnRoll>" if left else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message><Header><CollectionDetails><Collection>SC</Collection>'
        f"<Term>{term}</Term><Year>{year}</Year><ReferenceDate>{day}</ReferenceDate></CollectionDetails>"
        f"<Source><SourceLevel>S</SourceLevel><LEA>{council}</LEA><Estab>{school}</Estab><URN>1{school}0</URN>"
        f"<SoftwareCode>Strangers</SoftwareCode><Release>1</Release><SerialNo>001</SerialNo>"
        f"<DateTime>{day}T09:00:00</DateTime></Source><Content><CBDSLevels><CBDSLevel>School</CBDSLevel>"
        f"<CBDSLevel>Pupil</CBDSLevel></CBDSLevels></Content></Header><School><SchoolCharacteristics>"
        f"<SchoolName>School {school}</SchoolName></SchoolCharacteristics></School>"
        f"<Pupils><PupilsOnRoll>{pupils}</PupilsOnRoll>{gone}</Pupils></Message>"
    )
