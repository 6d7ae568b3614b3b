"""Rows and clashes follow the current revisions of returns, in the same transaction."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from collectory.portal.cases.models import Case
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import clashes, listening, rows
from collectory.portal.duplicates.models import Clash, PupilRow, RowsOf, Side, StatusDecision
from collectory.portal.duplicates.services import crowds, finding, storing, upkeep
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services import deleting
from tests.portal.census_files import census
from tests.portal.claimed import claim, pupil, school
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db

A, B, C = "8557001", "8557002", "9317001"
CHILD = {"DOB": "2018-01-31", "NCyearActual": "N2", "FundedHours": "15"}


def told(collection: DataCollection) -> list[tuple[str, str, list[str]]]:
    """Kind, verdict and native IDs of every clash that is stored, and a check that each is as it is worked out anew."""
    made_anew = finding.found_in(collection, rows.rows_in(collection))
    stored = {(c.kind, c.key): c for c in clashes.in_collection(collection)}
    assert len(stored) == made_anew.clashes.height
    for each in made_anew.clashes.iter_rows(named=True):
        clash = stored[each["kind"], each["key"]]
        assert (clash.fingerprint, clash.verdict, clash.returns) == (
            each["fingerprint"],
            each["verdict"],
            each["returns"],
        )
        meant = set(made_anew.sides.filter(case=each["case"])["row"])
        assert set(clash.sides.values_list("row", flat=True)) == meant
    native = {
        clash.pk: sorted(clash.sides.values_list("data_return__organisation__native_id", flat=True))
        for clash in stored.values()
    }
    return sorted((clash.kind, clash.verdict, native[clash.pk]) for clash in stored.values())


@pytest.fixture
def heard() -> Iterator[list[listening.Changed]]:
    """What listeners were told."""
    told: list[listening.Changed] = []
    listener = told.append
    listening.listen(listener)
    yield told
    listening._listeners.remove(listener)


def test_a_clash_appears_changes_and_goes(collection: DataCollection, heard: list[listening.Changed]) -> None:
    claim(collection, A, [pupil(1), pupil(2)])
    assert not heard and told(collection) == []
    second = claim(collection, B, [pupil(1), pupil(3)])
    assert told(collection) == [("same-upn", "not-allowed", [A, B])]
    assert [len(heard[0].appeared), heard[0].cause] == [1, second]
    first_key = heard[0].appeared[0].key
    since = Clash.objects.get().since

    claim(collection, B, [pupil(3), pupil(1, EnrolStatus="M")])  # at another place, with another status
    (altered,) = heard[1].altered
    assert not heard[1].appeared and not heard[1].went and altered.key == first_key
    assert Clash.objects.get().since == since
    claim(collection, B, [pupil(1, EnrolStatus="M"), pupil(3)])  # only the places are others
    assert len(heard) == 2 and told(collection) == [("same-upn", "not-allowed", [A, B])]

    claim(collection, C, [pupil(1)])
    assert told(collection) == [("same-upn", "not-allowed", [A, B, C])]
    assert Clash.objects.get().returns == 3
    claim(collection, A, [pupil(2)])
    assert told(collection) == [("same-upn", "not-allowed", [B, C])]
    claim(collection, B, [pupil(1, EnrolStatus="S")])
    claim(collection, C, [pupil(1, EnrolStatus="M")])
    assert told(collection) == [] and [clash.key for clash in heard[-1].went] == [first_key]
    claim(collection, C, [pupil(1, EnrolStatus="C")])
    assert [clash.key for clash in heard[-1].appeared] == [first_key]


def test_all_kinds(collection: DataCollection) -> None:
    twins = [pupil(5, UPN="A800000000051"), pupil(5, UPN="A800000000052")]
    claim(collection, A, [pupil(1), pupil(2, **CHILD, EnrolStatus="M"), *twins, pupil(9), pupil(8)], [pupil(9)])
    claim(
        collection, B, [pupil(1, UPN="A800000009991"), pupil(2, **CHILD, EnrolStatus="S"), pupil(8, DOB="2010-02-01")]
    )
    assert told(collection) == [
        ("same-person", "different-upn", [A, B]),
        ("same-person", "one-return", [A, A]),
        ("same-upn", "birth-dates-differ", [A, B]),
        ("same-upn", "one-return", [A, A]),
        ("under-fives", "over-entitlement", [A, B]),
    ]
    child = Clash.objects.get(kind="under-fives")
    assert child.funded_hours == 30
    cases, people = clashes.as_frames(clashes.in_collection(collection))
    assert cases.number == 5
    assert cases.of(people).filter(kind="under-fives")["native_id"].to_list() == [A, B]
    claim(collection, B, [])
    assert {kind for kind, verdict, _ in told(collection) if verdict != "one-return"} == set()


def test_children_are_joined_by_a_third_and_parted_again(collection: DataCollection) -> None:
    one = pupil(1, **CHILD)
    renamed = {**one, "Surname": "Other"}
    claim(collection, A, [one])
    claim(collection, C, [{**renamed, "UPN": "A800000000077"}])
    assert told(collection) == []
    claim(collection, B, [renamed])  # the UPN of the one, the names of the other
    assert ("under-fives", "over-entitlement", [A, B, C]) in told(collection)
    claim(collection, B, [])
    assert told(collection) == []


def test_other_data_collections_are_never_matched(collection: DataCollection) -> None:
    practice = DataCollection.objects.create(
        slug="practice",
        edition_key=collection.edition_key,
        title="Practice",
        is_live=False,
        opens_at=collection.opens_at,
        closes_at=collection.closes_at,
    )
    claim(collection, A, [pupil(1)])
    claim(practice, B, [pupil(1)])
    assert not Clash.objects.exists()
    claim(practice, A, [pupil(1)])
    assert Clash.objects.get().collection == practice


@pytest.mark.django_db(transaction=True)
def test_a_refused_file_leaves_rows_and_a_deleted_return_has_none(
    collection: DataCollection, census_return: Return, membership: Membership, hand_in: Callable[..., Upload]
) -> None:
    hand_in(census(3))
    kept = list(PupilRow.objects.filter(data_return=census_return).values_list("pk", "upn"))
    assert len(kept) == 3
    claim(collection, A, [pupil(1, UPN=kept[0][1])])
    assert hand_in(b"<Message></Message>", confirmed=True).outcome == "refused"
    assert list(PupilRow.objects.filter(data_return=census_return).values_list("pk", "upn")) == kept
    assert clashes.of_return(census_return).count() == 1
    census_return.refresh_from_db()
    assert not isinstance(
        deleting.delete(census_return, membership, reason="again", version=census_return.version), deleting.Refusal
    )
    assert not PupilRow.objects.filter(data_return=census_return).exists()
    assert not RowsOf.objects.filter(data_return=census_return).exists()
    assert not Clash.objects.exists() and not Side.objects.exists()


def test_unchanged_pupils_keep_their_rows(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(2)])
    before = dict(PupilRow.objects.values_list("upn", "pk"))
    claim(collection, A, [pupil(1), pupil(2, Surname="Changed"), pupil(3)])
    after = dict(PupilRow.objects.values_list("upn", "pk"))
    assert len(after) == 3
    assert before[pupil(1)["UPN"]] == after[pupil(1)["UPN"]]


def test_nothing_is_there_when_the_transaction_does_not_end(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1)])
    with transaction.atomic():
        claim(collection, B, [pupil(1)])
        assert Clash.objects.count() == 1
        transaction.set_rollback(True)
    assert not Clash.objects.exists() and PupilRow.objects.count() == 1


def test_what_no_database_may_hold_does_not_stop_a_return(collection: DataCollection) -> None:
    long = "x" * 5000
    claim(collection, A, [pupil(1, UPN=long), pupil(2, Surname="Nul\x00l")])
    claim(collection, B, [pupil(1, UPN=long)])
    assert told(collection) == [("same-upn", "not-allowed", [A, B])]
    assert PupilRow.objects.get(upn=pupil(2)["UPN"]).surname == "Null"


@pytest.mark.django_db(transaction=True)
def test_rows_that_are_missing_are_made_by_the_worker(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1)])
    claim(collection, B, [pupil(1)])
    for model in (Side, Clash, PupilRow, RowsOf):
        model.objects.all().delete()
    assert upkeep.something_left()
    work_off()
    assert told(collection) == [("same-upn", "not-allowed", [A, B])] and not upkeep.something_left()


@pytest.mark.django_db(transaction=True)
def test_a_pair_that_the_collector_decided_is_judged_anew(
    collection: DataCollection, membership: Membership, heard: list[listening.Changed]
) -> None:
    claim(collection, A, [pupil(1, EnrolStatus="F")])
    claim(collection, B, [pupil(1, EnrolStatus="S")])
    assert told(collection) == []
    StatusDecision.objects.create(
        collection=collection,
        pair="F+S",
        verdict="unusual",
        reason="colleges",
        starts_at=collection.opens_at,
        user=membership.user,
        organisation=membership.organisation,
        role=membership.role,
    )
    work_off()
    assert told(collection) == [("same-upn", "unusual", [A, B])]
    assert heard[-1].cause is None and len(heard[-1].appeared) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time")
@pytest.mark.django_db(transaction=True)
def test_two_returns_that_commit_at_one_moment_see_each_other(
    collection: DataCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have written their rows and see nothing of the other's before either looks for clashes."""
    lock, meeting, here = finding.lock, threading.Barrier(2), threading.local()

    def met(of: DataCollection) -> Any:
        if not hasattr(here, "met"):
            here.met = meeting.wait(60)
            if not here.first:
                time.sleep(0.5)  # so that each may be the one who waits
        return lock(of)

    def at_once(*loads: tuple[str, list[dict[str, Any]]]) -> None:
        def load(native_id: str, pupils: list[dict[str, Any]]) -> None:
            here.first = native_id == loads[0][0]
            try:
                claim(collection, native_id, pupils)
            finally:
                connection.close()

        with monkeypatch.context() as patched, ThreadPoolExecutor(2) as threads:
            patched.setattr(finding, "lock", met)
            for each in [threads.submit(load, *one) for one in loads]:
                each.result(120)

    for native_id in (A, B, C):
        school(native_id, native_id[:3])
        Return.objects.create(collection=collection, organisation=Organisation.objects.get(native_id=native_id))
    at_once((A, [pupil(1), pupil(2)]), (B, [pupil(1), pupil(2, UPN="A800000000222")]))
    expected = [("same-person", "different-upn", [A, B]), ("same-upn", "not-allowed", [A, B])]
    assert told(collection) == expected
    assert sorted(Case.objects.values_list("kind", "state")) == [("same-person", "open"), ("same-upn", "open")]
    case = Case.objects.get(kind="same-upn")

    # One leaves while another comes: neither is missed, and it is the same case.
    at_once((A, [pupil(3)]), (C, [pupil(1)]))
    assert told(collection) == [("same-upn", "not-allowed", [B, C])]
    case.refresh_from_db()
    present = case.sides.filter(present=True).values_list("organisation__native_id", flat=True)
    assert (case.state, sorted(present)) == ("open", [B, C])

    # One loads something else while another claims a pupil whom the first has had since before.
    claim(collection, A, [pupil(3)])
    at_once((C, [pupil(1), pupil(3)]), (A, [pupil(3), pupil(6)]))
    assert told(collection) == [("same-upn", "not-allowed", [A, C]), ("same-upn", "not-allowed", [B, C])]

    # Both leave.
    at_once((B, [pupil(4)]), (C, [pupil(5)]))
    assert told(collection) == []
    assert set(Case.objects.values_list("state", flat=True)) == {"closed"} and Case.objects.count() == 3


