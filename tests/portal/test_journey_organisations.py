"""Loading a register and switching roles in a real browser, with scripts and without, every page looked at by axe."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.registers import register, school
from tests.portal.service import Service
from tests.portal.test_journey import Looked, chromium, pytestmark  # noqa: F401 - the same browser, the same marks


class LookedInAnyRole(Looked):
    """A page that another role opens is answered with 403, which the browser notes in its console."""

    @staticmethod
    def is_fault(line: ConsoleMessage) -> bool:
        """Whether a line of the console tells of a fault of ours."""
        return Looked.is_fault(line) and "status of 403" not in line.text


def sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My data collections")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_register_is_loaded_and_a_person_switches(
    scripts: bool,
    chromium: Browser,  # noqa: F811
    service: Service,
    tmp_path: Path,
) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(
        register(
            school("8554002", "Wharf Lane Community School", "923383"),
            school("8554003", "Newly Built School", "900003"),
            school("8552001", "Bramble Hill Primary School", "997361", EstablishmentStatus="Closed"),
            school("8554010", "Odd one", "900004", EstablishmentStatus="Perhaps"),
        )
    )
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address)
    look = LookedInAnyRole(context, service, scripts=scripts)
    page = look.page
    sign_in(page, "department")
    page.get_by_role("link", name="Organisations").click()
    look.check("Organisations")
    page.get_by_role("button", name="Load the register").click()
    look.check("Load the register")
    page.get_by_role("button", name="Show what would change").click()
    look.check("Load the register")
    expect(page.get_by_role("alert")).to_contain_text("Choose the register’s CSV file.")
    page.get_by_label("The register").set_input_files(path)
    page.get_by_role("button", name="Show what would change").click()
    look.check("What the register would change")
    expect(page.get_by_text("3 organisations will be new or different")).to_be_visible()
    for section, shown in [
        ("New", "Newly Built School"),
        ("Changed", "Wharf Lane High School"),
        ("Closing", "Bramble Hill Primary School"),
        ("Not in the file", "Harcourt Spinney Academy"),
        ("Rows that cannot be used", "“Perhaps” is not a status"),
    ]:
        page.get_by_role("navigation", name="Kinds of change").get_by_role("link", name=section).click()
        look.check("What the register would change")
        expect(page.get_by_role("table")).to_contain_text(shown)
    page.get_by_role("button", name="Confirm and put in force").click()
    look.check("Organisations")
    expect(page.get_by_role("alert")).to_contain_text("The register register.csv is in force.")
    page.get_by_label("Name, number or URN").fill("newly")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Newly Built School").click()
    look.check("Newly Built School")

    service.ask(
        "from collectory.portal.people.models import *;"
        "Membership.objects.create(user=User.objects.get(username='wharf'), role='source',"
        "organisation=Organisation.objects.get(native_id='8554001'))"
    )
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "wharf")
    who = page.get_by_role("banner")
    expect(who).to_contain_text("acting as Source for Harcourt Spinney Academy")
    page.goto("/collections/school-census-2021-autumn/8554002/")
    look.check("You act in another role")
    page.get_by_role("button", name="Switch to Source for Wharf Lane Community School and open it").click()
    expect(who).to_contain_text("acting as Source for Wharf Lane Community School")
    page.get_by_role("link", name="change whom you act for").click()
    look.check("Whom are you acting for?")
    page.get_by_role("radio", name="Harcourt Spinney Academy").check()
    page.get_by_role("button", name="Continue").click()
    look.check("My data collections")
    expect(who).to_contain_text("acting as Source for Harcourt Spinney Academy")
