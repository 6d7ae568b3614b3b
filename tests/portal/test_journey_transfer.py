"""The performance team's checklist, done by an academy and its council in two browsers: first by hand (download,
rename, send), then the two-click way; then the return changes, and both are told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.portal.live import fill_sign_in
from tests.portal.service import Service
from tests.portal.test_journey import Looked, chromium, pytestmark  # noqa: F401 - the same browser, the same marks

NAME = "8554001_Collect-Blade-Export.zip"
PATIENCE = 60_000


def signed_in(chromium: Browser, service: Service, username: str, *, scripts: bool) -> Looked:  # noqa: F811
    """A browser of somebody's own."""
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address, accept_downloads=True)
    look = Looked(context, service, scripts=scripts)
    look.page.goto("/")
    fill_sign_in(look.page, username)
    expect(look.page.locator("h1")).to_have_text("My data collections")
    return look


def load_and_submit(look: Looked, service: Service, file: str) -> None:
    """Load the return's file and submit it."""
    page = look.page
    page.goto("/collections/school-census-2021-autumn/8554001/upload/")
    page.get_by_label("The return's file").set_input_files(service.data / "to-try" / file)
    if page.get_by_label("Replace the data that the return holds now").count():
        page.get_by_label("Replace the data that the return holds now").check()
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text(re.compile("Loaded and validated|is loaded", re.I)).first).to_be_visible(timeout=PATIENCE)


