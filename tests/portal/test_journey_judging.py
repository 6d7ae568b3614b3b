"""From a query to an authorised return, by a school and the department, in a real browser, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.census_files import census
from tests.portal.service import Service
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
COLLECTION = "/collections/school-census-2021-autumn/"
RETURN = f"{COLLECTION}8554001/"
WRONG = {"DOB": "2010-02-30"}  # three errors of rule 1600
QUERY = "2355Q"  # a pupil without an address: three of them


def sign_in(page: Page, username: str) -> None:
    """Sign in with the demonstration's password."""
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").first.click()
    expect(page.locator(".collectory-who")).to_be_visible()


def press(page: Page, name: str) -> None:
    """Press a button of this name."""
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_query_is_asked_about_okd_and_the_return_authorised(
    scripts: bool,
    chromium: Browser,  # noqa: F811
    service: Service,
) -> None:
    service.ask(
        "from collectory.portal.collections.models import *;"
        "DataCollection.objects.update(errors_at_submission='open', queries_at_submission='open')"
    )
    looks = [
        Looked(chromium.new_context(java_script_enabled=scripts, base_url=service.address), service, scripts=scripts)
        for _ in range(2)
    ]
    look, desk_look = looks
    school, desk = look.page, desk_look.page

    sign_in(school, "harcourt")
    school.goto(f"{RETURN}upload/")
    school.get_by_label("The return's file").set_input_files(
        {"name": "8554001_SC3_855LL21_001.XML", "mimeType": "text/xml", "buffer": census(3, pupil=WRONG)}
    )
    press(school, "Upload")
    expect(school.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=90_000)
    school.goto(f"{RETURN}submit/")
    school.get_by_label("I have checked this return").check()
    press(school, "Submit return")
    expect(school.get_by_text("Return submitted")).to_be_visible()

    # The department finds it in its inbox, approves it as the agent, and asks about a query.
    sign_in(desk, "department")
    desk.goto(f"{COLLECTION}work/")
    desk_look.check("Work lists")
    desk.get_by_role("link", name="Harcourt Spinney Academy").click()
    desk_look.check("Collector page")
    press(desk, "Approve")
    press(desk, "Approve return")
    desk.goto(f"{RETURN}collector/")
    desk.get_by_role("link", name=QUERY, exact=True).click()
    desk_look.check(f"Rule {QUERY}: OK or ask")
    boxes = desk.get_by_role("checkbox")
    boxes.first.check()
    press(desk, "Ask")
    expect(desk.get_by_role("alert")).to_contain_text("Write the question")
    desk_look.check(f"Rule {QUERY}: OK or ask")
    desk.get_by_label("Comment, or your question").fill("Have you checked this with the office?")
    press(desk, "Ask")
    expect(desk.get_by_text("Have you checked this with the office?").first).to_be_visible()
    desk_look.check(f"Rule {QUERY}: OK or ask")

    # The school is told, answers in place, is asked again and answers again.
    school.goto(RETURN)
    look.check("My data return")
    for answer, again in [("Yes, on Monday.", "With whom?"), ("With the head of year.", "")]:
        school.goto(RETURN)
        school.get_by_role("link", name="Read and answer").click()
        look.check("Questions")
        school.get_by_label("Your answer").fill(answer)
        school.get_by_role("button", name="Send the answer").click()
        expect(school.locator(".collectory-thread")).to_contain_text("Waiting for the department")
        desk.goto(f"{COLLECTION}work/?list=answered")
        expect(desk.get_by_role("link", name="Harcourt Spinney Academy")).to_be_visible()
        if again:
            desk.goto(f"{RETURN}questions/")
            desk.locator("summary", has_text="Ask again").click()
            desk.get_by_label("Your words").fill(again)
            desk.get_by_role("button", name="Ask again").click()
            expect(desk.locator(".collectory-thread")).to_contain_text("Waiting for the source")
            desk_look.check("Questions")

    # OK'd: the one that was asked about, then all errors of a rule; then nothing stands in the way.
    desk.goto(f"{RETURN}collector/rules/{QUERY}/?show=answered")
    press(desk, "OK")
    expect(desk.get_by_role("alert")).to_contain_text("1 finding is OK’d")
    desk.goto(f"{RETURN}collector/")
    expect(desk.get_by_text("3 errors of rule 1600, neither corrected nor OK’d")).to_be_visible()
    desk.get_by_role("link", name="3 errors of rule 1600").click()
    desk.get_by_label("all 3 findings of this list").check()
    press(desk, "OK")
    expect(desk.get_by_role("alert")).to_contain_text("3 findings are OK’d")
    desk.goto(f"{RETURN}collector/")
    press(desk, "Authorise")
    desk_look.check("Authorise return")
    press(desk, "Authorise return")
    desk_look.check("Collector page")
    expect(desk.get_by_text("The status of this data return: Authorised")).to_be_visible()

    school.goto(RETURN)
    expect(school.get_by_text("The status of your data return: Authorised")).to_be_visible()
    school.goto(f"{RETURN}questions/")
    look.check("Questions")
    expect(school.locator(".collectory-thread")).to_contain_text("Settled")
    press(desk, "Reopen")
    desk_look.check("Reopen return")
    press(desk, "Reopen return")
    expect(desk.get_by_role("alert")).to_contain_text("Say why")
    desk.get_by_label("Why do you reopen it?").fill("The school has found another class.")
    press(desk, "Reopen return")
    expect(desk.get_by_text("The status of this data return: Approved")).to_be_visible()
    desk.goto(f"{COLLECTION}statistics/")
    desk_look.check("Rule statistics")
    expect(desk.locator("tbody tr").filter(has_text=QUERY).first).to_be_visible()
    desk.goto(f"{COLLECTION}work/")
    desk.get_by_role("checkbox").first.check()
    press(desk, "Authorise those ticked")
    desk_look.check("Authorise returns")
    expect(desk.get_by_text("1 return can be authorised")).to_be_visible()
