"""An authority loads a zip, looks at the list, and approves many, in a real browser, with scripts and without."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import Browser, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.census_files import census
from tests.portal.service import Service
from tests.portal.test_journey import Looked, chromium, pytestmark  # noqa: F401 - the same browser, the same marks

SCHOOLS = {"8554002": "Wharf Lane High School", "8552001": "Bramble Hill Primary School"}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_authority_loads_and_approves_many(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    service.ask(
        "from collectory.portal.collections.models import *;"
        "DataCollection.objects.update(errors_at_submission='open', queries_at_submission='open')"
    )
    archive = service.data / "returns.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for number, native_id in enumerate(SCHOOLS):
            files.writestr(f"sheet {number}.XML", census(2, native_id=native_id))
        files.writestr("academy.XML", census(2, native_id="8554001"))
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    page.goto("/")
    page.get_by_label("User name").fill("larkshire")
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").click()
    look.check("My data collections")
    page.get_by_role("radio", name="School Census").check()
    page.get_by_role("button", name="Select data collection").click()
    look.check("Agent page")
    expect(page.get_by_role("link", name="Harcourt Spinney Academy")).to_have_count(0)

    page.get_by_role("link", name="Load a zip of returns").click()
    look.check("Load a zip of returns")
    page.get_by_role("button", name="Load").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the zip to load")
    look.check("Load a zip of returns")
    page.get_by_label("The zip").set_input_files(archive)
    page.get_by_role("button", name="Load").click()
    expect(page.get_by_text("2 loaded, 1 not loaded.")).to_be_visible(timeout=60_000)
    look.check("Load a zip of returns")
    expect(page.get_by_text("The file says that it is from 8554001.")).to_be_visible()

    for name in SCHOOLS.values():
        page.get_by_role("link", name=name).click()
        look.check("My data return")
        page.get_by_role("button", name="Submit return").click()
        page.get_by_label("I have checked this return").check()
        page.get_by_role("button", name="Submit return").click()
        expect(page.get_by_role("heading", name="Return submitted")).to_be_visible()
        page.goto("/collections/school-census-2021-autumn/queues/")
        look.check("Queues")
        page.get_by_role("link", name="Load a zip of returns").click()

    page.get_by_role("link", name="Back to the list of sources").click()
    page.get_by_label("Status", exact=True).select_option("Waiting for approval")
    page.get_by_role("button", name="Go", exact=True).click()
    look.check("Agent page")
    expect(page.get_by_text("2 of 2 returns.")).to_be_visible()
    page.get_by_label("Name or Native ID").fill("wharf")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("1 of 2 returns.")).to_be_visible()
    expect(page.get_by_role("link", name="Bramble Hill Primary School")).to_have_count(0)
    page.get_by_role("link", name="Wharf Lane High School").click()
    page.get_by_role("button", name="Approve return").click()
    look.check("Approve return")
    page.get_by_role("link", name="Reject it instead").click()
    look.check("Reject return")
    page.go_back()
    page.get_by_role("button", name="Approve return").click()
    expect(page.get_by_text("The return of Wharf Lane High School is approved.")).to_be_visible()

    page.goto("/collections/school-census-2021-autumn/sources/")
    page.get_by_role("button", name="Approve returns").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the returns in the list that you mean")
    look.check("Agent page")
    page.get_by_label("All 2").check()
    page.get_by_role("button", name="Approve returns").click()
    look.check("Approve many returns")
    expect(page.get_by_role("heading", name="1 return will be approved")).to_be_visible()
    expect(page.get_by_role("heading", name="The return is approved already.")).to_be_visible()
    page.get_by_role("button", name="Approve 1 return").click()
    expect(page.get_by_text("1 approved, 1 not approved.")).to_be_visible(timeout=60_000)
    look.check("Approve many returns")

    page.goto("/collections/school-census-2021-autumn/sources/")
    page.get_by_label("Choose Wharf Lane High School").check()
    page.get_by_role("button", name="Export to file").click()
    expect(page.get_by_role("button", name="Download the exports")).to_be_visible(timeout=60_000)
    look.check("Export many returns")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the exports").click()
    with zipfile.ZipFile(download.value.path()) as exports:
        assert exports.namelist() == ["8554002_Collect-Blade-Export.zip"]
    page.get_by_role("link", name="Back to the list of sources").click()
    page.get_by_role("link", name="Report: errors and queries by rule").click()
    look.check("Errors and queries by rule")
    context.close()
