"""Probable matches in the portal: counted, confirmed, compared, called off, taken up again; who sees what of them."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from collectory.portal.cases.models import Case
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import PupilRow
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from collectory.portal.probable.models import Match, Run, Setting
from collectory.portal.probable.services import running
from collectory.portal.returns.models import Return
from tests.portal.claimed import claim, pupil, school
from tests.portal.conftest import work_off

# The thread that watches a run has a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)

MINE, NEAR, FAR, DEPARTMENT = "8557001", "8557002", "9317001", "000"
SLUG = "school-census-2021-autumn"
LIST = f"/collections/{SLUG}/duplicates/probable/"
ANNE = {"Forename": "Henrietta", "Surname": "Featherstone", "MiddleNames": "Rose", "DOB": "2010-03-07"}
OLU = {"Forename": "Oluwaseun", "Surname": "Adeyemi", "MiddleNames": "Tobi", "DOB": "2010-05-19"}

People = Callable[[str, Role], Client]


@pytest.fixture
def person(collection: DataCollection) -> People:
    """A client of a person with a role at an organisation."""

    def of(native_id: str, role: Role) -> Client:
        client = Client()
        client.force_login(member(native_id, role).user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return of


def member(native_id: str, role: Role) -> Membership:
    if native_id == DEPARTMENT:
        kind = Organisation.Kind.DEPARTMENT
        organisation, _ = Organisation.objects.get_or_create(
            kind=kind, defaults={"native_id": "D1", "name": "Department"}
        )
    else:
        organisation = Organisation.objects.get(native_id=native_id)
    user, _ = User.objects.get_or_create(username=f"{role}-{native_id}")
    made, _ = Membership.objects.get_or_create(user=user, organisation=organisation, role=role)
    return made


def stranger(number: int) -> dict[str, str]:
    """A pupil whose names and birth date are like nobody's."""
    letters = hashlib.sha256(str(number).encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    born = dt.date(2010, 1, 1) + dt.timedelta(days=4 * number)
    return pupil(number, Forename=letters[:8].title(), Surname=letters[8:17].title(), DOB=born.isoformat())


@pytest.fixture
def claims(collection: DataCollection) -> DataCollection:
    """Three schools in two authorities; one pupil written in two ways at two of them, another across authorities."""
    school(FAR, "931", email="office@far.example")
    claim(collection, MINE, [pupil(1, **ANNE), pupil(2, **OLU), *(stranger(n) for n in range(10, 30))])
    claim(collection, NEAR, [pupil(3, **{**ANNE, "Surname": "Fetherstone"}), *(stranger(n) for n in range(30, 50))])
    other = {**OLU, "DOB": "2010-05-18", "FormerSurname": "Secretname"}
    claim(collection, FAR, [pupil(4, **other), *(stranger(n) for n in range(50, 70))])
    return collection


def compared(collection: DataCollection, by: Membership) -> Run:
    """A whole run, as a person goes through it."""
    run = running.count(collection, by)
    work_off()
    assert running.confirm(run)
    work_off()
    run.refresh_from_db()
    return run


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_collector_counts_confirms_and_finds(claims: DataCollection, person: People) -> None:
    client = person(DEPARTMENT, Role.COLLECTOR)
    assert "Pupils have not been compared yet" in text_of(client, LIST)
    address = client.post(f"{LIST}count/").headers["Location"]
    # A double click leads to the same run.
    assert client.post(f"{LIST}count/").headers["Location"] == address
    assert "Waiting for its turn" in text_of(client, address)
    work_off()
    run = Run.objects.get()
    assert run.stage == "asked"
    assert run.pairs is not None and run.pairs >= 2
    assert run.pupils == 64
    text = text_of(client, address)
    assert f"at most {run.pairs:,} comparisons" in text
    assert not Match.objects.exists()
    client.post(address)
    client.post(address)
    work_off()
    run.refresh_from_db()
    assert (run.stage, run.found) == ("finished", 2)
    text = text_of(client, LIST)
    assert "Featherstone, Henrietta" in text or "Fetherstone, Henrietta" in text
    assert "forename and surname differ by one slip" in text
    assert "Nothing was loaded or changed since" in text
    assert "Secretname" not in text
    match = Match.objects.order_by("-score").first()
    assert match is not None
    assert "<svg" in text_of(client, f"{LIST}{match.pk}/")
    assert "Look for probable matches" in text_of(client, f"/collections/{SLUG}/queues/")


def test_each_school_sees_its_own_and_of_others_what_it_needs(claims: DataCollection, person: People) -> None:
    compared(claims, member(DEPARTMENT, Role.COLLECTOR))
    far, near = person(FAR, Role.SOURCE), person(NEAR, Role.SOURCE)
    text = text_of(far, f"/collections/{SLUG}/{FAR}/duplicates/probable/")
    assert "Adeyemi" in text and "Featherstone" not in text
    between = [MINE, FAR]
    opened = Case.objects.filter(kind="probable", state="open")
    assert set(opened.values_list("key", "score")) == set(Match.objects.values_list("key", "score"))
    assert all("the sex is the same" in one.reasons for one in opened)
    mine = Match.objects.get(
        one_return__organisation__native_id__in=between, other_return__organisation__native_id__in=between
    )
    assert "<svg" in text_of(far, f"/collections/{SLUG}/{FAR}/duplicates/probable/{mine.pk}/")
    assert near.get(f"/collections/{SLUG}/{NEAR}/duplicates/probable/{mine.pk}/").status_code == 404
    assert near.get(f"/collections/{SLUG}/{FAR}/duplicates/probable/").status_code == 404
    assert near.get(LIST).status_code == 404
    assert "Secretname" not in text_of(person(MINE, Role.SOURCE), f"/collections/{SLUG}/{MINE}/duplicates/probable/")
    assert AccessLog.objects.filter(subject=f"{SLUG} probable", about__native_id=MINE).exists()

    answer = far.get(f"/collections/{SLUG}/{FAR}/duplicates/probable/list.csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [line["Last name"] for line in lines] == ["Adeyemi", "Adeyemi"]
    assert {line["Yours"] for line in lines} == {"yes", "no"}
    assert far.get(f"/collections/{SLUG}/{FAR}/duplicates/probable/list.pdf").status_code == 404


def test_an_authority_compares_its_own_schools_alone(claims: DataCollection, person: People) -> None:
    compared(claims, member(DEPARTMENT, Role.COLLECTOR))
    run = compared(claims, member("855", Role.AGENT))
    assert (run.found, run.pupils) == (1, 43)
    # What was found across authorities stays.
    assert Match.objects.count() == 2
    assert person("931", Role.AGENT).get(f"{LIST}runs/{run.pk}/").status_code == 404
    viewer = person("855", Role.AGENT_VIEWER)
    assert viewer.get(f"{LIST}runs/{run.pk}/").status_code == 200
    assert viewer.post(f"{LIST}runs/{run.pk}/", {"cancel": "yes"}).status_code == 404
    assert viewer.post(f"{LIST}count/").status_code == 404


def test_a_match_is_settled_as_a_case_and_that_is_remembered(claims: DataCollection, person: People) -> None:
    by = member(DEPARTMENT, Role.COLLECTOR)
    compared(claims, by)
    mine, near = person(MINE, Role.SOURCE), person(NEAR, Role.SOURCE)
    listed, theirs = (f"/collections/{SLUG}/{whose}/duplicates/probable/" for whose in (MINE, NEAR))
    case = Case.objects.get(kind="probable", sides__organisation__native_id=NEAR)
    address = f"/collections/{SLUG}/cases/{case.pk}/"
    assert address in text_of(near, theirs) and "Count <strong>1</strong>" in text_of(near, theirs)
    text = text_of(near, address)
    assert "forename and surname differ by one slip" in text and "the sex is the same" in text
    # Whoever has no side in it does not see it.
    assert person(FAR, Role.SOURCE).get(address).status_code == 404

    said = {"what": "not-same", "version": case.version, "reason": "Cousins."}
    assert mine.post(f"{address}propose/", said).status_code == 302
    case.refresh_from_db()
    assert near.post(f"{address}agree/", {"version": case.version}).status_code == 302
    case.refresh_from_db()
    assert case.state == "settled"
    text = text_of(near, theirs)
    assert "Count <strong>0</strong>" in text and "Henrietta" not in text
    assert "settled, the data stay as they are" in text_of(near, f"{theirs}?view=all")
    assert "Count: <strong>0</strong>" in text_of(near, f"/collections/{SLUG}/{NEAR}/reports/")
    assert address not in text_of(mine, listed), "the other match of this school is still listed"

    # Found again it stays settled; under other data of one of them it is asked anew, and under the old ones known.
    compared(claims, by)
    case.refresh_from_db()
    assert case.state == "settled"
    others = [stranger(n) for n in range(30, 50)]
    claim(claims, NEAR, [pupil(3, **{**ANNE, "Surname": "Fetherston"}), *others])
    compared(claims, by)
    case.refresh_from_db()
    assert case.state == "open"
    claim(claims, NEAR, [pupil(3, **{**ANNE, "Surname": "Fetherstone"}), *others])
    compared(claims, by)
    case.refresh_from_db()
    assert case.state == "settled"


def test_new_data_make_a_match_stale_and_the_next_run_settles_it(claims: DataCollection, person: People) -> None:
    by = member(DEPARTMENT, Role.COLLECTOR)
    compared(claims, by)
    kept = Match.objects.get(score=max(Match.objects.values_list("score", flat=True)))
    keys = set(Match.objects.values_list("key", flat=True))
    client = person(NEAR, Role.SOURCE)
    address = f"/collections/{SLUG}/{NEAR}/duplicates/probable/"
    assert "Henrietta" in text_of(client, address)
    # The other school corrects something else of the pupil: nothing of its new record is shown before it is compared.
    claim(
        claims, MINE, [pupil(1, **ANNE, EntryDate="2020-09-02"), pupil(2, **OLU), *(stranger(n) for n in range(10, 30))]
    )
    assert "Henrietta" in text_of(client, address)
    claim(claims, MINE, [pupil(1, **{**ANNE, "MiddleNames": "Rosa"}), pupil(2, **OLU)])
    text = text_of(client, address)
    assert "Changed since" in text and "Featherstone" not in text
    assert "1 return has new data since" in text
    compared(claims, by)
    assert set(Match.objects.values_list("key", flat=True)) == keys
    assert "Rosa" in text_of(client, address)
    # And then its UPN: one UPN is an exact case, and no probable match any more.
    claim(claims, MINE, [pupil(3, **ANNE), pupil(2, **OLU)])
    compared(claims, by)
    assert not Match.objects.filter(pk=kept.pk).exists()
    assert Match.objects.count() == 1
    # The case of the match was closed by the run that did not find it any more.
    states = dict(Case.objects.filter(kind="probable").values_list("key", "state"))
    assert states[kept.key] == "closed"
    assert sorted(states.values()) == ["closed", "open"]


def test_it_is_called_off_while_it_compares(
    claims: DataCollection, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SIGN_EVERY", 0.02)
    run = running.count(claims, member(DEPARTMENT, Role.COLLECTOR))
    work_off()
    running.confirm(run)
    rows = running._rows

    def called_off_meanwhile(given: Run) -> object:
        person(DEPARTMENT, Role.COLLECTOR).post(f"{LIST}runs/{run.pk}/", {"cancel": "yes"})
        return rows(given)

    monkeypatch.setattr(running, "_rows", called_off_meanwhile)
    work_off()
    run.refresh_from_db()
    assert run.stage == "cancelled"
    assert not Match.objects.exists()
    assert not running.cancel(run)
    # The next one is another run.
    assert running.count(claims, member(DEPARTMENT, Role.COLLECTOR)).pk != run.pk


def test_a_run_whose_process_was_killed_is_taken_up_again(claims: DataCollection) -> None:
    run = running.count(claims, member(DEPARTMENT, Role.COLLECTOR))
    work_off()
    running.confirm(run)
    long_ago = timezone.now() - dt.timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(stage="running", attempts=1, alive_at=timezone.now())
    work_off()
    call_command("match_probable", run.pk)
    assert running.recover() == 0, "somebody is at it"
    assert not Match.objects.exists()
    Run.objects.filter(pk=run.pk).update(alive_at=long_ago)
    assert running.recover() == 1
    work_off()
    run.refresh_from_db()
    assert (run.stage, run.attempts, run.found) == ("finished", 2, 2)

    again = running.count(claims, member(DEPARTMENT, Role.COLLECTOR))
    Run.objects.filter(pk=again.pk).update(attempts=running.MOST_ATTEMPTS, alive_at=long_ago)
    running.go(again.pk)
    again.refresh_from_db()
    assert again.stage == "failed"


def test_one_run_waits_for_another_and_says_so(claims: DataCollection, person: People) -> None:
    whole = running.count(claims, member(DEPARTMENT, Role.COLLECTOR))
    own = running.count(claims, member("855", Role.AGENT))
    Run.objects.filter(pk=whole.pk).update(attempts=1, alive_at=timezone.now())
    work_off()
    running.go(own.pk)
    own.refresh_from_db()
    assert (own.stage, own.attempts) == ("counting", 0)
    address = f"{LIST}runs/{own.pk}/"
    assert "Waiting for its turn" in text_of(person("855", Role.AGENT), address)
    # The other's process is killed: both go on, one after the other, and the page says what has happened.
    Run.objects.filter(pk=whole.pk).update(alive_at=timezone.now() - dt.timedelta(hours=1))
    told = person(DEPARTMENT, Role.COLLECTOR).get(f"{LIST}runs/{whole.pk}/progress/").json()
    assert told["stage"].startswith("It was broken off") and not told["finished"]
    assert running.recover() == 2
    work_off()
    assert set(Run.objects.values_list("stage", flat=True)) == {"asked"}
    running.confirm(whole)
    Run.objects.filter(pk=whole.pk).update(stage="running", attempts=2, alive_at=timezone.now())
    text = text_of(person(DEPARTMENT, Role.COLLECTOR), f"{LIST}runs/{whole.pk}/")
    assert "Comparing again: it was broken off (attempt 2 of 3)" in text


def test_each_sees_when_its_own_schools_were_compared(claims: DataCollection, person: People) -> None:
    compared(claims, member("931", Role.AGENT))
    assert "Pupils have not been compared yet" in text_of(person("855", Role.AGENT), LIST)
    assert "The schools of Council 931 were compared" in text_of(
        person(FAR, Role.SOURCE), f"/collections/{SLUG}/{FAR}/duplicates/probable/"
    )
    compared(claims, member(DEPARTMENT, Role.COLLECTOR))
    text = text_of(person("931", Role.AGENT), LIST)
    assert "All pupils were last compared" in text and "The schools of" not in text


def test_what_is_listed_is_decided_with_a_reason(claims: DataCollection, person: People) -> None:
    compared(claims, member(DEPARTMENT, Role.COLLECTOR))
    client, address = person(DEPARTMENT, Role.COLLECTOR), f"{LIST}threshold/"
    for wrong in (
        {"threshold": "2"},
        {"threshold": "half"},
        {"every_days": "61"},
        {"reason": ""},
        {"threshold": "nan"},
    ):
        given = {"threshold": "0.9999", "every_days": "7", "reason": "Too many are namesakes.", **wrong}
        assert client.post(address, given).status_code == 422
    assert not Setting.objects.exists()
    # Matches are as many as before until the threshold is above their scores.
    Match.objects.filter(pk=Match.objects.order_by("score").values_list("pk", flat=True)[0]).update(score=0.6)
    assert "Count <strong>2</strong>" in text_of(client, LIST)
    assert client.post(address, {"threshold": "0.7", "every_days": "7", "reason": "Namesakes."}).status_code == 302
    assert "Namesakes." in text_of(client, address)
    assert "Count <strong>1</strong>" in text_of(client, LIST)
    assert person("855", Role.AGENT).get(address).status_code == 404


def test_it_is_looked_for_every_so_many_days(claims: DataCollection) -> None:
    by = member(DEPARTMENT, Role.COLLECTOR)
    assert running.begin_due() == 0
    Setting.objects.create(
        collection=claims,
        threshold=0.5,
        every_days=7,
        reason="r",
        user=by.user,
        organisation=by.organisation,
        role=by.role,
    )
    assert running.begin_due() == 1
    assert running.begin_due() == 0
    work_off()
    run = Run.objects.get()
    assert (run.scheduled, run.stage, run.found) == (True, "finished", 2)
    assert running.begin_due() == 0
    Run.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    assert running.begin_due() == 1


def test_nothing_is_left_of_data_that_are_deleted(claims: DataCollection) -> None:
    compared(claims, member(DEPARTMENT, Role.COLLECTOR))
    Return.objects.filter(collection=claims, organisation__native_id=FAR).update(current_revision=None)
    from collectory.portal.probable.services import keeping

    keeping.forget(claims)
    assert not Match.objects.exists() and not Run.objects.exists()
    assert PupilRow.objects.exists()
