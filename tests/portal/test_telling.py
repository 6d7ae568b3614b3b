"""Telling people: news in the transaction of what happened, made in pieces, mailed once, as each person wishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from smtplib import SMTPResponseException
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collectory.portal.collections.models import AuthorityDates, DataCollection
from collectory.portal.collections.services import opening
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import Happening, State
from collectory.portal.telling.kinds import OF_EVENT, Kind
from collectory.portal.telling.models import Mail, News, ToTell, Wish
from collectory.portal.telling.services import clock, mailing, spreading, upkeep
from tests.portal.in_state import bring_to, person
from tests.portal.many_schools import schools

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_memory(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ADDRESS = "https://collectory.example"


@pytest.fixture
def school(collection: DataCollection) -> Return:
    """The return of 8552001, whose one person has an address."""
    User.objects.update(email="")
    User.objects.filter(pk=person("8552001", Role.SOURCE).user_id).update(email="office@example.org")
    return Return.objects.select_related("organisation", "collection").get(
        collection=collection, organisation__native_id="8552001"
    )


def kinds_of(native_id: str, role: Role = Role.SOURCE) -> list[str]:
    return list(News.objects.filter(user=person(native_id, role).user).order_by("pk").values_list("kind", flat=True))


def tell() -> None:
    """What a worker does, until nothing is left."""
    while upkeep.something_left():
        upkeep.work()


@pytest.mark.parametrize("kind", list(OF_EVENT))
def test_an_event_tells_its_people_once(school: Return, kind: Happening) -> None:
    before = {
        Happening.ASKED: State.APPROVED,
        Happening.AUTHORISED: State.APPROVED,
        Happening.REOPENED: State.AUTHORISED,
    }
    bring_to(school, before.get(kind, State.SUBMITTED))
    ToTell.objects.all().delete()
    department = Membership.objects.get(user__username="department")
    agent = person("855", Role.AGENT)
    part = Part.AGENT if kind is Happening.APPROVED else Part.COLLECTOR
    who = agent if part is Part.AGENT else department
    with transaction.atomic():
        actor = Actor(who.user, who.organisation, who.role, part)
        record(locked(school.pk), actor, kind, reason="Ada Osborne is missing")
    tell()
    tell()
    assert kinds_of("8552001") == [OF_EVENT[kind].value]
    told_agent = kind in {Happening.REJECTED, Happening.AUTHORISED, Happening.REOPENED}
    assert kinds_of("855", Role.AGENT) == ([OF_EVENT[kind].value] if told_agent else [])
    sent = [one for one in mail.outbox if one.to == ["office@example.org"]]
    assert len(sent) == 1 and "8552001" in sent[0].body and "https://collectory.example/news/" in sent[0].body
    assert "Osborne" not in sent[0].body + sent[0].subject, "no word that a person typed"


def test_what_is_rolled_back_is_told_to_nobody(school: Return) -> None:
    bring_to(school, State.SUBMITTED)
    agent = person("855", Role.AGENT)
    with transaction.atomic():
        record(locked(school.pk), Actor(agent.user, agent.organisation, agent.role, Part.AGENT), Happening.APPROVED)
        transaction.set_rollback(True)
    tell()
    assert not News.objects.filter(kind=Kind.APPROVED.value).exists()


def test_an_opening_is_told_in_pieces_and_taken_up_again(collection: DataCollection, monkeypatch: Any) -> None:
    returns = schools(collection, 60)
    for each in returns:
        person(each.organisation.native_id, Role.SOURCE)
    person("855", Role.AGENT)
    DataCollection.objects.update(opens_at=timezone.now() - DAY)
    monkeypatch.setattr(spreading, "PIECE", 25)
    assert clock.tick() == 1 and clock.tick() == 0
    with CaptureQueriesContext(connection) as queries:
        assert spreading.spread_piece()
    assert len(queries) < 15, "a piece, not one by one"
    first = News.objects.count()
    assert 0 < first < 60

    def die(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ToTell, "save", die)
        with pytest.raises(KeyboardInterrupt):
            spreading.spread_piece()
    assert News.objects.count() == first, "a piece that was not finished leaves nothing"
    tell()
    tell()
    for each in returns:
        assert kinds_of(each.organisation.native_id) == [Kind.OPENED.value]
    agent = News.objects.get(user=person("855", Role.AGENT).user)
    assert agent.details["count"] > 60 and "have" not in agent.words and str(agent.details["count"]) in agent.words


def test_the_clock_moved_past_each_date(school: Return, collection: DataCollection) -> None:
    now = timezone.now()
    other = Organisation.objects.create(native_id="856", name="Fenshire", kind=Organisation.Kind.AUTHORITY)
    fen = Organisation.objects.create(
        native_id="8562001", name="Fen School", kind="school", school_type="maintained", authority=other, agent=other
    )
    Return.objects.create(collection=collection, organisation=fen)
    DataCollection.objects.update(opens_at=now + DAY, deadline_at=now + 20 * DAY, closes_at=now + 30 * DAY)
    AuthorityDates.objects.create(
        collection=collection, authority=other, opens_at=now + 3 * DAY, deadline_at=now + 25 * DAY
    )
    person("8562001", Role.SOURCE)
    assert clock.tick(now) == 0

    def at(days: float) -> tuple[list[str], list[str]]:
        clock.tick(now + days * DAY)
        clock.tick(now + days * DAY)
        tell()
        return kinds_of("8552001"), kinds_of("8562001")

    assert at(1.1) == ([Kind.OPENED], [])
    assert at(3.1) == ([Kind.OPENED], [Kind.OPENED])
    assert at(13.5) == ([Kind.OPENED, Kind.DEADLINE], [Kind.OPENED])
    assert at(18.5)[0].count(Kind.DEADLINE) == 2
    assert at(19.5)[0].count(Kind.DEADLINE) == 2
    bring_to(school, State.SUBMITTED)
    theirs, fens = at(20.5)
    assert Kind.OVERDUE not in theirs, "it is submitted"
    assert fens == [Kind.OPENED, Kind.DEADLINE]
    assert at(25.5)[1].count(Kind.OVERDUE) == 1


def test_loaded_and_forgotten(school: Return) -> None:
    bring_to(school, State.LOADED)
    now = timezone.now()
    assert clock.tick(now + 2 * DAY) == 0
    assert clock.tick(now + 4 * DAY) == 1 and clock.tick(now + 9 * DAY) == 0, "once for each time"
    tell()
    assert kinds_of("8552001") == [Kind.FORGOTTEN.value]


def test_a_familiarisation_says_when_it_ends(school: Return, collection: DataCollection) -> None:
    now = timezone.now()
    DataCollection.objects.update(is_live=False, closes_at=now + 9 * DAY)
    assert clock.tick(now + 8 * DAY) == 1
    tell()
    news = News.objects.get(user=person("8552001", Role.SOURCE).user)
    assert news.kind == Kind.ENDING and "(familiarisation)" in news.words and "removed" in news.words


def test_changed_dates_are_told(school: Return, collection: DataCollection) -> None:
    department = Membership.objects.get(user__username="department")
    later = collection.closes_at + DAY
    opening.change(collection, {"closes_at": later}, reason="Snow", membership=department)
    opening.change(collection, {"guidance": "New"}, reason="Snow", membership=department)
    tell()
    assert kinds_of("8552001") == [Kind.DATES.value] and "Snow" not in News.objects.all()[0].words


def test_what_nobody_could_see_before_is_told_as_opened_only(school: Return, collection: DataCollection) -> None:
    now = timezone.now()
    DataCollection.objects.filter(pk=collection.pk).update(opens_at=now + dt.timedelta(days=7))
    collection.refresh_from_db()
    department = Membership.objects.get(user__username="department")
    opening.change(collection, {"opens_at": now - dt.timedelta(hours=1)}, reason="", membership=department)
    clock.tick(now)
    tell()
    assert kinds_of("8552001") == [Kind.OPENED.value]


def test_each_person_chooses(school: Return, signed_in: SignedIn, settings: Any) -> None:
    user = person("8552001", Role.SOURCE).user
    client = signed_in(user.username)
    page = client.get("/news/what-i-am-told/").content.decode()
    assert "office@example.org" in page
    client.post("/news/what-i-am-told/", {"rejected": "list", "approved": "daily", "opened": "nonsense"})
    assert dict(Wish.objects.filter(user=user).values_list("kind", "how")) == {"rejected": "list", "approved": "daily"}
    bring_to(school, State.REJECTED_BY_AGENT)
    tell()
    assert not mail.outbox and "News (1" in client.get("/collections/").content.decode()
    bring_back(school)
    tell()
    due = News.objects.get(user=user, kind=Kind.APPROVED.value).due_at
    assert due and due > timezone.now() and timezone.localtime(due).hour == 7 and not mail.outbox
    News.objects.filter(kind=Kind.APPROVED.value).update(due_at=timezone.now())
    tell()
    assert len(mail.outbox) == 1


def bring_back(school: Return) -> None:
    agent = person("855", Role.AGENT)
    source = person("8552001", Role.SOURCE)
    with transaction.atomic():
        current = locked(school.pk)
        record(current, Actor(source.user, source.organisation, source.role, Part.SOURCE), Happening.SUBMITTED)
        record(current, Actor(agent.user, agent.organisation, agent.role, Part.AGENT), Happening.APPROVED)


def test_the_list(school: Return, signed_in: SignedIn) -> None:
    bring_to(school, State.REJECTED_BY_AGENT)
    tell()
    client = signed_in(person("8552001", Role.SOURCE).user.username)
    page = client.get("/news/").content.decode()
    assert "A return is rejected" in page and f"/collections/{school.collection.slug}/8552001/" in page
    other = signed_in("department")
    pk = News.objects.get(user__username="source-8552001").pk
    other.post("/news/read/", {"one": str(pk)})
    assert News.objects.get(pk=pk).read_at is None, "nobody marks what is another's"
    client.post("/news/read/", {"until": str(pk)})
    assert News.objects.get(pk=pk).read_at is not None
    assert "Nothing is unread" in client.get("/news/?show=unread").content.decode()
    assert "A return is rejected" not in other.get("/news/").content.decode()


def test_several_news_are_one_mail(school: Return) -> None:
    bring_to(school, State.REJECTED_BY_AGENT)
    bring_back(school)
    tell()
    assert len(mail.outbox) == 1 and mail.outbox[0].subject == "2 news about your data collections"
    assert mail.outbox[0].body.count("8552001") == 2 and "&#" not in mail.outbox[0].body


class Refusing:
    """A mail connection that refuses, or breaks off, so many times."""

    def __init__(self, problem: Exception, times: int) -> None:
        self.problem, self.times, self.tried = problem, times, 0

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send_messages(self, messages: list[Any]) -> int:
        self.tried += 1
        if self.tried <= self.times:
            raise self.problem
        mail.outbox.extend(messages)
        return len(messages)


@pytest.mark.parametrize(
    ("problem", "state", "mails"),
    [(SMTPResponseException(451, b"later"), Mail.State.SENT, 1), (TimeoutError(), Mail.State.UNSURE, 0)],
)
def test_refused_mails_are_sent_later_and_doubtful_ones_never(
    school: Return, monkeypatch: Any, problem: Exception, state: str, mails: int
) -> None:
    refusing = Refusing(problem, 1)
    monkeypatch.setattr(mailing, "get_connection", lambda: refusing)
    bring_to(school, State.REJECTED_BY_AGENT)
    tell()
    assert not mail.outbox
    Mail.objects.update(next_at=timezone.now())
    tell()
    Mail.objects.update(next_at=timezone.now())
    tell()
    assert Mail.objects.get().state == state and len(mail.outbox) == mails


def test_what_a_dead_worker_was_sending_is_not_sent_again(school: Return) -> None:
    bring_to(school, State.REJECTED_BY_AGENT)
    while spreading.spread_piece():
        pass
    mailing.make_mails()
    Mail.objects.update(state=Mail.State.SENDING, sending_at=timezone.now() - dt.timedelta(hours=1))
    tell()
    assert Mail.objects.get().state == Mail.State.UNSURE and not mail.outbox


def test_who_has_gone_gets_no_mail(school: Return) -> None:
    bring_to(school, State.REJECTED_BY_AGENT)
    while spreading.spread_piece():
        pass
    Membership.objects.filter(user__username="source-8552001").update(archived_at=timezone.now())
    tell()
    assert not mail.outbox and not Mail.objects.exists()