def submit(look: Looked) -> None:
    """Submit the return."""
    page = look.page
    page.goto("/collections/school-census-2021-autumn/8554001/submit/")
    page.get_by_label("I have checked this return").check()
    page.get_by_role("button", name="Submit return").click()
    expect(page.get_by_role("heading", name="Return submitted")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_checklist_by_hand_and_then_in_two_clicks(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    service.ask(
        "from collectory.portal.collections.models import *;"
        "DataCollection.objects.update(errors_at_submission='open', queries_at_submission='open')"
    )
    team = signed_in(chromium, service, "larkshire", scripts=scripts)
    school = signed_in(chromium, service, "harcourt", scripts=scripts)

    # The team says which files it wants.
    desk = team.page
    desk.get_by_role("link", name="Team's desk").click()
    team.check("Team's desk")
    desk.get_by_role("link", name="Say which files schools send").click()
    desk.get_by_role("button", name="Save").click()
    team.check("New file type")
    expect(desk.get_by_role("alert")).to_contain_text("Enter a name")
    desk.get_by_label("Name", exact=True).fill("School Census Submission")
    desk.get_by_label("Right name of the file").fill("{native_id}_Collect-Blade-Export.zip")
    desk.get_by_label("Exports of which return?").select_option(label="School Census 2021 autumn")
    desk.get_by_label("Due (may be empty)").fill("2031-10-08T16:00")
    desk.get_by_role("button", name="Save").click()
    team.check("File types")
    expect(desk.get_by_text("3 schools are asked for it now")).to_be_visible()

    # By hand: load, submit, export, rename, send.
    page = school.page
    load_and_submit(school, service, "8554001_SC3_855LL21_001.XML")
    page.goto("/collections/school-census-2021-autumn/8554001/")
    expect(page.get_by_text("Submit the return first.")).to_be_visible()
    submit(school)
    page.goto("/collections/school-census-2021-autumn/8554001/export/")
    page.get_by_label("Current-Blade-Export.zip").check()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export").click()
    exported = service.data / "Current-Blade-Export.zip"
    downloading.value.save_as(exported)
    page.get_by_role("link", name="Files to send").click()
    school.check("Files to send to the performance team")
    page.get_by_role("link", name="School Census Submission").click()
    school.check("School Census Submission")
    page.get_by_role("link", name="Send a file").or_(page.get_by_role("button", name="Send a file")).click()
    school.check("Send a School Census Submission")
    expect(page.get_by_text("Files are not scanned for viruses here.")).to_be_visible()
    page.get_by_label("The file", exact=True).set_input_files(exported)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1")).to_have_text("The file needs another name", timeout=PATIENCE)
    school.check("The file needs another name")
    page.get_by_role("button", name="Do not send it").click()
    school.check("Send a School Census Submission")
    renamed = exported.rename(exported.with_name(NAME))
    page.get_by_label("The file", exact=True).set_input_files(renamed)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1")).to_have_text("File received", timeout=PATIENCE)
    school.check("File received")
    expect(page.get_by_text("Revision 1 of the return")).to_be_visible()

    # The team asks, the school answers, the team accepts.
    desk.get_by_role("link", name="Team's desk").first.click()
    desk.get_by_label("Status", exact=True).select_option("Received")
    desk.get_by_role("button", name="Go", exact=True).click()
    team.check("Team's desk")
    desk.get_by_role("link", name="School Census Submission of Harcourt Spinney Academy").click()
    team.check("School Census Submission")
    desk.get_by_text("Ask a question").click()
    desk.get_by_label("Your question").fill("Is the number on roll right?")
    desk.get_by_role("button", name="Ask", exact=True).click()
    expect(desk.get_by_text("Waits for the school")).to_be_visible()
    page.goto("/transfer/")
    page.get_by_role("link", name="School Census Submission").click()
    page.get_by_label("Answer").fill("Yes, two forms have left.")
    page.get_by_role("button", name="Answer").click()
    school.check("School Census Submission")
    desk.reload()
    expect(desk.get_by_text("Yes, two forms have left.")).to_be_visible()
    desk.get_by_role("button", name="Settle it").click()
    desk.get_by_role("button", name="Accept the file").click()
    team.check("School Census Submission")
    expect(desk.get_by_text("Accepted", exact=True).first).to_be_visible()

    # The return changes: both are told.
    load_and_submit(school, service, "8554001_SC3_855LL21_002.XML")
    page.goto("/collections/school-census-2021-autumn/8554001/")
    school.check("My data return")
    expect(page.get_by_text("You changed your return after sending it")).to_be_visible()
    for look in (school, team):
        look.page.goto("/news/")
        for _ in range(100):
            if look.page.get_by_text("A return was changed after its file was sent").count():
                break
            look.page.wait_for_timeout(300)
            look.page.reload()
        expect(look.page.get_by_text("A return was changed after its file was sent").first).to_be_visible()
    desk.goto("/transfer/desk/?state=stale")
    team.check("Team's desk")
    expect(desk.get_by_text("1 school with 1 file that the filter finds")).to_be_visible()

    # The two-click way.
    submit(school)
    page.goto("/collections/school-census-2021-autumn/8554001/")
    page.get_by_role("button", name="Send to the performance team").click()
    school.check("Send to the performance team")
    page.get_by_role("button", name="Send", exact=True).click()
    school.check("File received")
    expect(page.get_by_text("sent from the return")).to_be_visible()
    desk.goto("/transfer/desk/")
    desk.get_by_role("link", name="Harcourt Spinney Academy", exact=True).click()
    team.check("Harcourt Spinney Academy")
    expect(desk.get_by_text("Went stale").first).to_be_visible()
    desk.get_by_role("link", name="School Census Submission").first.click()
    desk.get_by_role("button", name="Accept the file").click()
    expect(desk.get_by_text("Accepted", exact=True).first).to_be_visible()

    # Many are reminded.
    desk.goto("/transfer/desk/?state=awaited")
    desk.get_by_label("All 2 that the filter finds, on all pages").check()
    desk.get_by_role("button", name="Remind the schools").click()
    team.check("Remind schools")
    desk.get_by_role("button", name="Send 2 reminders").click()
    expect(desk.get_by_text("2 reminders are on their way.")).to_be_visible()
    # Nothing of it can be read in the store.
    kept = [one for one in (service.data / "blobs" / "transfer").rglob("*") if one.is_file()]
    assert kept
    for one in kept:
        content = one.read_bytes()
        assert (
            b"PK\x03\x04" not in content and b"PupilOnRoll" not in content and not re.search(rb"[A-Z]855\d{9}", content)
        )
