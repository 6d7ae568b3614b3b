"""Keying a return on screen: the guide's figures, half-finished forms, nothing typed lost, two people at one form."""

from __future__ import annotations

import re
from collections.abc import Callable

import lxml.html
import pytest
from django.test import Client
from django.urls import reverse

from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns import form_pages, reading
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services import keying
from collectory.portal.returns.services.keying import Keying, Overtaken, Saved

pytestmark = pytest.mark.django_db(transaction=True)
AGES = ("Tot05", "Tot510", "Tot1115", "Tot1619", "TotAll")
PLACES = ("Meyedset", "Mrpmain", "Msen")
SignedIn = Callable[[str], Client]
Returns = Callable[[str, str], Return]


def at(data_return: Return, name: str, *args: object) -> str:
    return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])


def form_of(client: Client, address: str) -> dict[str, str]:
    """What the page's form would send as it is."""
    forms = [form for form in lxml.html.fromstring(client.get(address).content.decode()).forms if "form" in form.fields]
    assert len(forms) == 1
    return {name: text or "" for name, text in forms[0].form_values()}


def save(client: Client, address: str, **values: str):
    """Type into the boxes of a page and press Save; gives the page that follows."""
    sent = form_of(client, address)
    boxes = {name: next(key for key in sent if key.endswith(f"-{name}")) for name in values}
    return client.post(address, {**sent, **{boxes[name]: text for name, text in values.items()}}, follow=True)


def words(answer) -> str:
    """The text of a page, spaces made one."""
    main = lxml.html.fromstring(answer.content.decode()).get_element_by_id("main-content")
    return " ".join(main.text_content().split())


def summary(answer) -> str:
    found = lxml.html.fromstring(answer.content.decode()).find_class("govuk-error-summary")
    return " ".join(found[0].text_content().split()) if found else ""


def counts_beside(answer) -> dict[str, tuple[int, int, int]]:
    """Errors, queries and OK errors of each row of the table, by field."""
    found = {}
    for row in lxml.html.fromstring(answer.content.decode()).xpath("//tr[starts-with(@id, 'item-')]"):
        numbers = [int(re.sub("[^0-9]", "", cell.text_content())) for cell in row.findall("td")[1:4]]
        found[row.get("id").removeprefix("item-")] = tuple(numbers)
    return found


@pytest.fixture
def empty(form_returns: Returns, signed_in: SignedIn) -> Return:
    """The form of 2011, contact details saved and nothing else."""
    data_return = form_returns("sen2-2011", "855")
    save(signed_in("larkshire-sen"), at(data_return, "add-on-screen"), ContactForename="Nadia")
    data_return.refresh_from_db()
    return data_return


def test_the_source_page_offers_the_form_and_the_first_save_loads(form_returns: Returns, signed_in: SignedIn) -> None:
    data_return, client = form_returns("sen2-2011", "855"), signed_in("larkshire-sen")
    page = client.get(at(data_return, "source-page")).content.decode()
    assert f'href="{at(data_return, "add-on-screen")}"' in page
    sent = form_of(client, at(data_return, "add-on-screen"))
    assert sent["based_on"] == "0" and sent["value-LALevel-Email"] == ""
    assert "855" in words(client.get(at(data_return, "add-on-screen"))), "the authority's own code is there"
    answer = save(client, at(data_return, "add-on-screen"), ContactForename=" Nadia ", CompletionTime="12")
    data_return.refresh_from_db()
    revision = data_return.current_revision
    assert revision is not None and (revision.number, revision.cause) == (1, Revision.Cause.FORM)
    assert data_return.state == "loaded and validated"
    assert [(one.kind, one.from_state, one.to_state) for one in data_return.events.order_by("id")] == [
        ("added on screen", "no data", "loaded and validated")
    ]
    assert answer.redirect_chain[-1][0] == at(data_return, "form-tab", "la-level-data")
    assert "Saved. The whole return was checked: 57 errors and 1 query." in words(answer)
    assert set(counts_beside(answer).values()) == {(0, 0, 0)}, "contact details have no errors after the first save"
    again = client.get(at(data_return, "source-page")).content.decode()
    assert "There is a return already" in again


