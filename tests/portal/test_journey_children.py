"""A council analyst works child by child on a Children in Need return, in a real browser, and reads the reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from collectory.engine import edition, read_tables
from collectory.engine.writing.csv_set import write_csv_set
from collectory.engine.writing.xml import write_xml
from tests.portal.test_desktop import Desktop, desktop, home  # noqa: F401 - fixtures
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - a fixture

pytestmark = [pytest.mark.own_service, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")]


def cin(path: Path, year: int, faults: float) -> Path:
    """A made-up return of authority 302: XML, or the zip of its CSV files."""
    of = edition(f"children-in-need-{year}")
    assert of.blade.sample is not None
    dataset = read_tables(of.blade.sample(of, 120, faults, 1, "302"), of)
    path.write_bytes(write_csv_set(dataset) if path.suffix == ".zip" else write_xml(dataset))
    return path


def test_children_are_worked_through(desktop: Desktop, chromium: Browser, tmp_path: Path) -> None:  # noqa: F811
    context = chromium.new_context(base_url=desktop.address)
    look = Looked(context, desktop, scripts=True)  # type: ignore[arg-type]
    page = look.page
    page.goto(desktop.entry)
    page.get_by_label("The return's file").set_input_files(cin(tmp_path / "cin.zip", 2025, 0.5))
    page.get_by_label("The return of the collection before").set_input_files(cin(tmp_path / "before.xml", 2024, 0.0))
    page.get_by_role("button", name="Open and check").click()
    expect(page.locator("h1")).to_have_text("Your file is loaded and validated", timeout=60_000)

    page.goto("/collections/children-in-need-2025/302/all-errors/")
    page.get_by_role("link", name="By child").click()
    look.check("Errors by child")
    first = page.get_by_role("rowheader").first.inner_text()
    page.get_by_role("link", name=first, exact=True).click()
    look.check(f"Child: {first}")
    expect(page.get_by_role("heading", name="What was found")).to_be_visible()
    page.get_by_role("link", name="Next child").click()
    expect(page.get_by_text("2 of", exact=False).first).to_be_visible()
    expect(page.locator("h1")).not_to_have_text(f"Child: {first}")
    second = page.locator("h1").inner_text()
    look.check(second)
    page.locator("tr[id^=finding-] td:nth-of-type(4) a").first.click()
    expect(page.get_by_role("link", name="All parts of the return")).to_be_visible()
    page.go_back()
    look.check(second)

    page.goto("/collections/children-in-need-2025/302/reports/")
    look.check("Reports")
    for report in ("Summary", "Key indicators", "Assessments working days list"):
        page.get_by_role("link", name=report, exact=True).click()
        look.check(report)
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV of").first.click()
        assert download.value.suggested_filename.endswith(".csv")
        page.goto("/collections/children-in-need-2025/302/reports/")
    context.close()
