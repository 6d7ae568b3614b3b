"""News and reminders about cases: one line for each return and agent, nothing of a pupil, nothing twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from collectory.portal.cases.models import Case, CaseDates
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services.keeping import keep
from collectory.portal.cases.states import Happening as H
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, User
from collectory.portal.telling.models import News, ToTell
from collectory.portal.telling.services import clock
from tests.portal.cases_world import agent, clash, do, kept, of, record, school, side, source
from tests.portal.test_telling import tell

HOUR = dt.timedelta(hours=1)
Later = dt.timedelta


@pytest.fixture
def across(collection: DataCollection, settings: Any) -> DataCollection:
    """Schools of two councils, their people, and one case; nothing else is due."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ADDRESS = "https://collectory.example"
    school("8564001", "Fern High School", "856", agent="856", collection=collection)
    for who in (source("8554002"), source("8564001"), agent("855"), agent("856")):
        User.objects.filter(pk=who.user_id).update(email=f"{who.pk}@example.org")
    clock.tick()
    ToTell.objects.all().delete()
    return collection


def said_to(who: Membership) -> list[str]:
    return [one.words for one in News.objects.filter(user=who.user, kind__startswith="cases").order_by("pk")]


def later(hours: float) -> None:
    clock.tick(timezone.now() + hours * HOUR)
    tell()


def some_cases(collection: DataCollection, count: int) -> list[Case]:
    ours, theirs = of(collection, "8554002"), of(collection, "8564001")
    keep(collection, [clash(record(ours, {}, n), record(theirs, {}, n), key=str(n)) for n in range(count)])
    return list(Case.objects.order_by("pk"))


def test_an_upload_that_opens_many_cases_is_one_piece_of_news(across: DataCollection) -> None:
    some_cases(across, 40)
    later(0.1)
    title = "School Census 2021 autumn: cases of duplicate pupils of"
    assert said_to(source("8554002")) == [f"{title} Wharf Lane High School (8554002): 40 new. Sign in to settle them."]
    assert said_to(agent("856")) == [f"{title} Council 856 (856): 40 new. Sign in to settle them."]
    later(0.2)
    later(5)
    assert len(said_to(source("8554002"))) == 1, "nothing is told twice"


def test_who_did_it_is_not_told_and_the_others_are(across: DataCollection) -> None:
    case, *_ = some_cases(across, 2)
    later(0.1)
    do(case, source("8554002"), H.PROPOSED, "Secret reason", proposal=Proposal(What.LEFT, by=side(case, "8554002").pk))
    do(case, agent("856"), H.AGREED)
    later(0.5)
    assert len(said_to(source("8564001"))) == 1, "not more than once an hour"
    later(2)
    assert said_to(source("8554002"))[1].endswith(": 1 agreed. Sign in to settle them.")
    assert said_to(source("8564001"))[1].endswith(": 1 with a proposal, 1 agreed. Sign in to settle them.")
    assert said_to(agent("856"))[1].endswith(": 1 with a proposal. Sign in to settle them.")
    assert said_to(agent("855"))[1].endswith(": 1 with a proposal, 1 agreed. Sign in to settle them.")
    people = {f"{who.pk}@example.org" for who in (source("8554002"), source("8564001"), agent("855"), agent("856"))}
    assert sorted(each.to[0] for each in mail.outbox if each.to[0] in people) == sorted([*people, *people])
    for each in mail.outbox:
        for secret in ("Secret", "Osborne", "Ada", "A800000000001", "2009"):
            assert secret not in each.body + each.subject


def test_what_is_known_from_an_earlier_case_is_no_news(across: DataCollection) -> None:
    rows = [record(of(across, place), {"upn": place}) for place in ("8554002", "8564001")]
    from collectory.portal.cases.models import Kind

    case = kept(across, clash(*rows, kind=Kind.SAME_PERSON, verdict="different-upn"))
    do(case, agent("855"), H.PROPOSED, proposal=Proposal(What.NOT_SAME))
    do(case, agent("856"), H.AGREED)
    Case.objects.all().delete()
    kept(across, clash(*rows, kind=Kind.SAME_PERSON, verdict="different-upn"))
    later(0.1)
    assert said_to(source("8554002")) == []


def test_reminders_before_the_deadline_and_once_after_it(across: DataCollection) -> None:
    deadline = timezone.now() + dt.timedelta(days=6)
    CaseDates.objects.update_or_create(collection=across, defaults={"deadline_at": deadline})
    first, second, _ = some_cases(across, 3)
    by = side(first, "8554002").pk
    do(first, source("8554002"), H.PROPOSED, proposal=Proposal(What.LEFT, by=by))
    later(0.1)

    def reminded(who: Membership) -> list[str]:
        return [one for one in said_to(who) if "wait" in one]

    assert [one.split(": ")[1].split(" for ")[0] for one in reminded(source("8554002"))] == [
        "2 cases of duplicate pupils wait"
    ], "the proposal waits for the other side"
    assert len(reminded(source("8564001"))) == len(reminded(agent("856"))) == 1
    assert reminded(agent("856"))[0].split(": ")[1].startswith("3 cases of duplicate pupils wait for Council 856")
    later(1)
    assert len(reminded(source("8554002"))) == 1
    later(24 * 4.5)
    assert len(reminded(source("8554002"))) == 2
    later(24 * 7)
    assert len(reminded(source("8554002"))) == 3 and "were to be settled by" in reminded(source("8554002"))[2]
    assert second.is_unfinished


def test_a_trial_reminds_nobody(across: DataCollection) -> None:
    across.is_live = False
    across.save()
    CaseDates.objects.update_or_create(
        collection=across, defaults={"deadline_at": timezone.now() + dt.timedelta(days=1)}
    )
    some_cases(across, 1)
    later(0.1)
    assert not [one for one in said_to(source("8554002")) if "wait" in one]