def test_an_empty_form_is_the_guides_figure(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    assert (empty.errors, empty.queries) == (57, 1)
    errors = client.get(at(empty, "all-errors") + "?show=10")
    assert "Count 58" in words(errors) and "Page 1 of 6" in words(errors)
    rows = lxml.html.fromstring(errors.content.decode()).xpath("//*[@id='list']/following::table[1]/tbody/tr")
    listed = [" ".join(row.text_content().split()) for row in rows]
    assert len(listed) == 10
    for row, said in zip(
        listed,
        [
            *(f"1.1{letter} {name} is mandatory" for letter, name in zip("abcde", AGES, strict=True)),
            "3058Q Please Check: There is a significant change",
            "3050 The total number of children with statements must equal",
            *(f"1.2i {letter} {name} is mandatory" for letter, name in zip("abc", PLACES, strict=True)),
        ],
        strict=True,
    ):
        assert said in row
        assert ("Rule without a number" in row) == ("mandatory" in said), "mandatory errors bear no number"
    beside = counts_beside(client.get(at(empty, "form-tab", "part-2")))
    assert {name: beside[name] for name in ("New05", "New510", "New1115", "New1619")} == dict.fromkeys(
        ("New05", "New510", "New1115", "New1619"), (2, 0, 0)
    )
    assert beside["NewAll"] == (3, 0, 0)
    lines = list(beside)
    placements = lines[lines.index("NewAll") + 1 :][:12]
    assert [beside[name] for name in placements] == [(2, 0, 0)] * 11 + [(3, 0, 0)], "2.2 i a to k, then ii"
    assert counts_beside(client.get(at(empty, "form-tab", "part-1")))["TotAll"] == (3, 1, 0)
    edition = reading.edition_of(empty)
    assert edition.form is not None and empty.current_revision is not None
    tabs = [form_pages.counts_of(edition.form, empty.current_revision, tab) for tab in edition.form.tabs]
    assert [(one.errors, one.queries) for one in tabs] == [(0, 0), (25, 1), (32, 0)]


def test_later_saves_amend_and_totals_are_hinted_never_filled_in(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    address = at(empty, "edit-form-tab", "part-1")
    answer = save(client, address, Tot05="50", Tot510="400", Tot1115="550")
    empty.refresh_from_db()
    assert empty.state == "amended by source" and empty.current_revision is not None
    assert empty.current_revision.cause == Revision.Cause.EDIT
    beside = counts_beside(answer)
    assert beside["Tot05"] == (1, 0, 0) and beside["Tot1619"] == (2, 0, 0)
    page = words(client.get(address))
    assert "Sum of 1.1a to 1.1d: 1,000 so far (3 of 4 lines filled in)" in page
    assert form_of(client, address)["value-Part1-TotAll"] == ""
    answer = save(client, address, Tot1619="200", TotAll="1201")
    assert "Sum of 1.1a to 1.1d: 1,200; your total is 1 more" in words(answer)
    assert "1.1e: The total number of children with statements must equal" in summary(client.get(address))
    save(client, address, TotAll="1200")
    assert "3050" not in summary(client.get(address)) and "1.1e" not in summary(client.get(address))


@pytest.mark.parametrize(
    ("typed", "kept", "sentence"),
    [
        ("1,234", "1234", "1.1a: “1,234” was understood as 1234."),
        (" 12 ", "12", "Spaces around 12 were taken out."),
        ("１２", "12", "“１２” was understood as 12."),
        ("abc", "abc", "“abc” is not a number."),
        ("-3", "-3", "-3 is less than 0."),
        ("4.5", "4.5", "4.5 is not a whole number."),
        ("99999999999999999999", "99999999999999999999", "is too large."),
        ("<b>x", "<b>x", "“<b>x” is not a number."),
    ],
)
def test_what_is_typed_is_understood_or_said_and_never_lost(
    typed: str, kept: str, sentence: str, empty: Return, signed_in: SignedIn
) -> None:
    client = signed_in("larkshire-sen")
    address = at(empty, "edit-form-tab", "part-1")
    answer = save(client, address, Tot05=typed, Tot510="7")
    assert sentence in words(answer)
    assert form_of(client, address)["value-Part1-Tot05"] == kept
    assert form_of(client, address)["value-Part1-Tot510"] == "7"
    if kept == typed:
        assert answer.redirect_chain[-1][0] == address, "back to the boxes"
        assert sentence in summary(answer) and 'href="#value-Part1-Tot05"' in answer.content.decode()
        beside = lxml.html.fromstring(answer.content.decode()).get_element_by_id("value-Part1-Tot05-error")
        assert sentence in beside.text_content()
    else:
        assert answer.redirect_chain[-1][0] == at(empty, "form-tab", "part-1")


def test_a_value_too_long_to_keep_stays_in_the_box(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    address = at(empty, "edit-form-tab", "la-level-data")
    answer = save(client, address, ContactSurname="x" * 4001, ContactForename="Ola")
    assert answer.status_code == 422 and "4,001 characters" in summary(answer)
    page = answer.content.decode()
    assert 'value="Ola"' in page and "x" * 4001 in page
    assert empty.revisions.count() == 1


def keyed(data_return: Return, membership: Membership, form: str, based_on: int, **values: str):
    cells = {("Part1", name): text for name, text in values.items()}
    return keying.key(data_return, membership, Keying("part-1", based_on, form, cells))


def test_two_people_at_one_tab(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    address = at(empty, "edit-form-tab", "part-1")
    sent = form_of(client, address)
    other = User.objects.create_user("other", first_name="Bea", last_name="Marsh")
    theirs = Membership.objects.create(
        user=other, organisation=Organisation.objects.get(native_id="855"), role="source"
    )
    assert isinstance(keyed(empty, theirs, "the-other-form", 1, Tot05="60", Tot510="8"), Saved)
    answer = client.post(address, {**sent, "value-Part1-Tot05": "50", "value-Part1-Tot1115": "9"})
    assert answer.status_code == 409
    page = words(answer)
    assert "Bea Marsh changed it" in page and "Saved by somebody else: 60" in page and "You typed: 50" in page
    form = next(form for form in lxml.html.fromstring(answer.content.decode()).forms if "form" in form.fields)
    again = {name: text or "" for name, text in form.form_values()}
    assert again["value-Part1-Tot05"] == "50", "mine"
    assert again["value-Part1-Tot510"] == "8", "theirs, which I did not touch"
    assert again["value-Part1-Tot1115"] == "9" and again["based_on"] == "2"
    assert client.post(address, again).status_code == 302
    empty.refresh_from_db()
    assert empty.current_revision is not None
    now = reading.table(empty.current_revision, "Part1").row(0, named=True)
    assert (now["Tot05"], now["Tot510"], now["Tot1115"]) == ("50", "8", "9")


def test_two_people_at_two_tabs_do_not_disturb_each_other(empty: Return) -> None:
    membership = Membership.objects.get(user__username="larkshire-sen")
    assert isinstance(keyed(empty, membership, "form-one-", 1, Tot05="60"), Saved)
    other = Keying("part-2", 1, "form-two-", {("Part2", "New05"): "3"})
    assert isinstance(keying.key(empty, membership, other), Saved)
    empty.refresh_from_db()
    assert empty.current_revision is not None
    assert reading.table(empty.current_revision, "Part1")["Tot05"][0] == "60"
    assert reading.table(empty.current_revision, "Part2")["New05"][0] == "3"


def test_the_same_form_sent_twice_counts_once(empty: Return) -> None:
    membership = Membership.objects.get(user__username="larkshire-sen")
    first = keyed(empty, membership, "one-form", 1, Tot05="60")
    second = keyed(empty, membership, "one-form", 1, Tot05="60")
    assert isinstance(first, Saved) and isinstance(second, Saved) and first.revision == second.revision
    assert empty.revisions.count() == 2 and empty.events.count() == 2


def test_a_return_that_was_deleted_meanwhile_keeps_what_is_typed(empty: Return, signed_in: SignedIn) -> None:
    membership = Membership.objects.get(user__username="larkshire-sen")
    keyed(empty, membership, "before-it", 1, Tot05="60")
    client = signed_in("larkshire-sen")
    sent = form_of(client, at(empty, "edit-form-tab", "part-1"))
    empty.refresh_from_db()
    client.post(at(empty, "delete"), {"version": empty.version, "confirm": "yes", "reason": "again"})
    empty.refresh_from_db()
    assert empty.state == "no data"
    assert isinstance(keyed(empty, membership, "after-it", 2, Tot05="61"), Overtaken)
    answer = client.post(at(empty, "edit-form-tab", "part-1"), {**sent, "value-Part1-Tot05": "61"})
    assert answer.status_code == 409 and 'value="61"' in answer.content.decode()


def test_a_submitted_form_asks_before_it_leaves_the_chain(empty: Return, signed_in: SignedIn) -> None:
    empty.collection.errors_at_submission = empty.collection.queries_at_submission = "open"
    empty.collection.save()
    client = signed_in("larkshire-sen")
    client.post(at(empty, "submit"), {"version": empty.version, "declare": "yes"})
    empty.refresh_from_db()
    assert empty.state == "submitted"
    address = at(empty, "edit-form-tab", "part-1")
    answer = save(client, address, Tot05="50")
    assert answer.status_code == 422 and "Tick the box" in summary(answer) and 'value="50"' in answer.content.decode()
    sent = form_of(client, address)
    assert client.post(address, {**sent, "value-Part1-Tot05": "50", "confirm": "yes"}).status_code == 302
    empty.refresh_from_db()
    assert empty.state == "amended by source" and empty.submitted_at is None


def test_last_years_return_is_compared_with(form_returns: Returns) -> None:
    membership = Membership.objects.get(user__username="larkshire-sen")
    data_return = form_returns("sen2-2014", "855")
    before = form_returns("sen2-2013", "855").current_revision
    assert before is not None
    total = int(reading.table(before, "Part1")["TotAll"][0])
    outcome = keyed(data_return, membership, "this-years", 0, TotAll=str(total * 2))
    assert isinstance(outcome, Saved) and outcome.revision.queries == 1
    outcome = keyed(data_return, membership, "as-last-year", 1, TotAll=str(total + 1))
    assert isinstance(outcome, Saved) and outcome.revision.queries == 0 and outcome.revision.skipped == []


def test_without_last_years_return_it_says_what_it_could_not_compare(
    form_returns: Returns, signed_in: SignedIn
) -> None:
    membership = Membership.objects.get(user__username="fernmouth-sen")
    data_return = form_returns("sen2-2014", "856")
    outcome = keyed(data_return, membership, "this-years", 0, TotAll="5000")
    assert isinstance(outcome, Saved) and outcome.revision.queries == 0
    assert [one["rule"] for one in outcome.revision.skipped] == ["3058Q"]
    client = signed_in("fernmouth-sen")
    assert "1 rule could not be checked" in words(client.get(at(data_return, "form-tab", "part-1")))
    assert "no return of the collection before" in words(client.get(at(data_return, "rules-not-checked")))


def test_links_to_a_value_lead_to_its_line(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    assert f"{at(empty, 'form-tab', 'part-1')}#item-Tot05" in client.get(at(empty, "all-errors")).content.decode()
    for address in (at(empty, "record", "Part1", 1, 0), at(empty, "records", "Part1")):
        assert client.get(address).headers["Location"] == at(empty, "form-tab", "part-1")
    assert client.get(at(empty, "open-return")).headers["Location"] == at(empty, "form-tab", "la-level-data")


def test_notes_and_history_of_a_line(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    save(client, at(empty, "edit-form-tab", "part-2"), New05="12")
    save(client, at(empty, "edit-form-tab", "part-2"), New05="13")
    note = at(empty, "item-notes", "Part2", 3, 0, "New05")
    page = words(client.get(note))
    assert "2.1a New05" in page
    client.post(f"{note}add/", {"text": "Two moved in during August."})
    page = words(client.get(note))
    assert "Two moved in during August." in page and "Larkshire County Council" in page and "855" in page
    assert "1 note on 2.1a" in words(client.get(at(empty, "form-tab", "part-2")))
    history = words(client.get(at(empty, "record-history", "Part2", 3, 0) + "?item=New05"))
    assert re.search("Edited on screen.*12 13.*Edited on screen.*empty 12", history)
    whole = words(client.get(at(empty, "history")))
    assert "Added on screen" in whole and "Changed on screen" in whole


@pytest.mark.parametrize("role", [Role.SOURCE_VIEWER, Role.COLLECTOR])
def test_who_may_read_a_form_and_not_fill_it_in(role: Role, empty: Return, signed_in: SignedIn) -> None:
    own = "855" if role == Role.SOURCE_VIEWER else "000"
    reader = User.objects.create_user("reader")
    Membership.objects.create(user=reader, organisation=Organisation.objects.get(native_id=own), role=role)
    client = signed_in("reader")
    page = client.get(at(empty, "form-tab", "part-1"))
    assert page.status_code == 200 and "You can read this return but not change it now." in words(page)
    assert at(empty, "edit-form-tab", "part-1") not in page.content.decode()


def test_a_collection_without_a_form_has_no_form_pages(census_return: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    for name, args in (("add-on-screen", ()), ("form-tab", ("part-1",)), ("edit-form-tab", ("part-1",))):
        assert client.get(at(census_return, name, *args)).status_code == 404
    assert "This collection is loaded from a file." in client.get(at(census_return, "source-page")).content.decode()


def test_the_error_report_and_its_details_are_those_of_the_guide(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    page = words(client.get(at(empty, "all-errors") + "?show=10"))
    assert re.search(r"Larkshire County Council\. Error report on \d+ \w+ \d{4} at \d+:\d\d[ap]m", page)
    listed = client.get(at(empty, "all-errors") + "?show=10").content.decode()
    detail = next(
        link.get("href")
        for link in lxml.html.fromstring(listed).iter("a")
        if link.get("href", "").startswith(at(empty, "all-errors") + "1/")
    )
    answer = client.get(detail)
    assert "1.1a Tot05" in words(answer) and "NULL" in words(answer)
    assert f"{at(empty, 'form-tab', 'part-1')}#item-Tot05" in answer.content.decode()


def test_the_note_page_has_the_columns_of_the_guide(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    note = at(empty, "item-notes", "Part2", 1, 0, "New05")
    client.post(f"{note}add/", {"text": "Counted twice."})
    page = words(client.get(note))
    for column in ("User", "Role", "Organisation", "Native ID", "Date and"):
        assert column in page, column
    assert "2.1a New05" in page and "Nadia Whitlock" in page and "Source" in page


def test_a_part_of_the_form_is_never_deleted_as_a_record(empty: Return, signed_in: SignedIn) -> None:
    client = signed_in("larkshire-sen")
    address = at(empty, "delete-record", "Part1", 1, 0)
    for answer in (client.get(address), client.post(address, {"form": "a-form-token"})):
        assert answer.headers["Location"] == at(empty, "form-tab", "part-1")
    empty.refresh_from_db()
    assert (empty.errors, empty.revisions.count()) == (57, 1)
    edit = client.get(at(empty, "edit-record", "Part1", 1, 0))
    assert edit.headers["Location"] == at(empty, "edit-form-tab", "part-1")
    assert "History of LA level data" in words(client.get(at(empty, "record-history", "LALevel", 1, 0)))
