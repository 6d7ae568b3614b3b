"""Which schools a made-up nation has: kinds in the shares of England, sizes about theirs, councils, trusts, numbers.

The shares and mean sizes are those of the published statistics of 2021/22 as far as we remember them (grade C: not
looked up), rounded: of 22,000 schools 76% primary, 15% secondary, 5% special, 2% nursery, 1.5% pupil referral units
and 1% all-through; 8.5 million pupils.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

GROUPS = (
    ("SS", "SS", "PR", "PS"),
    ("PS", "PS", "PS", "NS"),
    ("PS", "PS", "SS", "SS"),
    ("PS", "PS", "SP", "PS"),
    ("AT", "SS", "PS", "PS"),
    ("PS", "PS", "PS", "PS"),
)
FREQUENCY = (6, 7, 23, 18, 3, 43)
"""How many of a hundred groups of four schools are of each make-up."""

MEAN_SIZES = {"PS": 281, "SS": 1054, "SP": 146, "NS": 92, "PR": 42, "AT": 1180}
SPREAD = {"PS": 0.5, "SS": 0.35, "SP": 0.45, "NS": 0.4, "PR": 0.6, "AT": 0.35}
MEAN_OF_ALL = 386
SMALLEST, LARGEST = 12, 4000
"""Pupils. There are 999 serial numbers for the UPNs of a year."""

SCHOOLS_OF_A_COUNCIL, MOST_COUNCILS = 145, 150
FIRST_NUMBERS = {"PS": 2000, "SS": 4000, "SP": 7000, "NS": 1000, "PR": 1100, "AT": 6000}
FIRST_URN = 200_000
PLACES = (
    "Wistow", "Charnbrook", "Thurnaston", "Soar Vale", "Swithby", "Bradmoor", "Foxbury", "Quenby", "Hathernby",
    "Enderthorpe", "Tugthorpe", "Kilworth Heath", "Mountsoar", "Braunwick", "Groby Hollow", "Cropwell", "Oadwell",
    "Sileford", "Burrowthorpe", "Newtown Harvey",
)  # fmt: skip
KINDS = (
    "Castle", "Church", "Hill", "Park", "Brook", "Mill", "Abbey", "Meadow", "Orchard", "Manor", "Grange", "Priory",
    "St Mary's", "St Peter's", "Holy Trinity", "All Saints", "Queen's", "King's",
)  # fmt: skip
TITLES = {
    "PS": "Primary School", "SS": "Academy", "SP": "School", "NS": "Nursery School", "PR": "Pupil Referral Unit",
    "AT": "All-through Academy",
}  # fmt: skip
TRUSTS_OF = 6
"""Academies of a trust, on average."""


@dataclass(frozen=True)
class PlannedSchool:
    """A school before it has pupils.

    position  from 0 in the whole nation; the group is `position // 4`
    feeder    the number under which its pupils have got their UPNs; no other school has it
    """

    position: int
    council: str
    number: str
    phase: str
    pupils: int
    urn: str
    name: str
    trust: int | None
    feeder: str

    @property
    def source(self) -> str:
        return self.council + self.number


def council_name(position: int) -> str:
    """The name of a council; made up, unlike its number."""
    return f"{PLACES[position % len(PLACES)]}{('shire', ' District', ' Borough', ' City', '')[position % 5]} Council"


def planned(schools: int, seed: int, councils: tuple[str, ...], mean_size: float) -> Iterator[PlannedSchool]:
    """The schools of a nation in order, group by group: two of a council, two of the next."""
    lots = np.random.default_rng([seed & 0xFFFF_FFFF, 0x6E61])
    count = max(2, min(MOST_COUNCILS, len(councils), round(schools / SCHOOLS_OF_A_COUNCIL)))
    makeups = list(range(len(GROUPS)))  # a small nation has a group of every make-up first
    taken: dict[tuple[str, str], int] = {}
    for group in range(-(-schools // 4)):
        if group and group % len(GROUPS) == 0:
            makeups = lots.choice(len(GROUPS), len(GROUPS), p=np.array(FREQUENCY) / sum(FREQUENCY)).tolist()
        for place, phase in enumerate(GROUPS[makeups[group % len(GROUPS)]]):
            position = group * 4 + place
            if position >= schools:
                return
            at = (group + place // 2) % count
            council = councils[at]
            serial = taken.get((council, phase), 0)
            taken[council, phase] = serial + 1
            spread = SPREAD[phase]
            size = (
                MEAN_SIZES[phase] * mean_size / MEAN_OF_ALL * float(np.exp(lots.normal(-spread * spread / 2, spread)))
            )
            academy = phase in ("SS", "AT")
            yield PlannedSchool(
                position,
                council,
                str(FIRST_NUMBERS[phase] + serial),
                phase,
                min(LARGEST, max(SMALLEST, round(size))),
                str(FIRST_URN + position),
                f"{PLACES[serial % len(PLACES)]} {KINDS[(serial // len(PLACES) + at) % len(KINDS)]} {TITLES[phase]}",
                position // (4 * TRUSTS_OF) if academy else None,
                _feeder(phase, serial),
            )


def _feeder(phase: str, serial: int) -> str:
    """Schools that children come to later give no numbers; theirs are of a primary school that has closed."""
    own = {"SS": 3999, "SP": 3699, "PR": 3499, "AT": 3399}
    return str(own[phase] - serial) if phase in own else str(FIRST_NUMBERS[phase] + serial)
