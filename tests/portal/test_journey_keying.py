"""A council keys its return in a real browser: with the mouse and by keyboard alone, with scripts and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.service import Service
from tests.portal.test_journey import Looked, chromium, pytestmark  # noqa: F401 - the same browser, the same marks

PART_1 = "Part 1: Children with statements maintained by the authority on 20 January 2011"
PART_2 = "Part 2: Assessments and placements by the authority during the 2010 calendar year"


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("User name").fill("larkshire-sen")
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").click()


def to_source_page(page: Page) -> None:
    page.get_by_role("radio", name="SEN2 2011").check()
    page.get_by_role("button", name="Select data collection").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_council_keys_its_return(scripts: bool, chromium: Browser, service: Service) -> None:  # noqa: F811
    # Last year's return is another test's business: the guide's empty form had a query because it was empty.
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    sign_in(page)
    to_source_page(page)
    page.get_by_role("button", name="Add return on screen").click()
    look.check("Add return on screen")
    page.get_by_label("Contact forename").fill("Nadia")
    page.get_by_label("Completion time").fill("twelve")
    page.get_by_role("button", name="Save", exact=True).click()
    look.check("LA level data")
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text("“twelve” is not a number.")
    expect(page.get_by_label("Completion time")).to_have_value("twelve")
    page.get_by_label("Completion time").fill("12")
    page.get_by_role("button", name="Save", exact=True).click()
    look.check("LA level data")
    expect(page.get_by_text("57 errors and 1 query")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Parts of the form")
    expect(tabs.get_by_role("link", name="Part 1")).to_contain_text("25")
    expect(tabs.get_by_role("link", name="Part 2")).to_contain_text("32")

    tabs.get_by_role("link", name="Part 2").click()
    look.check(PART_2)
    for field, errors in {"New05": 2, "New1619": 2, "NewAll": 3}.items():
        expect(page.locator(f"#item-{field} td").nth(1)).to_contain_text(str(errors))
    page.get_by_role("link", name="All Errors").click()
    look.check("All errors")
    page.get_by_role("link", name="10", exact=True).click()
    expect(page.get_by_text("Page 1 of 6")).to_be_visible()
    expect(page.get_by_text("Count 58")).to_be_visible()

    page.go_back()
    page.go_back()
    page.get_by_role("button", name="Edit Part 2").click()
    look.check(PART_2)
    boxes = {"New05": "10", "New510": "1,020", "New1115": "30", "New1619": " 5 "}
    for field, text in boxes.items():
        page.locator(f"#value-Part2-{field}").fill(text)
    page.locator("#value-Part2-NewAll").fill("1000")
    hint = page.locator("#value-Part2-NewAll-sum")
    if scripts:
        expect(hint).to_have_text("Sum of 2.1a to 2.1d: 1,065; your total is 65 less")
        expect(page.get_by_text("Not saved yet")).to_be_visible()
        kept = []
        page.once("dialog", lambda dialog: (kept.append(dialog.type), dialog.dismiss()))
        page.get_by_role("link", name="My data collections").first.click()
        expect(hint).to_be_visible()
        assert kept == ["beforeunload"]
    page.get_by_role("button", name="Save", exact=True).click()
    look.check(PART_2)
    expect(page.get_by_text("was understood as 1020")).to_be_visible()
    expect(page.locator("#item-NewAll")).to_contain_text("Sum of 2.1a to 2.1d: 1,065; your total is 65 less")

    page.locator("#item-NewAll").get_by_role("link", name="Note on 2.1e").click()
    page.get_by_label("New note").or_(page.locator("textarea")).first.fill("Counted again in February.")
    page.get_by_role("button", name="Add new note").or_(page.get_by_role("button", name="Save")).first.click()
    expect(page.get_by_text("Counted again in February.").first).to_be_visible()
    context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until the thing with this name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()")
        if said.split("\n")[0].startswith(name):
            return
    raise AssertionError(f"Tab never came to {name}")


def test_by_keyboard_alone(chromium: Browser, service: Service) -> None:  # noqa: F811
    """From the source page to a complete Part 1: Tab, digits, Enter; each Tab leads to the next box."""
    context = chromium.new_context(base_url=service.address)
    page = context.new_page()
    sign_in(page)
    to_source_page(page)
    tab_to(page, "Add return on screen")
    press(page, "Enter")
    expect(page.locator("h1")).to_have_text("Add return on screen")
    tab_to(page, "Completion time")
    page.keyboard.type("9")
    tab_to(page, "Save and go on to Part 1")
    press(page, "Enter")
    expect(page.locator("h1")).to_have_text(PART_1)
    tab_to(page, "a. Under 5")
    ages, places, elsewhere = [50, 400, 550, 200], [10, 50, 40, 465, 420, 30, 60, 20, 15, 20, 40], [4, 10, 10, 6]
    for number in [*ages, sum(ages), *places, sum(places), *elsewhere, sum(places) + sum(elsewhere)]:
        page.keyboard.type(str(number))
        press(page, "Tab")
    assert page.evaluate("document.activeElement.innerText") == "Save"
    press(page, "Enter")
    expect(page.get_by_text("Saved. The whole return was checked")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Parts of the form")
    expect(tabs.get_by_text("Part 1")).to_be_visible()
    expect(page.locator("tr[class*=collectory-item--error]")).to_have_count(0)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("#value-Part1-Tot05").focus()
    press(page, "ArrowDown", "ArrowDown", "ArrowUp")
    assert page.evaluate("document.activeElement.id") == "value-Part1-Tot510"
    context.close()


def test_reports_and_help_are_accessible(chromium: Browser, service: Service) -> None:  # noqa: F811
    """The summary with its charts, every page of the help, the contact form with its errors, the collector's list."""
    context = chromium.new_context(base_url=service.address)
    look = Looked(context, service, scripts=True)
    page = look.page
    sign_in(page)
    page.goto("/collections/sen2-2013/855/reports/")
    look.check("Summary of the return")
    page.get_by_text("Figures of this chart").first.click()
    look.check("Summary of the return")
    expect(page.get_by_role("img").first).to_have_accessible_name(re.compile("Statements by age: .*SEN2 2013"))
    page.goto("/help/")
    addresses = page.eval_on_selector_all("main a[href^='/help/']", "links => links.map(link => link.pathname)")
    assert len(addresses) > 12
    for address in addresses:
        page.goto(address)
        look.check(page.locator("h1").inner_text())
    page.goto("/contact/")
    look.check("Contact")
    page.get_by_label("Your e-mail address").fill("nadia")
    page.get_by_role("button", name="Send").click()
    look.check("Contact")
    page.get_by_label("Your e-mail address").fill("nadia@example.gov.uk")
    page.get_by_label("Getting access").check()
    page.get_by_label("Your request").fill("I need to read the return of last year.")
    page.get_by_role("button", name="Send").click()
    look.check("Service request SR000001")
    context.close()
