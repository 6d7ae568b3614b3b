"""Two schools and two councils settle a case in four browsers and the department watches in a fifth, with new files
loaded in the middle; axe looks at every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.census_files import census, upn
from tests.portal.service import Service
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name
from tests.portal.test_journey_judging import press, sign_in

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
COLLECTION = "/collections/school-census-2021-autumn/"
OURS, THEIRS = "8554002", "8564001"
FERNMOUTH = f"""
from collectory.portal.collections.models import *
from collectory.portal.people.models import *
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.returns.models import Return
DataCollection.objects.update(errors_at_submission="open", queries_at_submission="open")
council = Organisation.objects.get(native_id="856")
school = Organisation.objects.create(native_id="{THEIRS}", name="Fern High School", kind="school", phase="secondary",
    school_type="maintained", authority=council, agent=council, email="office@fern.example")
Return.objects.create(collection=DataCollection.objects.get(slug="school-census-2021-autumn"), organisation=school)
for name, role, where in (("fern", "source", school), ("fernmouth", "agent", council)):
    user = User.objects.create_user(name, password=DEMONSTRATION_PASSWORD, is_demonstration=True)
    Membership.objects.create(user=user, role=role, organisation=where)
"""


def load(page: Page, native_id: str, status: str, serial: int) -> None:
    """Load a file with one pupil, claimed with this status."""
    pupil = {"UPN": upn(1), "Surname": "Osborne", "EnrolStatus": status}
    file = census(1, native_id=native_id, pupil=pupil)
    page.goto(f"{COLLECTION}{native_id}/upload/")
    name = f"{native_id}_SC3_{native_id[:3]}LL21_{serial:03d}.XML"
    page.get_by_label("The return's file").set_input_files({"name": name, "mimeType": "text/xml", "buffer": file})
    again = page.get_by_role("checkbox")
    if again.count():
        again.first.check()
    press(page, "Upload")
    expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=120_000)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_schools_and_two_councils_settle_a_case(
    scripts: bool,
    chromium: Browser,  # noqa: F811
    service: Service,
) -> None:
    service.ask(f"exec({FERNMOUTH!r})")
    looks = [
        Looked(chromium.new_context(java_script_enabled=scripts, base_url=service.address), service, scripts=scripts)
        for _ in range(5)
    ]
    names = ("wharf", "fern", "larkshire", "fernmouth", "department")
    wharf, fern, larkshire, fernmouth, department = (look.page for look in looks)
    for look, name in zip(looks, names, strict=True):
        sign_in(look.page, name)

    # Both load the pupil as theirs alone. The first learns of it without doing anything.
    load(wharf, OURS, "C", 1)
    wharf.goto(f"{COLLECTION}{OURS}/")
    expect(wharf.get_by_text("not settled")).to_have_count(0)
    load(fern, THEIRS, "C", 1)
    looks[1].check("Your file is loaded and validated")
    claimed = fern.get_by_role("row", name=re.compile("Osborne"))
    expect(claimed).to_contain_text("Wharf Lane High School")
    case = claimed.get_by_role("link", name=re.compile("^D[0-9]+$")).get_attribute("href") or ""

    # The reports of the school, of a council and of the department lead to the same case.
    wharf.goto(f"{COLLECTION}{OURS}/reports/")
    wharf.get_by_role("link", name="School duplicate report – same UPN").click()
    looks[0].check("School duplicate report – same UPN")
    expect(wharf.get_by_text("Fern High School (8564001)")).to_be_visible()
    for page, name, look in ((larkshire, "larkshire", looks[2]), (department, "department", looks[4])):
        page.goto(f"{COLLECTION}duplicates/")
        look.check("School duplicate report – same UPN")
        expect(page.get_by_role("heading", name=upn(1)), name).to_be_visible()
        expect(page.locator(f'a[href="{case}"]'), name).to_be_visible()
    department.get_by_role("link", name="Decide what pairs of statuses mean").click()
    looks[4].check("What pairs of enrolment statuses mean")
    department.get_by_label("Pair", exact=True).select_option("F+S")
    department.get_by_label("What it means").select_option("unusual")
    department.get_by_label("Why?").fill("We want to hear of them this year.")
    press(department, "Decide")
    looks[4].check("What pairs of enrolment statuses mean")
    expect(department.get_by_role("alert")).to_contain_text("F+S is")
    wharf.locator(f'a[href="{case}"]').click()
    wharf.goto(f"{COLLECTION}{OURS}/")
    looks[0].check("My data return")
    wharf.get_by_role("link", name="Look at the cases").click()
    looks[0].check("Cases of duplicate pupils")
    wharf.get_by_role("link", name=re.compile("^D[0-9]+$")).click()
    heading = wharf.locator("h1").inner_text()
    looks[0].check(heading)
    expect(wharf.get_by_text("office@fern.example")).to_be_visible()
    case = wharf.url

    # The school proposes; what is missing is said. The other looks at it, and meanwhile a new file comes.
    press(wharf, "Send the proposal")
    looks[0].check(heading)
    expect(wharf.get_by_role("alert")).to_contain_text("Choose what you propose")
    wharf.get_by_label("The enrolment status changes").check()
    wharf.get_by_label("If the status changes: to which?").select_option("S")
    wharf.get_by_label("Who changes its data?").select_option("Wharf Lane High School (we)")
    wharf.get_by_label("Reason (optional)").fill("With us on two days a week.")
    press(wharf, "Send the proposal")
    expect(wharf.get_by_role("alert")).to_contain_text("Your proposal is sent")
    fern.goto(case)
    looks[1].check(heading)
    expect(fern.get_by_text("With us on two days a week.").first).to_be_visible()
    load(wharf, OURS, "M", 2)
    press(fern, "Agree")
    looks[1].check(heading)
    expect(fern.get_by_role("alert")).to_contain_text("The data have changed while you had the page open")
    expect(fern.get_by_text("The data have changed since.")).to_be_visible()
    fern.locator("summary", has_text="Disagree").click()
    fern.get_by_label("Why do you disagree?").fill("You say M now. What is it?")
    press(fern, "Disagree")
    expect(fern.locator(".collectory-case-state")).to_contain_text("Disagreed")

    # The councils meet: one proposes for its school, the other agrees for its own, from the list.
    larkshire.goto(f"{COLLECTION}sources/")
    larkshire.get_by_role("link", name="Cases of duplicate pupils").click()
    looks[2].check("Cases of duplicate pupils")
    expect(larkshire.get_by_role("row", name=re.compile("Fern High School"))).to_contain_text("Disagreed")
    larkshire.get_by_role("checkbox", name=re.compile("Choose case")).check()
    press(larkshire, "Propose the same in those ticked")
    looks[2].check("Propose the same in many cases")
    larkshire.get_by_label("The enrolment status changes").check()
    larkshire.get_by_label("If the status changes: to which?").select_option("S")
    larkshire.get_by_label("Who changes its data?").select_option("Wharf Lane High School (we)")
    press(larkshire, "Propose this in 1 case")
    expect(larkshire.get_by_role("alert")).to_contain_text("You have proposed this in 1 case.")
    fernmouth.goto(f"{COLLECTION}cases/")
    looks[3].check("Cases of duplicate pupils")
    fernmouth.get_by_role("checkbox", name=re.compile("Choose case")).check()
    press(fernmouth, "Agree in those ticked")
    looks[3].check("Agree in many cases")
    expect(fernmouth.get_by_text("Wharf Lane High School changes the enrolment status to S")).to_be_visible()
    press(fernmouth, "Agree in 1 case")
    looks[3].check("Cases of duplicate pupils")

    # It is agreed and waits for new data: S at one and M at the other end it. Single at one brings it back.
    wharf.goto(case)
    looks[0].check(heading)
    expect(wharf.locator(".collectory-case-state")).to_contain_text("Agreed, waiting for new data")
    expect(wharf.get_by_role("link", name="Correct the record")).to_be_visible()
    load(wharf, OURS, "S", 3)
    load(fern, THEIRS, "M", 2)
    for page, look in ((wharf, looks[0]), (larkshire, looks[2])):
        page.goto(case)
        look.check(heading)
        expect(page.locator(".collectory-case-state")).to_contain_text("Closed, the data have changed")
        expect(page.get_by_text("office@fern.example")).to_have_count(0)
    load(fern, THEIRS, "C", 3)
    fernmouth.goto(case)
    looks[3].check(heading)
    expect(fernmouth.locator(".collectory-case-state")).to_contain_text("Open")
    expect(fernmouth.get_by_text("New data brought the clash back")).to_be_visible()
