"""Editing on screen: one act each, nobody's work lost, everything checked again."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from collectory.portal.people.models import Membership, User
from collectory.portal.returns import reading
from collectory.portal.returns.addresses import url_of_record
from collectory.portal.returns.models import Event, Return, Revision, Upload
from collectory.portal.returns.services import editing, submitting
from collectory.portal.returns.services.editing import Amendment, Kind, Nothing, Overtaken, Saved
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening
from tests.portal.opened import load, tables

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]


@pytest.fixture
def opened(census_return: Return, membership: Membership) -> Return:
    """The return of 8554001 with four pupils."""
    load(census_return, membership, tables())
    return census_return


def at(data_return: Return, name: str, *args: object) -> str:
    return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])


def value(data_return: Return, entity: str, row: int, field: str) -> str | None:
    data_return.refresh_from_db()
    revision = data_return.current_revision
    assert revision is not None
    return reading.table(revision, entity)[field][row]


def form_of(page: str) -> dict[str, str]:
    """What the page's form would send as it is."""
    import lxml.html

    forms = [form for form in lxml.html.fromstring(page).forms if "form" in form.fields]
    assert len(forms) == 1
    return {name: text or "" for name, text in forms[0].form_values()}


def change(row: int, based_on: int, form: str, **values: str) -> Amendment:
    return Amendment(Kind.CHANGE, "PupilOnRoll", based_on, form, row=row, values=values)


def test_a_saved_value_makes_a_revision_and_is_checked_at_once(opened: Return, signed_in: SignedIn) -> None:
    before = opened.current_revision
    assert before is not None
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 1)
    sent = form_of(client.get(address).content.decode())
    assert sent["value-DOB"] == "30/02/2010"
    answer = client.post(address, {**sent, "value-DOB": " 28/02/2010 "}, follow=True)
    words = answer.content.decode()
    assert answer.redirect_chain == [(url_of_record(opened, "PupilOnRoll", 1, 2), 302)]
    assert "28/02/2010 was saved as 2010-02-28" in words and "was checked again" in words
    opened.refresh_from_db()
    after = opened.current_revision
    assert after is not None and (after.number, after.cause) == (2, Revision.Cause.EDIT)
    assert value(opened, "PupilOnRoll", 1, "DOB") == "2010-02-28"
    assert reading.table(before, "PupilOnRoll")["DOB"][1] == "30/02/2010"
    assert opened.state == "amended by source" and opened.errors == after.errors < before.errors
    events = opened.events.filter(kind="edited")
    assert [(one.revision_id, one.from_state, one.to_state) for one in events] == [
        (after.pk, "loaded and validated", "amended by source")
    ]
    assert {name: after.tables[name] for name in after.tables if name != "PupilOnRoll"} == {
        name: before.tables[name] for name in before.tables if name != "PupilOnRoll"
    }
    assert not re.search("Núñez|B800000000002|2010-02-28", str([one.details for one in Event.objects.all()]))


def test_only_what_was_on_the_form_changes(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0) + "?item=Surname"
    page = client.get(address).content.decode()
    sent = form_of(page)
    assert [name for name in sent if name.startswith("value-")] == ["value-Surname"]
    answer = client.post(address, {**sent, "value-Surname": "O'Šborne & <b>"})
    assert answer["Location"].endswith("/open/PupilOnRoll/2/0/#item-Surname")
    assert value(opened, "PupilOnRoll", 0, "Surname") == "O'Šborne & <b>"
    assert value(opened, "PupilOnRoll", 0, "Forename") == "Ada"
    assert "O&#39;Šborne &amp; &lt;b&gt;" in client.get(answer["Location"].partition("#")[0]).content.decode()


def test_a_wrong_value_is_kept_and_flagged(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0) + "?item=DOB"
    sent = form_of(client.get(address).content.decode())
    page = client.post(address, {**sent, "value-DOB": "31/02/2010"}, follow=True).content.decode()
    assert value(opened, "PupilOnRoll", 0, "DOB") == "31/02/2010"
    assert "collectory-cell--error" in page and "Error 1600" in page


