"""The work lists of cases of duplicate pupils, with a hundred cases and with ten thousand; opening and closing them.

    python -m bench.cases [CASES]
    DATABASE_URL=postgres://postgres@127.0.0.1/bench_cases python -m bench.cases

On SQLite in a folder of its own, or on the PostgreSQL database that is named, which must be new or of an earlier run.
400 schools of four councils; the whole page is timed, as the view makes it. Each is printed with its ratio to the page
with a hundred cases, and to the bare counting of all cases by state in the same database.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

SCHOOLS, COUNCILS, ROUNDS = 400, 4, 7


def timed(do: Callable[[], object]) -> float:
    """Milliseconds, the median of some rounds after a first one."""
    do()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        do()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def prepare() -> Any:
    """Migrate, and make the data collection with its schools."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from collectory.portal import demonstration
    from collectory.portal.people.models import Membership, Organisation, User
    from collectory.portal.returns.models import Return

    collection = demonstration.set_up()
    councils = [
        Organisation.objects.get_or_create(native_id=f"9{n}0", defaults={"name": f"Council {n}", "kind": "authority"})[
            0
        ]
        for n in range(COUNCILS)
    ]
    for number in range(SCHOOLS):
        council = councils[number % COUNCILS]
        school, _ = Organisation.objects.get_or_create(
            native_id=f"{council.native_id}{4000 + number}",
            defaults={"name": f"School {number}", "kind": "school", "authority": council, "agent": council},
        )
        Return.objects.get_or_create(collection=collection, organisation=school)
    user, _ = User.objects.get_or_create(username="bench")
    for role, place in (("source", "9004000"), ("agent", "900")):
        Membership.objects.get_or_create(user=user, role=role, organisation=Organisation.objects.get(native_id=place))
    return collection


def made_clashes(collection: Any, first: int, count: int) -> list[Any]:
    """Clashes of two schools drawn by lot, some of three."""
    from collectory.portal.cases.found import Found, Record
    from collectory.portal.cases.models import Kind
    from collectory.portal.returns.models import Return

    lots = random.Random(first)
    schools = list(
        Return.objects.filter(collection=collection, organisation__native_id__startswith="9")
        .order_by("pk")
        .values_list("pk", "organisation", "organisation__authority")
    )
    found = []
    for number in range(first, first + count):
        values = {"upn": f"A{number:012d}", "surname": f"Surname{number}", "forename": "Ann", "status": "C"}
        sides = lots.sample(schools, 3 if number % 20 == 0 else 2)
        records = tuple(Record(*side, "PupilOnRoll", number % 300, 1, values) for side in sides)
        found.append(Found(Kind.SAME_UPN, number, "not-allowed", "Two alone.", records))
    return found


def pages(collection: Any) -> dict[str, float]:
    """The first page of the list for a school, a council and the department, and the last page of all cases."""
    from django.db.models import Count

    from collectory.portal.cases import lists
    from collectory.portal.cases.lists import Wanted
    from collectory.portal.cases.models import Case
    from collectory.portal.people.models import Membership

    people = {
        "school": Membership.objects.get(user__username="bench", role="source"),
        "council": Membership.objects.get(user__username="bench", role="agent"),
        "department": Membership.objects.get(user__username="department"),
    }
    found = {
        name: timed(lambda who=who: lists.page_of(collection, who, Wanted(list="open")))  # type: ignore[misc]
        for name, who in people.items()
    }
    last = Wanted(list="all", sort="-state", page="999999")
    found["department, last page by state"] = timed(lambda: lists.page_of(collection, people["department"], last))
    bare = Case.objects.filter(collection=collection).order_by().values("state").annotate(count=Count("pk"))
    found["bare count by state"] = timed(lambda: list(bare.all()))
    return found


def main() -> None:
    """Print it."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collectory.portal.settings")
    os.environ["COLLECTORY_DEBUG"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLLECTORY_DATA"] = folder
        collection = prepare()
        from collectory.portal.cases.models import Case
        from collectory.portal.cases.services.keeping import keep

        Case.objects.all().delete()
        keep(collection, made_clashes(collection, 0, 100))
        few = pages(collection)
        start = time.perf_counter()
        keep(collection, made_clashes(collection, 100, most - 100))
        opening = (time.perf_counter() - start) / (most - 100) * 1000
        many = pages(collection)
        print(f"{'':32}{100:>12,}{most:>12,} cases")
        for name, taken in many.items():
            ratio = f"x {taken / few[name]:.1f}, x {taken / many['bare count by state']:.1f} of the bare count"
            print(f"{name:32}{few[name]:>9.1f} ms{taken:>9.1f} ms   {ratio}")
        one = made_clashes(collection, 5_000_000, 30)
        took = timed(lambda: (keep(collection, one), keep(collection, [], [(each.kind, each.key) for each in one])))
        print(f"opened, each of {most - 100:,}: {opening:.2f} ms; thirty opened again and closed: {took:.0f} ms")


if __name__ == "__main__":
    main()
