"""A whole data collection from its opening to its close, played by three people in three browsers.

The department opens it for one maintained school and one academy, whose returns one data manager sends; the council
approves the maintained school's, the department the academy's. The dates are moved past each moment as the clock
would pass them. The pages themselves are looked at by axe in the other journeys.
"""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.census_files import census
from tests.portal.service import Service, wait_for
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name
from tests.portal.test_journey_judging import press, sign_in
from tests.portal.test_journey_running import mails, typed

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
TITLE = "The census of this story"
SLUG = "school-census-2021-autumn-2"  # the demonstration has the same edition already
COLLECTION = f"/collections/{SLUG}/"
MAINTAINED, ACADEMY = f"{COLLECTION}8554002/", f"{COLLECTION}8554001/"
DECLARATION = "I have checked this return"
WRONG = {"DOB": "2010-02-30"}  # three errors of rule 1600
# The data manager of the maintained school works for the academy as well.
TWO_SCHOOLS = (
    "from collectory.portal.people.models import *;"
    "Membership.objects.create(user=User.objects.get(username='wharf'), role=Role.SOURCE,"
    " organisation=Organisation.objects.get(native_id='8554001'))"
)


def load(page: Page, at: str, content: bytes) -> None:
    """Upload a file for the return at an address, and see it loaded."""
    page.goto(f"{at}upload/")
    page.get_by_label("The return's file").set_input_files(
        {"name": "census.XML", "mimeType": "text/xml", "buffer": content}
    )
    press(page, "Upload")
    expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=60_000)


def explain_errors(page: Page, at: str, *texts: str) -> None:
    """Until the return may be submitted: a note on all findings of the next rule whose errors are unexplained.

    As many texts as there are rules; the declaration is not offered before the last one is written.
    """
    for text in texts:
        page.goto(f"{at}submit/")
        expect(page.get_by_text("The return cannot be submitted yet.")).to_be_visible()
        expect(page.get_by_label(DECLARATION)).to_have_count(0)
        page.goto(f"{at}all-errors/?priority=error&explanation=not-explained")
        page.locator("td a[href*='/rules/']").first.click()
        page.get_by_label("Note", exact=True).fill(text)
        press(page, "Save note")
        expect(page.get_by_role("alert")).to_contain_text("note")


def submit(page: Page, at: str) -> None:
    """Make the declaration and submit."""
    page.goto(f"{at}submit/")
    page.get_by_label(DECLARATION).check()
    press(page, "Submit return")
    expect(page.get_by_role("heading", name="Return submitted")).to_be_visible()


def ok_errors(desk: Page, at: str, *found: str) -> None:
    """The department OKs the errors that stand in the way, a rule at a time, each by the words of its link."""
    for words in found:
        desk.goto(f"{at}collector/")
        desk.get_by_role("link", name=words).first.click()
        if not words.startswith("1 "):  # a single finding is ticked already
            desk.get_by_label("of this list").check()
        press(desk, "OK")
        expect(desk.get_by_role("alert")).to_contain_text("OK’d")


def authorise(desk: Page, at: str) -> None:
    """The department authorises what nothing stands in the way of."""
    desk.goto(f"{at}collector/")
    press(desk, "Authorise")
    press(desk, "Authorise return")
    expect(desk.get_by_text("The status of this data return: Authorised").first).to_be_visible()


def told(page: Page, words: str) -> None:
    """Wait until the person's list of news says so, as something new, and mark all of it as read."""

    def is_told() -> bool:
        page.goto("/news/?show=unread")
        page.wait_for_timeout(500)  # the worker writes the news; asking for the page all the time would slow it down
        return words in page.locator("main").inner_text()

    wait_for(is_told, f"news that say: {words}")
    press(page, "Mark all as read")
    expect(page.get_by_role("link", name="News", exact=True)).to_be_visible()


def act_for(page: Page, school: str) -> None:
    """Change the organisation that a person acts for, by the line at the top."""
    page.get_by_role("link", name="change whom you act for").click()
    page.get_by_label(school).check()
    press(page, "Continue")
    expect(page.locator(".collectory-who")).to_contain_text(school)


