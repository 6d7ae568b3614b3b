"""The report of a received file for both sides, the team's rules, merged data and tokens, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from collectory.engine.writing.csv_set import write_csv_set
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.receiving import choosing, merging
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer.models import FileType
from tests.engine.spreadsheet import Spreadsheet
from tests.engine.test_receiving import census, saved_again, with_property_numbers, with_values
from tests.portal.deliveries import checked, delivery, file_type, sent
from tests.portal.live import Live, give_password, live, needs_chromium, window  # noqa: F401
from tests.portal.test_journey import Looked
from tests.portal.test_receiving import larkshire  # noqa: F401

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]


def test_both_sides_read_the_report(
    live: Live,  # noqa: F811
    window: Callable[..., BrowserContext],  # noqa: F811
    larkshire: Any,  # noqa: F811
) -> None:
    academy = Membership.objects.get(user__username="harcourt")
    team = Membership.objects.get(user__username="larkshire")
    choosing.choose(team, ["larkshire"])
    kind = file_type(on_receipt=FileType.OnReceipt.CHECK, edition_key="school-census-2021-autumn")
    owed = delivery(kind)
    sent(owed, academy, write_csv_set(census(60, 3, 0.1)))
    checked(owed)
    others = [f"A{number:012}" for number in range(20)]
    changed = with_values(census(60, 3, 0.1), "PupilOnRoll", UPN=others, Surname=others, Forename=others)
    sent(owed, academy, saved_again(changed, Spreadsheet(separator=";")))
    checked(owed)
    sent(owed, academy, saved_again(with_property_numbers(), Spreadsheet()))
    checked(owed)

    school = Looked(window(), live, scripts=True)  # type: ignore[arg-type]
    page = school.page
    give_password(page, live)
    page.goto(f"{live.address}/transfer/{owed.pk}/")
    page.get_by_role("link", name="Report of the check").first.click()
    school.check("Report of the check")
    expect(page.get_by_role("heading", name="What cannot be put right")).to_be_visible()
    expect(page.get_by_text("UniquePropertyReferenceNumber").first).to_be_visible()
    page.goto(f"{live.address}/transfer/{owed.pk}/files/2/report/")
    school.check("Report of the check")
    page.get_by_text("Show what was done").click()
    expect(page.get_by_text("separated by semicolons").first).to_be_visible()
    expect(page.get_by_text("LKS-1").first).to_be_visible()
    page.get_by_role("table", name="Findings by rule").get_by_role("link").first.click()
    school.check("Report of the check")
    expect(page.get_by_role("heading", name="Findings of rule")).to_be_visible()

    desk = Looked(window(java_script_enabled=False), live, scripts=False)  # type: ignore[arg-type]
    page = desk.page
    give_password(page, live, "larkshire")
    page.goto(f"{live.address}/transfer/{owed.pk}/files/1/report/")
    desk.check("Report of the check")
    page.goto(f"{live.address}/transfer/desk/")
    page.get_by_role("link", name="The team’s own rules").click()
    desk.check("The team's own rules")
    expect(page.get_by_label("Rules of Larkshire", exact=True)).to_be_checked()


def test_a_team_merges_and_an_approver_makes_a_token(
    live: Live,  # noqa: F811
    window: Callable[..., BrowserContext],  # noqa: F811
) -> None:
    academy = Membership.objects.get(user__username="harcourt")
    kind = file_type(on_receipt=FileType.OnReceipt.ACCEPT, edition_key="school-census-2021-autumn")
    owed = delivery(kind)
    sent(owed, academy, write_csv_set(census(60, 3)))
    checked(owed)
    desk = Looked(window(), live, scripts=True)  # type: ignore[arg-type]
    page = desk.page
    give_password(page, live, "larkshire")
    page.goto(f"{live.address}/transfer/desk/")
    page.get_by_role("link", name="All accepted files as one data set").click()
    desk.check("All accepted files as one data set")
    page.get_by_role("button", name="Put together").click()
    merging.run(MergedData.objects.get().pk)
    page.reload()
    desk.check("All accepted files as one data set")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("855_merged_")

    user = User.objects.create_user("approver", password=DEMONSTRATION_PASSWORD)
    organisation = Organisation.objects.get(native_id="8554001")
    Membership.objects.create(user=user, organisation=organisation, role=Role.APPROVER)
    approver = Looked(window(), live, scripts=True)  # type: ignore[arg-type]
    page = approver.page
    give_password(page, live, "approver")
    page.goto(f"{live.address}/people/8554001/tokens/")
    approver.check("Tokens for your own systems")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("The token has no name")).to_be_visible()
    approver.check("Tokens for your own systems")
    page.get_by_label("What will use it").fill("Nightly job")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#made")).to_contain_text("clt_")
    approver.check("Tokens for your own systems")
    page.get_by_role("button", name="Revoke Nightly job").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    page.goto(f"{live.address}/api/v1/")
    approver.check("Machine access")
