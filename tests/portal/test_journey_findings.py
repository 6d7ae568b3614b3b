"""Explaining what was found, in a real browser, with scripts and without, every page looked at by axe."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import Browser, Page, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.service import Service
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
RETURN = "/collections/school-census-2021-autumn/8554001/"


def load(page: Page, service: Service) -> None:
    """Sign in as the data manager and load the file with faults."""
    page.goto("/")
    page.get_by_label("User name").fill("harcourt")
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{RETURN}upload/")
    page.get_by_label("The return's file").set_input_files(service.data / "to-try" / "8554001_SC3_855LL21_001.XML")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=60_000)


def text_on(page: Page, selector: str) -> str:
    return page.locator(selector).first.inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_was_found_is_explained(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address, accept_downloads=True)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    load(page, service)

    page.goto(f"{RETURN}all-errors/")
    look.check("All errors")
    expect(page.get_by_text("Error report on")).to_be_visible()
    rows = page.locator("table:has-text('Details') tbody > tr[id]")
    who = rows.filter(has_text="Error").filter(has=page.locator(".collectory-code")).first
    upn = who.locator(".collectory-code").inner_text()

    # The search leaves nothing about the pupil in the address.
    page.get_by_label("Name or number of the record").fill(upn)
    page.get_by_role("button", name="Show", exact=True).click()
    look.check("All errors")
    assert upn not in page.url
    expect(rows.first).to_contain_text(upn)
    rows.first.locator("summary").click()
    expect(rows.first.get_by_role("columnheader", name="Field")).to_be_visible()
    look.check("All errors")
    cell = rows.first.locator("details a").first
    number = text_on(page, "tr[id] .collectory-rule")
    cell.click()
    expect(page.locator("h1")).not_to_have_text("All errors")
    assert "#item-" in page.url

    page.go_back()
    rows.first.get_by_role("link", name="Add note").click()
    heading = page.locator("h1").inner_text()
    look.check(heading)
    page.get_by_role("button", name="Save", exact=False).last.click()
    expect(page.get_by_role("alert")).to_contain_text("Write the note")
    look.check(heading)
    page.get_by_label("Note", exact=True).fill("Seen the certificate. <b>It is right.</b>")
    page.get_by_role("button", name="Save note").click()
    look.check(heading)
    expect(page.get_by_text("Seen the certificate. <b>It is right.</b>").first).to_be_visible()
    expect(page.locator(".collectory-standing").first).to_contain_text("Explained")

    page.get_by_role("link", name="All about rule").click()
    look.check(f"Rule {number}")
    for page_of, title in [
        ("all-errors/not-checked/", "Rules not checked"),
        ("notes/return/", "Return level notes"),
        ("notes/spreadsheet/", "Notes by spreadsheet"),
        ("export/", "Export to file"),
    ]:
        page.goto(RETURN + page_of)
        look.check(title)
    page.goto(f"{RETURN}notes/")
    look.check("All notes")
    page.get_by_role("link", name="Withdraw").first.click()
    look.check("Withdraw a note")
    page.get_by_label("Reason").fill("It was another pupil's certificate.")
    page.get_by_role("button", name="Withdraw the note").click()
    look.check("All notes")
    expect(page.get_by_text("Withdrawn. Reason:")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_notes_by_spreadsheet_and_export(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address, accept_downloads=True)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    load(page, service)
    page.goto(f"{RETURN}notes/spreadsheet/")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert taken.value.suggested_filename.startswith("8554001_errors-and-queries_")
    sheet = service.data / "to-try" / "notes.csv"
    taken.value.save_as(sheet)
    text = sheet.read_text("utf-8-sig")
    assert text.count('"","F') > 1
    sheet.write_text(text.replace('"","F', '"Checked with the office.","F', 2), "utf-8-sig")
    page.get_by_label("Spreadsheet with your notes").set_input_files(sheet)
    page.get_by_role("button", name="Upload and look at it").click()
    look.check("2 notes to be added")
    page.get_by_role("button", name="Add 2 notes").click()
    look.check("All errors")
    expect(page.get_by_text("2 notes are saved.")).to_be_visible()

    page.goto(f"{RETURN}export/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export", exact=True).click()
    assert taken.value.suggested_filename == "8554001_Collect-Blade-Export.zip"
    archive = service.data / "to-try" / "export.zip"
    taken.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None and "datapackage.json" in opened.namelist()
