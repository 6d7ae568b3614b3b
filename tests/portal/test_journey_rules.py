"""The collector softens a rule: found, impact seen, confirmed, stored returns checked again; the source reads why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.service import Service
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
COLLECTION = "/collections/school-census-2021-autumn/"
PATIENCE = 60_000


def sign_in(page: Page, username: str) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").click()


def listed_rules(page: Page) -> Locator:
    """The rules of the findings in sight (the summary by rule is folded on a filtered page), those with a number."""
    return page.locator("table .collectory-rule").filter(has_text=re.compile(r"\d"), visible=True)


def test_a_rule_is_softened_and_the_source_reads_why(chromium: Browser, service: Service) -> None:  # noqa: F811
    source = Looked(chromium.new_context(base_url=service.address), service, scripts=True)
    page = source.page
    sign_in(page, "harcourt")
    page.goto(f"{COLLECTION}8554001/upload/")
    page.get_by_label("The return's file").set_input_files(service.data / "to-try" / "8554001_SC3_855LL21_001.XML")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{COLLECTION}8554001/all-errors/?priority=error")
    number = listed_rules(page).first.inner_text().strip()

    department = Looked(chromium.new_context(base_url=service.address), service, scripts=True)
    desk = department.page
    sign_in(desk, "department")
    desk.goto(f"{COLLECTION}rules/")
    department.check("Rules")
    desk.get_by_label("Rule number or words").fill(number)
    desk.get_by_role("button", name="Show").click()
    department.check("Rules")
    desk.get_by_role("link", name=f"Switch rule {number}", exact=True).click()
    department.check(f"Switch rule {number}")
    desk.get_by_role("button", name="See what would change").click()
    expect(desk.get_by_role("alert")).to_contain_text("Choose what to do with the rule")
    department.check(f"Switch rule {number}")
    desk.get_by_label("Soften it to a query").check()
    desk.get_by_label("Why?").fill("Suppliers misread the guidance.")
    desk.get_by_label("As soon as I confirm it").check()
    desk.get_by_role("button", name="See what would change").click()
    expect(desk.locator("h1")).to_have_text("What would change", timeout=PATIENCE)
    department.check("What would change")
    expect(desk.get_by_role("heading", name="1 of 1 stored return would change")).to_be_visible()
    desk.get_by_role("button", name="Confirm: soften it to a query").click()
    department.check("Switched rules")
    expect(desk.get_by_text("Suppliers misread the guidance.").first).to_be_visible()

    def checked_again() -> bool:
        desk.goto(f"{COLLECTION}rules/switches/")
        return desk.get_by_text("1 return has another result than before").is_visible()

    for _ in range(60):
        if checked_again():
            break
        desk.wait_for_timeout(500)
    expect(desk.get_by_text("1 return has another result than before")).to_be_visible()
    department.check("Switched rules")
    desk.goto(f"{COLLECTION}rules/across/?change=added")
    department.check("Rules from edition to edition")

    page.goto(f"{COLLECTION}8554001/")
    source.check("My data return")
    expect(page.get_by_text("1 rule was changed by the department")).to_be_visible()
    page.get_by_role("link", name=f"Rule {number}").click()
    source.check(f"Rule {number}")
    expect(page.get_by_text("Reason: Suppliers misread the guidance.")).to_be_visible()
    page.goto(f"{COLLECTION}8554001/all-errors/?priority=query")
    source.check("All errors")
    expect(listed_rules(page).filter(has_text=number).first).to_be_visible()
    page.goto(f"{COLLECTION}8554001/history/")
    source.check("History of this return")
    expect(page.get_by_text("Checked again with changed rules")).to_be_visible()
    page.goto(f"{COLLECTION}rules/")
    source.check("Rules")
