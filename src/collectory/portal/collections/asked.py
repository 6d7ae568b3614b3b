"""What the pages that open and change a data collection were filled in with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils import timezone

from collectory.portal.collections.models import DataCollection, ErrorPolicy, OkPolicy, QueryPolicy
from collectory.portal.collections.services.opening import problems_with
from collectory.portal.collections.who import SOURCES, Who, native_ids_in
from collectory.portal.people.models import Organisation

MOMENTS = ("opens_at", "deadline_at", "closes_at", "closes_to_agents_at", "closes_wholly_at")
TEXTS = {"title": 160, "guidance": 4000, "help_contact": 200}
SWITCHES = ("allows_upload", "allows_adding_on_screen", "allows_delete")
POLICIES: dict[str, type[TextChoices]] = {
    "errors_at_submission": ErrorPolicy,
    "queries_at_submission": QueryPolicy,
    "who_oks": OkPolicy,
}
BEGIN_WITH: dict[type[TextChoices], TextChoices] = {
    ErrorPolicy: ErrorPolicy.EXPLAINED,
    QueryPolicy: QueryPolicy.EXPLAINED,
    OkPolicy: OkPolicy.COLLECTOR,
}
FORMS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d/%m/%Y")


def moment(text: str) -> dt.datetime | None:
    """A date and time as browsers send it or as people type it, in the service's own time zone; None for no such."""
    text = " ".join(text.replace("T", " ").split())[:16]
    for form in FORMS:
        try:
            return timezone.make_aware(dt.datetime.strptime(text, form))
        except (ValueError, OverflowError):
            continue
    return None


def as_typed(value: dt.datetime | None) -> str:
    """A date and time for the field of a form."""
    return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if value else ""


def given_of(collection: DataCollection) -> dict[str, Any]:
    """What the form shows for a data collection as it is."""
    given: dict[str, Any] = {name: as_typed(getattr(collection, name)) for name in MOMENTS}
    for name in (*TEXTS, *SWITCHES, *POLICIES):
        given[name] = getattr(collection, name)
    return given


def values_of(form: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a form, and what is wrong with them by field."""
    values: dict[str, Any] = {name: form.get(name, "").strip()[:longest] for name, longest in TEXTS.items()}
    values |= {name: form.get(name) == "yes" for name in SWITCHES}
    problems = {}
    for name in MOMENTS:
        typed = form.get(name, "").strip()
        values[name] = moment(typed)
        if typed and values[name] is None:
            problems[name] = f"“{typed[:30]}” is no date and time. Write it as 2026-10-01 07:30."
    for name, policy in POLICIES.items():
        values[name] = _one_of(form.get(name, ""), policy)
    return values, {**problems_with(values), **problems}


def _one_of(value: str, policy: type[TextChoices]) -> str:
    return value if value in policy.values else str(BEGIN_WITH[policy])


def who_of(form: QueryDict) -> Who:
    """Who must return, as the form says."""
    sources = form.get("sources", "schools")
    return Who(
        sources if sources in SOURCES else "schools",
        tuple(form.getlist("types")),
        tuple(form.getlist("phases")),
        tuple(form.getlist("authorities")),
        native_ids_in(form.get("native_ids", "")),
    )


OwnDates = Mapping[int, tuple[dt.datetime | None, dt.datetime | None]]


def own_dates(text: str) -> tuple[OwnDates, list[str]]:
    """The dates of single authorities from lines "855; 2026-10-01 07:30; 2026-10-08 16:00", tabs as good as semicolons.

    Gives them by the authority's id, and what is wrong with which line.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    parts = [(number, [part.strip() for part in re.split(r"[;\t]", line)]) for number, line in lines]
    known = {
        one.native_id: one.pk
        for one in Organisation.objects.filter(
            kind=Organisation.Kind.AUTHORITY, native_id__in=[row[0][:16] for _, row in parts]
        )
    }
    found: dict[int, tuple[dt.datetime | None, dt.datetime | None]] = {}
    problems = []
    for number, row in parts:
        opens, deadline = (*row[1:3], "", "")[:2]
        moments = moment(opens), moment(deadline)
        if row[0] not in known:
            problems.append(f"Line {number}: there is no authority {row[0][:16]}.")
        elif known[row[0]] in found:
            problems.append(f"Line {number}: authority {row[0]} is in the list twice.")
        elif len(row) > 3 or any(typed and not read for typed, read in zip((opens, deadline), moments, strict=True)):
            problems.append(
                f"Line {number}: write authority; opening; deadline, such as 855; 2026-10-01 07:30; 2026-10-08 16:00."
            )
        elif moments == (None, None):
            problems.append(f"Line {number}: authority {row[0]} has no date. Leave it out if it has the dates of all.")
        else:
            found[known[row[0]]] = moments
    return found, problems


def dates_as_typed(collection: DataCollection) -> str:
    """The dates of single authorities as lines that `own_dates` reads."""
    rows = collection.authority_dates.select_related("authority")
    return "\n".join(
        "; ".join(
            [one.authority.native_id, *(as_typed(each).replace("T", " ") for each in (one.opens_at, one.deadline_at))]
        )
        for one in rows
    )
