"""The collector's lists of a nation: 22,000 sources, beside a bare count of the same returns.

    python -m bench.agent_page [SOURCES]

Made up in a database of its own in memory; DATABASE_URL measures on PostgreSQL instead (a database that does not exist
yet, which is deleted again). Six events a return, a question on three in ten. Each page as the collector's browser
gets it, best of five, and in the same run the least that any such list must ask of the database: how many returns of
this data collection there are. What is kept in the cache for some minutes is there, but for the first two figures.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.portal.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - the models are there once Django is set up
from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from collectory.portal import demonstration  # noqa: E402
from collectory.portal.judging.models import Question  # noqa: E402
from collectory.portal.people.models import Organisation, User  # noqa: E402
from collectory.portal.returns.models import Event, Return  # noqa: E402
from collectory.portal.returns.states import State  # noqa: E402

TURNS = 5
SOURCES = ["", "?show=250", "?sort=-errors", "?state=submitted&errors=some", "?find=hill+99", "?page=300"]
WORK = ["", "?list=answered", "?list=all", "?list=not-sent&name=hill+99"]
PAGES = [f"sources/{query}" for query in SOURCES] + [f"work/{query}" for query in WORK]


def nation(sources: int) -> None:
    """Schools in 150 authorities, a third of them academies, with returns in every state."""
    collection = demonstration.set_up()
    department = Organisation.objects.get(native_id="000")
    councils = Organisation.objects.bulk_create(
        Organisation(native_id=f"{number}", name=f"Council {number}", kind="authority", agent=department)
        for number in range(200, 350)
    )
    schools = Organisation.objects.bulk_create(
        (
            Organisation(
                native_id=f"{councils[number % 150].native_id}{2000 + number // 150}",
                name=f"Hill {number} School",
                kind="school",
                phase=("primary", "primary", "secondary", "special")[number % 4],
                school_type="academy" if number % 3 == 0 else "maintained",
                authority=councils[number % 150],
                agent=department if number % 3 == 0 else councils[number % 150],
            )
            for number in range(sources)
        ),
        batch_size=2000,
    )
    states, now = list(State), timezone.now()
    Return.objects.bulk_create(
        (
            Return(
                collection=collection,
                organisation=school,
                state=states[number % len(states)].value,
                errors=number % 7,
                queries=number % 5,
                touched_at=now,
            )
            for number, school in enumerate(schools)
        ),
        batch_size=2000,
    )
    returns = list(Return.objects.filter(organisation__in=schools).values_list("pk", "state"))
    days = [now - dt.timedelta(days=day) for day in range(7)]
    Event.objects.bulk_create(
        (
            Event(
                data_return_id=key,
                at=days[(key + turn) % 7],
                part="source",
                kind="uploaded",
                from_state=before,
                to_state=after,
            )
            for key, _ in returns
            for turn, (before, after) in enumerate(pairwise([State.NO_DATA, *([State.LOADED, State.SUBMITTED] * 3)]))
        ),
        batch_size=5000,
    )
    turns = [Question.State.WITH_SOURCE, Question.State.WITH_COLLECTOR, Question.State.SETTLED]
    Question.objects.bulk_create(
        (Question(data_return_id=key, state=turns[key % 3]) for key, state in returns if key % 10 < 3),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def best(do: Callable[[], Any]) -> float:
    """Seconds of CPU or of waiting, the least of some turns."""
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return min(times)


def main(sources: int) -> None:
    """Make the nation, measure, throw it away."""
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        nation(sources)
        client = Client()
        client.force_login(User.objects.get(username="department"), "django.contrib.auth.backends.ModelBackend")
        address = f"/collections/{demonstration.EDITION}/"
        returns = Return.objects.filter(collection__slug=demonstration.EDITION)
        bare = best(returns.count)
        print(f"{sources:,} sources on {connection.vendor}; a bare count of the returns {bare * 1000:.1f} ms")
        for page in ["sources/", "work/"]:
            client.get(address + page)
            taken = best(lambda: (cache.clear(), client.get(address + page)))  # noqa: B023 - called at once
            print(f"  {page:<32}{taken * 1000:>7.0f} ms with nothing kept in the cache", flush=True)
        for page in PAGES:
            taken = best(lambda: client.get(address + page))  # noqa: B023 - called at once
            with CaptureQueriesContext(connection) as caught:
                answer = client.get(address + page)
            assert answer.status_code == 200
            slowest = max(caught.captured_queries, key=lambda each: float(each["time"]))
            asked = sum(float(each["time"]) for each in caught.captured_queries)
            print(
                f"  {page:<32}{taken * 1000:>7.0f} ms = {taken / bare:>5.1f} x the count; "
                f"{len(caught)} queries {asked * 1000:.0f} ms, the slowest {float(slowest['time']) * 1000:.0f} ms: "
                f"{slowest['sql'][:70]}",
                flush=True,
            )
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 22_000)