@pytest.mark.parametrize(("seed", "most"), [*((seed, 50) for seed in range(6)), *((seed, 2) for seed in range(6, 12))])
def test_whatever_happens_the_clashes_are_those_of_the_rows(
    collection: DataCollection, seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random schools load random pupils of a few, again and again; after each, what is stored is what a whole
    refresh finds, which then changes nothing. With placeholders too: what more than two records share."""
    monkeypatch.setattr(crowds, "MOST", most)
    draw = random.Random(seed)
    schools = [A, B, C, "9317002"]

    def one() -> dict[str, Any]:
        number = draw.randint(1, 4)
        more: dict[str, Any] = {"EnrolStatus": draw.choice(["C", "M", "S", "F", "G", "", "Z"])}
        if draw.random() < 0.3:
            more["UPN"] = draw.choice(["", pupil(draw.randint(1, 4))["UPN"]])
        if draw.random() < 0.2:
            more["DOB"] = draw.choice(["", "2010-02-01"])
        if draw.random() < 0.4:
            more |= {"DOB": "2018-01-31", "FundedHours": draw.choice(["15", "5", "0"])}
        return pupil(number, **more)

    seen: set[str] = set()
    for _ in range(8):
        on_roll = [one() for _ in range(draw.randint(0, 4))]
        claim(collection, draw.choice(schools), on_roll, [one() for _ in range(draw.randint(0, 1))])
        told(collection)
        seen.update(Clash.objects.values_list("verdict", flat=True))
    assert ("placeholder" in seen) == (most == 2)
    before = sorted(Clash.objects.values_list("pk", "fingerprint", "changed_at"))
    with transaction.atomic():
        finding.everywhere(collection)
    assert sorted(Clash.objects.values_list("pk", "fingerprint", "changed_at")) == before


def test_a_placeholder_that_many_type_costs_each_its_own(
    collection: DataCollection, heard: list[listening.Changed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "MOST", 6)
    same = "A000000000000"

    def loads(number: int, upn: str = same) -> int:
        """How many queries it takes until a school has claimed two pupils, one of them under the placeholder."""
        with CaptureQueriesContext(connection) as asked:
            claim(collection, f"85570{number:02d}", [pupil(2 * number, UPN=upn), pupil(2 * number + 1)])
        return len(asked)

    for number in range(6):
        loads(number)
    (before,) = Clash.objects.values_list("verdict", "returns")
    assert before == ("not-allowed", 6)
    case = Case.objects.get()
    assert case.state == "open" and case.sides.count() == 6
    loads(6)
    assert list(Clash.objects.values_list("verdict", "returns")) == [("placeholder", 2)]
    case.refresh_from_db()
    assert case.state == "closed", "nobody can settle it with everybody"
    told_so_far = len(heard)
    costs = [loads(number) for number in range(7, 12)]
    assert max(costs) == min(costs) and Side.objects.count() == 12
    assert len(heard) == told_so_far, "nothing that a case would have to know of"
    told(collection)

    # Two of them are one pupil for all that is known, and still found.
    claim(collection, "8557050", [pupil(0, UPN="")])
    assert ("same-person", "different-upn", ["8557000", "8557050"]) in told(collection)
    for number in range(11, 5, -1):
        loads(number, upn=pupil(2 * number)["UPN"])
        told(collection)
    case.refresh_from_db()
    assert Clash.objects.get(kind="same-upn").returns == 6 and case.state == "open"


def test_the_frame_of_the_rows_is_the_engine_s(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(2, DOB="30/02/2010")])
    frame = rows.rows_in(collection)
    assert frame["person"].to_list() == ["surname1|forename1|2010-01-31", None]
    assert frame["native_id"].to_list() == [A, A]
    assert frame.select(pl.col("upn_key") == pl.Series([storing.key_of(upn) for upn in frame["upn"]]))["upn_key"].all()