@pytest.mark.parametrize("bad", ["a\x00b", "\x0b", "￾", "x" * 4001])
def test_what_a_file_cannot_hold_is_refused_and_nothing_typed_is_lost(
    opened: Return, signed_in: SignedIn, bad: str
) -> None:
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0)
    sent = form_of(client.get(address).content.decode())
    answer = client.post(address, {**sent, "value-Surname": bad, "value-Forename": "Typed"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "There is a problem" not in page
    assert 'href="#value-Surname"' in page and 'value="Typed"' in page
    assert opened.revisions.count() == 1


def test_the_same_form_sent_twice_counts_once(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "add-record", "PupilOnRoll")
    sent = {**form_of(client.get(address).content.decode()), "value-Surname": "Twice"}
    first, second = client.post(address, sent), client.post(address, sent)
    assert first["Location"] == second["Location"]
    assert opened.revisions.count() == 2 and opened.events.filter(kind="edited").count() == 1


def test_the_same_form_sent_twice_at_the_same_moment(opened: Return, membership: Membership) -> None:
    adding = Amendment(Kind.ADD, "PupilOnRoll", 1, "form-at-once", values={"Surname": "Once"})
    outcomes = at_once(
        lambda: editing.edit(opened, membership, adding), lambda: editing.edit(opened, membership, adding)
    )
    assert all(isinstance(one, Saved) for one in outcomes) and len({one.revision.pk for one in outcomes}) == 1
    assert opened.revisions.count() == 2


def at_once(*acts: Callable[[], editing.Outcome]) -> list[editing.Outcome]:
    """The outcomes of acts that begin together, each on its own connection."""
    gate = threading.Barrier(len(acts))
    outcomes: list[editing.Outcome] = []

    def run(act: Callable[[], editing.Outcome]) -> None:
        gate.wait()
        try:
            outcomes.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(acts)
    return outcomes


def test_edits_of_different_records_at_the_same_moment_all_arrive(opened: Return, membership: Membership) -> None:
    outcomes = at_once(
        *(
            lambda row=row: editing.edit(opened, membership, change(row, 1, f"form-{row}", Forename=f"New {row}"))
            for row in range(4)
        )
    )
    assert all(isinstance(one, Saved) for one in outcomes)
    assert [value(opened, "PupilOnRoll", row, "Forename") for row in range(4)] == [f"New {row}" for row in range(4)]
    assert sorted(opened.revisions.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_an_edit_of_another_record_meanwhile_is_no_obstacle(opened: Return, membership: Membership) -> None:
    assert isinstance(editing.edit(opened, membership, change(0, 1, "form-a", Surname="First")), Saved)
    assert isinstance(editing.edit(opened, membership, change(1, 1, "form-b", Surname="Second")), Saved)
    assert [value(opened, "PupilOnRoll", row, "Surname") for row in (0, 1)] == ["First", "Second"]


def test_the_second_person_on_the_same_record_is_told_and_loses_nothing(opened: Return, signed_in: SignedIn) -> None:
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0)
    colleague = User.objects.create_user("colleague")
    Membership.objects.create(user=colleague, organisation=opened.organisation, role="source")
    one, two = signed_in("harcourt"), signed_in("colleague")
    mine, theirs = (form_of(client.get(address).content.decode()) for client in (one, two))
    one.post(address, {**mine, "value-Surname": "Saved first", "value-Gender": "M"})
    answer = two.post(address, {**theirs, "value-Surname": "Typed second", "value-Forename": "Also mine"})
    page = answer.content.decode()
    assert answer.status_code == 409 and opened.revisions.count() == 2
    for words in ["Osborne", "Saved first", "Typed second", "Amina Osei changed it", "changed this record while"]:
        assert words in page
    again = form_of(page)
    assert again["value-Surname"] == "Typed second" and again["value-Forename"] == "Also mine"
    assert again["value-Gender"] == "M", "a value the second person left alone is the first person's"
    saved = two.post(re.search('action="([^"]*/edit/)"', page)[1], again)  # type: ignore[index]
    assert saved.status_code == 302
    assert value(opened, "PupilOnRoll", 0, "Surname") == "Typed second"
    assert value(opened, "PupilOnRoll", 0, "Gender") == "M"
    names = opened.events.filter(kind="edited").values_list("user__username", flat=True)
    assert list(names) == ["harcourt", "colleague"]


def test_two_people_who_type_the_same_agree(opened: Return, membership: Membership) -> None:
    editing.edit(opened, membership, change(0, 1, "form-a", Surname="Same"))
    assert editing.edit(opened, membership, change(0, 1, "form-b", Surname="Same")) == Nothing(0)
    assert opened.revisions.count() == 2


def test_a_record_deleted_meanwhile_is_said_and_shows_what_was_typed(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0)
    sent = form_of(client.get(address).content.decode())
    gone = at(opened, "delete-record", "PupilOnRoll", 1, 0)
    client.post(gone, form_of(client.get(gone).content.decode()))
    answer = client.post(address, {**sent, "value-Surname": "Not lost"})
    assert answer.status_code == 409 and "Not lost" in answer.content.decode()
    assert reading.table(_current(opened), "PupilOnRoll")["Surname"].to_list() == ["Núñez", "O'Hara", "Without"]


def _current(data_return: Return) -> Revision:
    data_return.refresh_from_db()
    assert data_return.current_revision is not None
    return data_return.current_revision


def test_deleting_asks_and_takes_what_belongs_to_the_record(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "delete-record", "PupilOnRoll", 1, 2)
    page = client.get(address).content.decode()
    assert "Delete pupil on roll: O&#39;Hara, Cleo?" in page and "1 learning aim" in page
    assert opened.revisions.count() == 1, "asking deletes nothing"
    client.post(address, form_of(page))
    current = _current(opened)
    assert current.records["PupilOnRoll"] == 3
    assert current.records["LearningAim"] == current.records["ProgrammeAim"] == 0
    assert reading.table(current, "Address")["_parent"].to_list() == [0, 1, 2]
    # An address of the revision before leads to the same pupil.
    moved = client.get(url_of_record(opened, "PupilOnRoll", 3, 1))
    assert moved["Location"] == url_of_record(opened, "PupilOnRoll", 2)
    lost = client.get(url_of_record(opened, "PupilOnRoll", 2, 1))
    assert lost.status_code == 404 and "This record is not in the return" in lost.content.decode()


def test_deleting_what_somebody_changed_meanwhile_is_refused(opened: Return, membership: Membership) -> None:
    editing.edit(opened, membership, change(0, 1, "form-a", Surname="Changed"))
    deleting = Amendment(Kind.DELETE, "PupilOnRoll", 1, "form-b", row=0)
    assert isinstance(editing.edit(opened, membership, deleting), Overtaken)
    under = Amendment(Kind.ADD, "FSMperiod", 2, "form-c", row=1, values={"FSMstartDate": "2021-01-01"})
    assert isinstance(editing.edit(opened, membership, under), Saved)
    deleting = Amendment(Kind.DELETE, "PupilOnRoll", 2, "form-d", row=1)
    assert isinstance(editing.edit(opened, membership, deleting), Overtaken), "a record below it is new"


def test_adding_a_record_with_what_belongs_to_it(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "add-record", "PupilOnRoll")
    sent = form_of(client.get(address).content.decode())
    empty = client.post(address, sent)
    assert empty.status_code == 422 and "Fill in at least one value" in empty.content.decode()
    sent |= {"value-Surname": "New", "Address-value-PostCode": "ZZ1 1ZZ", "FSMperiod-value-FSMstartDate": "01/09/2021"}
    answer = client.post(address, sent)
    assert answer["Location"] == url_of_record(opened, "PupilOnRoll", 4, 2)
    current = _current(opened)
    assert reading.table(current, "Address").filter(_parent=4)["PostCode"].to_list() == ["ZZ1 1ZZ"]
    assert reading.table(current, "FSMperiod")["FSMstartDate"].to_list() == ["2021-09-01"]
    assert current.records["TermlyExclusion"] == 2, "a part left empty adds nothing"


def test_adding_under_a_record_and_only_where_it_belongs(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "add-record-under", "PupilOnRoll", 1, 1, "TermlyExclusion")
    sent = form_of(client.get(address).content.decode())
    client.post(address, {**sent, "value-StartDate": "2021-06-01"})
    assert reading.table(_current(opened), "TermlyExclusion")["_parent"].to_list() == [0, 1, 2]
    for wrong in [
        at(opened, "add-record-under", "PupilOnRoll", 1, 1, "LearningAim"),
        at(opened, "add-record-under", "PupilOnRoll", 1, 99, "TermlyExclusion"),
        at(opened, "add-record", "TermlyExclusion"),
        at(opened, "add-record", "Nonsense"),
    ]:
        assert client.get(wrong).status_code == 404


def test_there_is_only_one_of_what_there_can_be_one(opened: Return, membership: Membership) -> None:
    one = Amendment(Kind.ADD, "TermlyAttendance", 1, "form-a", row=0, values={"SessionsPossible": "100"})
    two = Amendment(Kind.ADD, "TermlyAttendance", 1, "form-b", row=0, values={"SessionsPossible": "90"})
    assert isinstance(editing.edit(opened, membership, one), Saved)
    assert isinstance(editing.edit(opened, membership, two), Overtaken)


def test_what_says_whose_file_it_is_cannot_be_edited(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "Header", 1, 0)
    sent = form_of(client.get(address).content.decode())
    assert not {"value-LEA", "value-Estab", "value-Term", "value-Year", "value-Collection"} & set(sent)
    client.post(address, {**sent, "value-LEA": "999", "value-SoftwareCode": "Other"})
    assert (value(opened, "Header", 0, "LEA"), value(opened, "Header", 0, "SoftwareCode")) == ("855", "Other")
    assert client.get(f"{address}?item=LEA").status_code == 404
    page = client.post(at(opened, "delete-record", "Header", 2, 0))
    assert page.status_code == 422 and _current(opened).records["Header"] == 1


def test_a_submitted_return_asks_first_and_an_authorised_one_refuses(
    lenient: None, opened: Return, membership: Membership, signed_in: SignedIn
) -> None:
    opened.refresh_from_db()
    submitting.submit(opened, membership, version=opened.version)
    client = signed_in("harcourt")
    address = at(opened, "edit-record", "PupilOnRoll", 1, 0) + "?item=Surname"
    sent = form_of(client.get(address).content.decode()) | {"value-Surname": "Late"}
    assert "confirm" not in sent
    answer = client.post(address, sent)
    assert answer.status_code == 422 and 'value="Late"' in answer.content.decode()
    assert opened.revisions.count() == 1
    client.post(address, {**sent, "confirm": "yes"})
    opened.refresh_from_db()
    assert opened.state == "amended by source" and opened.submitted_at is None
    collector = Membership.objects.get(user__username="department")
    from django.db import transaction

    submitting.submit(opened, membership, version=opened.version)
    with transaction.atomic():
        current = locked(opened.pk)
        record(current, actor_for(collector, current), Happening.APPROVED)
        record(current, actor_for(collector, current), Happening.AUTHORISED)
    answer = client.post(
        at(opened, "edit-record", "PupilOnRoll", 2, 0), {**sent, "form": "another-form", "confirm": "yes"}
    )
    assert answer.status_code == 422 and "The return is authorised" in answer.content.decode()
    assert opened.revisions.count() == 2


def test_while_a_file_is_being_checked_nothing_can_be_edited(opened: Return, membership: Membership) -> None:
    Upload.objects.create(
        data_return=opened,
        file_name="next.xml",
        size=1,
        uploaded_by=membership.user,
        organisation=membership.organisation,
        role=membership.role,
        part="source",
    )
    outcome = editing.edit(opened, membership, change(0, 1, "form-a", Surname="Now"))
    assert not isinstance(outcome, Saved) and opened.revisions.count() == 1


def test_a_new_file_meanwhile_the_record_is_found_by_its_key(opened: Return, membership: Membership) -> None:
    plain = tables()
    plain["PupilOnRoll"] = plain["PupilOnRoll"][::-1]
    plain = {name: plain[name] for name in ("Header", "School", "PupilOnRoll")}
    load(opened, membership, plain)
    saved = editing.edit(opened, membership, change(0, 1, "form-a", Surname="Found"))
    assert isinstance(saved, Saved) and saved.row == 3
    assert value(opened, "PupilOnRoll", 3, "Surname") == "Found"
    assert value(opened, "PupilOnRoll", 3, "UPN") == "A800000000001"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("edit-record", ["PupilOnRoll", 1, 0]),
        ("delete-record", ["PupilOnRoll", 1, 0]),
        ("add-record", ["PupilOnRoll"]),
        ("add-record-under", ["PupilOnRoll", 1, 0, "Address"]),
        ("record", ["PupilOnRoll", 1, 0]),
        ("records", ["PupilOnRoll"]),
        ("record-history", ["PupilOnRoll", 1, 0]),
        ("edits", []),
        ("edits-file", ["csv"]),
    ],
)
def test_others_see_nothing_and_readers_change_nothing(
    opened: Return, signed_in: SignedIn, name: str, args: list[object]
) -> None:
    address = at(opened, name, *args)
    changing = name.startswith(("edit-", "delete-", "add-"))
    sent = {"form": "form-of-another", "value-Surname": "Mine now", "value-PostCode": "X"}
    for username, get, post in [("wharf", 404, 404), ("larkshire", 404, 404), ("harcourt-reader", 403, 403)]:
        client = signed_in(username)
        assert client.get(address).status_code == (get if changing or username != "harcourt-reader" else 200)
        if changing or username != "harcourt-reader":
            assert client.post(address, sent).status_code == post
    assert opened.revisions.count() == 1
    page = signed_in("harcourt-reader").get(at(opened, "record", "PupilOnRoll", 1, 0)).content.decode()
    assert "/edit/" not in page and "/delete/" not in page and "/add/" not in page
    assert "lets you read the return" in page
