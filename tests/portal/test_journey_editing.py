"""Looking through a return and correcting it, in a real browser, with scripts and without, seen by axe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.service import Service
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name
from tests.portal.test_journey_findings import RETURN, load

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]


def photograph(page: Page, name: str) -> None:
    """Keep a picture of the page where COLLECTORY_TEST_PICTURES names a folder."""
    if folder := os.environ.get("COLLECTORY_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_return_is_looked_through_and_corrected(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address, accept_downloads=True)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    load(page, service)

    page.goto(RETURN)
    page.get_by_role("button", name="Open return").click()
    look.check("Open return")
    page.get_by_role("main").get_by_role("link", name="Pupils on roll", exact=True).first.click()
    look.check("Pupils on roll")
    rows = page.locator("table.collectory-records tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="10", exact=True).last.click()
    expect(rows).to_have_count(10)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("11 to 20 are shown")).to_be_visible()
    page.get_by_role("link", name="Legal surname").click()
    expect(page.get_by_role("columnheader", name="Legal surname")).to_have_attribute("aria-sort", "ascending")
    names = rows.locator("td:nth-child(6)").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    look.check("Pupils on roll")

    # A search leaves nothing about the pupil in the address.
    wanted = names[0]
    page.get_by_role("searchbox", name="Find").fill(wanted.upper())
    page.get_by_label("in", exact=True).select_option("Legal surname")
    with page.expect_navigation():
        page.get_by_role("button", name="Find").click()
    assert wanted.lower() not in page.url.lower()
    assert {one.lower() for one in rows.locator("td:nth-child(6)").all_inner_texts()} == {wanted.lower()}
    look.check("Pupils on roll")
    page.get_by_role("link", name="Show all").click()

    page.get_by_label("Show", exact=True).select_option("With errors")
    page.get_by_role("button", name="Find").click()
    photograph(page, "records")
    rows.first.get_by_role("rowheader").get_by_role("link").click()
    heading = page.locator("h1").inner_text()
    look.check(heading)
    expect(page.get_by_text("with errors", exact=False).first).to_be_visible()
    photograph(page, "record")
    page.get_by_role("link", name="Next", exact=False).click()
    assert page.locator("h1").inner_text() != heading
    heading = page.locator("h1").inner_text()
    record = page.url

    # One value.
    page.get_by_role("link", name="Edit Date of birth").click()
    look.check(page.locator("h1").inner_text())
    page.get_by_label("Date of birth").fill("31/12/1899")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("31/12/1899 was saved as 1899-12-31")).to_be_visible()
    look.check(heading)
    row = page.locator("#item-DOB")
    expect(row.get_by_text("changed on screen")).to_be_visible()
    expect(page.get_by_role("list", name="Found at Date of birth").get_by_role("link").first).to_be_visible()
    photograph(page, "saved")

    # Somebody else was there first: told, and nothing typed is lost.
    page.get_by_role("link", name="Edit", exact=True).click()
    look.check(page.locator("h1").inner_text())
    other = context.new_page()
    other.goto(record)
    other.get_by_role("link", name="Edit Middle names").click()
    other.get_by_label("Middle names").fill("Saved First")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("The return was checked again")).to_be_visible()
    page.get_by_label("Middle names").fill("Typed Second")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this record")
    expect(page.get_by_label("Middle names")).to_have_value("Typed Second")
    expect(page.get_by_text("Saved by somebody else: Saved First.")).to_be_visible()
    look.check(page.locator("h1").inner_text())
    photograph(page, "overtaken")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#item-MiddleNames")).to_contain_text("Typed Second")

    page.get_by_role("link", name="History of Middle names").click()
    look.check(page.locator("h1").inner_text())
    expect(page.get_by_role("cell", name="Saved First", exact=True)).to_have_count(2)
    photograph(page, "history")

    # A record under it, a new one, one less.
    page.goto(record.replace("/2/", "/1/"))
    page.get_by_role("link", name="Add: address").click()
    look.check(page.locator("h1").inner_text())
    page.get_by_label("Postcode").fill("ZZ1 1ZZ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The record was added.")).to_be_visible()
    look.check(page.locator("h1").inner_text())
    page.get_by_role("link", name="Delete", exact=True).click()
    look.check(page.locator("h1").inner_text())
    photograph(page, "delete")
    page.get_by_role("button", name="Delete the record").click()
    expect(page.get_by_text("The record was deleted.")).to_be_visible()
    page.goto(f"{RETURN}open/PupilOnRoll/")
    page.get_by_role("link", name="Add", exact=True).click()
    look.check("Add: pupil on roll")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill in at least one value")
    look.check("Add: pupil on roll")
    page.get_by_label("Legal surname").fill("Brandnew")
    page.get_by_text("Address", exact=True).click()
    page.get_by_label("Postcode").fill("ZZ9 9ZZ")
    page.get_by_role("button", name="Save").click()
    look.check("Pupil on roll: Brandnew")
    expect(page.get_by_text("ZZ9 9ZZ", exact=True)).to_be_visible()

    page.get_by_role("link", name="Changes made on screen").click()
    look.check("Changes made on screen")
    photograph(page, "edits")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download as a spreadsheet (XLSX)").click()
    assert file.value.suggested_filename.startswith("8554001_changes-on-screen")
    page.get_by_role("link", name="Status", exact=True).click()
    look.check("History of this return")
    context.close()