def move(desk: Page, why: str, **dates: dt.datetime) -> None:
    """The department moves dates of the data collection."""
    names = {
        "opens": "Opens",
        "deadline": "Deadline (may be empty)",
        "sources": "Closes to sources",
        "agents": "Closes to agents (empty: with the sources)",
        "everybody": "Closes to everybody (may be empty)",
    }
    desk.goto(f"{COLLECTION}manage/change/")
    for name, moment in dates.items():
        desk.get_by_label(names[name], exact=True).fill(typed(moment))
    desk.get_by_label("Why?").fill(why)
    press(desk, "Save")
    expect(desk.get_by_role("alert")).to_contain_text("Changed")


def standing(page: Page, at: str) -> str:
    """What the page of a return says of its status."""
    page.goto(at)
    return page.locator(".collectory-status__line").inner_text()


def test_a_whole_collection_by_three_people(chromium: Browser, service: Service) -> None:  # noqa: F811
    service.ask(TWO_SCHOOLS)
    now, hour, day = dt.datetime.now(dt.UTC), dt.timedelta(hours=1), dt.timedelta(days=1)
    desk_look, school_look, council_look = [
        Looked(chromium.new_context(base_url=service.address), service, scripts=True) for _ in range(3)
    ]
    desk, school, council = desk_look.page, school_look.page, council_look.page
    for page, name in ((desk, "department"), (school, "wharf"), (council, "larkshire")):
        sign_in(page, name)

    act_for(school, "Wharf Lane High School")

    # The department opens it for tomorrow, for two schools. Nobody sees it yet.
    press(desk, "Open a data collection")
    desk.get_by_label("Edition").select_option("school-census-2021-autumn")
    desk.get_by_label("Title").fill(TITLE)
    desk.get_by_label("Opens", exact=True).fill(typed(now + day))
    desk.get_by_label("Closes to sources").fill(typed(now + 20 * day))
    desk.get_by_label("Queries may be left open").check()
    desk.get_by_label("Or exactly these: native IDs").fill("8554001, 8554002")
    press(desk, "See who would have to return")
    press(desk, "Make the data collection")
    school.goto("/collections/")
    expect(school.get_by_text(TITLE)).to_have_count(0)

    # It opens: the school is told by mail, loads a file with three errors, and may not submit them unexplained.
    move(desk, "", opens=now - 2 * hour)
    wait_for(lambda: f"{TITLE} has opened" in mails(service), "the mail about the opening")
    wait_for(lambda: "To: wharf@collectory.example" in mails(service), "the school's own mail")
    school.goto("/collections/")
    expect(school.get_by_role("rowheader", name=TITLE).first).to_be_visible()
    load(school, MAINTAINED, census(3, native_id="8554002", pupil=WRONG))
    school.goto(f"{MAINTAINED}submit/")
    expect(school.get_by_text("3 errors need a correction or a note.").first).to_be_visible()
    explain_errors(school, MAINTAINED, "The register office has it so.")
    submit(school, MAINTAINED)

    # The council sends it back; the school puts one half right, explains the rest, and submits again.
    council.goto(f"{COLLECTION}sources/")
    expect(council.get_by_role("link", name="Harcourt Spinney Academy")).to_have_count(0)
    council.get_by_role("link", name="Wharf Lane High School").click()
    press(council, "Reject return")
    council.get_by_label("What has to change?").fill("Rule 1600: that day is in no calendar.")
    press(council, "Reject return")
    told(school, "the return of Wharf Lane High School (8554002) is rejected")
    assert "Rejected by agent" in standing(school, MAINTAINED)
    expect(school.get_by_text("that day is in no calendar").first).to_be_visible()
    load(school, MAINTAINED, census(4, native_id="8554002", pupil=WRONG))
    explain_errors(school, MAINTAINED, "Copied from the certificates.")
    submit(school, MAINTAINED)
    council.goto(MAINTAINED)
    press(council, "Approve return")
    press(council, "Approve return")
    assert "Approved" in standing(council, MAINTAINED)

    # The academy's return goes to the department, not to the council.
    act_for(school, "Harcourt Spinney Academy")
    load(school, ACADEMY, census(3))
    explain_errors(school, ACADEMY, "The registers were lost in a flood.", "Those of the half term before as well.")
    submit(school, ACADEMY)
    council.goto(ACADEMY)
    expect(council.locator("h1")).to_have_text("Page not found")

    # The department approves it, asks about it, asks again, reads the answers, OKs and authorises.
    desk.goto(f"{COLLECTION}work/")
    desk.get_by_role("link", name="Harcourt Spinney Academy").click()
    press(desk, "Approve")
    press(desk, "Approve return")
    desk.goto(f"{ACADEMY}questions/")
    desk.get_by_label("Question", exact=True).fill("Is the other site closed?")
    press(desk, "Ask the question")
    for answer, again in [("Yes, since July.", "For good?"), ("Until the roof is mended.", "")]:
        told(school, "the department has a question for you")
        school.goto(f"{ACADEMY}questions/")
        school.get_by_label("Your answer").fill(answer)
        school.get_by_role("button", name="Send the answer").click()
        expect(school.locator(".collectory-thread")).to_contain_text("Waiting for the department")
        desk.goto(f"{COLLECTION}work/?list=answered")
        expect(desk.get_by_role("link", name="Harcourt Spinney Academy")).to_be_visible()
        desk.goto(f"{ACADEMY}questions/")
        desk.locator("summary", has_text="Ask again").click()
        if again:
            desk.get_by_label("Your words").fill(again)
            desk.get_by_role("button", name="Ask again").click()
            expect(desk.locator(".collectory-thread")).to_contain_text("Waiting for the source")
    desk.goto(f"{ACADEMY}collector/")
    expect(desk.get_by_text("1 question that is not settled").first).to_be_visible()
    press(desk, "Authorise")
    expect(desk.get_by_role("button", name="Authorise return", exact=True)).to_have_count(0)
    desk.goto(f"{ACADEMY}questions/")
    desk.locator("summary", has_text="Ask again").click()
    desk.get_by_role("button", name="Close the question").click()
    expect(desk.locator(".collectory-thread")).to_contain_text("Settled")
    ok_errors(desk, ACADEMY, "1 error of rule 9999", "1 error of rule 9999")
    authorise(desk, ACADEMY)

    # The sources' date passes: the school is refused, the council is not.
    move(desk, "As announced", opens=now - 3 * day, deadline=now - 2 * day, sources=now - hour, agents=now + day)
    act_for(school, "Wharf Lane High School")
    school.goto(f"{MAINTAINED}upload/")
    expect(school.get_by_text("The collection has closed to sources").first).to_be_visible()
    expect(school.get_by_text("Ask your agent if something still has to change").first).to_be_visible()
    council.goto(f"{MAINTAINED}upload/")
    expect(council.get_by_label("The return's file")).to_be_visible()

    # The agents' date passes: the council is refused; the department OKs what was explained, and authorises.
    move(desk, "As announced", agents=now - hour / 2)
    council.goto(f"{MAINTAINED}upload/")
    expect(council.get_by_text("The collection has closed to agents").first).to_be_visible()
    ok_errors(desk, MAINTAINED, "4 errors of rule 1600")
    authorise(desk, MAINTAINED)

    # The last date passes: nothing can be reopened. Each part has the whole history before it.
    move(desk, "The end", everybody=now - hour / 4)
    desk.goto(f"{MAINTAINED}reopen/")
    expect(desk.get_by_text("The collection has closed for everybody").first).to_be_visible()
    council_look.faults.clear()  # of the page above that is not the council's, which the console calls a fault
    for look in (school_look, council_look, desk_look):
        look.page.goto(f"{MAINTAINED}history/")
        assert look.faults == []
        for words in ("no calendar", "Wharf Lane High School", "Larkshire County Council", "Authorised"):
            expect(look.page.get_by_text(words).first).to_be_visible()
    wait_for(lambda: mails(service).count("authorised") >= 2, "mails that both are authorised")
    sent = mails(service)
    assert "is rejected" in sent and "has a question for you" in sent
    assert "Yes, since July" not in sent and "no calendar" not in sent, "nothing that was typed is in a mail"
