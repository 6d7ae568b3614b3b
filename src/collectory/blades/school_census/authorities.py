"""Local authority numbers that may stand inside a UPN.

Wider than the authorities of today: a UPN stays valid when the authority that issued it is gone.
"""

from __future__ import annotations

RANGES = (
    "001-005 201-213 301-320 330-336 340-344 350-359 370-373 380-384 390-394 420 660-681 701-708 800-803 "
    "805-808 810-813 815-816 820-823 825-826 830-831 835-837 840-841 845-846 850-852 855-857 860-861 865-896 "
    "908-909 916 919 921 925-926 928-929 931 933 935-938"
)

ADDED = {
    "2019-2": "838-839",  # Dorset; Bournemouth, Christchurch and Poole
    "2021-2": "940-941",  # North and West Northamptonshire
    "2023-2": "942-943",  # Cumberland; Westmorland and Furness
}


def numbers(ranges: str) -> frozenset[str]:
    """The three-digit numbers of ranges written as "001-005 420"."""
    found: set[str] = set()
    for each in ranges.split():
        first, _, last = each.partition("-")
        found.update(f"{number:03}" for number in range(int(first), int(last or first) + 1))
    return frozenset(found)


def upn_authorities(when: str) -> frozenset[str]:
    """The numbers that an edition accepts as characters 2 to 4 of a UPN."""
    return numbers(" ".join([RANGES, *(more for since, more in ADDED.items() if when >= since)]))
