"""A familiarisation run by the department for two authorities that open at different moments, in a real browser."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.service import Service, wait_for
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - the fixture is used by name
from tests.portal.test_journey_judging import press, sign_in

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
SLUG = "school-census-2021-autumn-familiarisation"
TRIAL = "Practice run (familiarisation)"
# A second authority with one school, whose data manager is the demonstration's wharf.
FENSHIRE = (
    "from collectory.portal.people.models import *;"
    "a=Organisation.objects.create(native_id='857', name='Fenshire', kind='authority');"
    "s=Organisation.objects.create(native_id='8572001', name='Fen School', kind='school', phase='primary', "
    "school_type='maintained', authority=a, agent=a);"
    "u=User.objects.get(username='wharf');"
    "Membership.objects.filter(user=u).update(organisation=s);"
    "User.objects.filter(username='bramble').update(email='office@bramble.example')"
)


def typed(moment: dt.datetime) -> str:
    """A moment as a field for date and time wants it, in London's time (tests run in winter and in summer)."""
    return f"{moment.astimezone(ZoneInfo('Europe/London')):%Y-%m-%dT%H:%M}"


def mails(service: Service) -> str:
    """All mails that were written to the folder of the demonstration."""
    folder = service.data / "mail"
    return "\n".join(file.read_text() for file in sorted(folder.glob("*"))) if folder.exists() else ""


def listed(page: Page) -> str:
    """What the list of data collections says."""
    page.goto("/collections/")
    return page.locator("main").inner_text()


def run_page(page: Page) -> str:
    """The page of the data collection that the department runs."""
    page.goto(f"/collections/{SLUG}/manage/")
    return page.locator("main").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_familiarisation_is_run_from_opening_to_closing(
    scripts: bool,
    chromium: Browser,  # noqa: F811
    service: Service,
) -> None:
    service.ask(FENSHIRE)
    now = dt.datetime.now(dt.UTC)
    desk_look, bramble_look, fen_look = [
        Looked(chromium.new_context(java_script_enabled=scripts, base_url=service.address), service, scripts=scripts)
        for _ in range(3)
    ]
    desk, bramble, fen = desk_look.page, bramble_look.page, fen_look.page

    # The department opens it for next week, and for one authority since an hour.
    sign_in(desk, "department")
    desk.get_by_role("button", name="Open a data collection").click()
    desk_look.check("Open a data collection")
    desk.get_by_label("Edition").select_option("school-census-2021-autumn")
    desk.get_by_label("Familiarisation: to try").check()
    desk.get_by_label("Title").fill("Practice run")
    desk.get_by_label("Opens", exact=True).fill(typed(now + dt.timedelta(days=7)))
    desk.get_by_label("Closes to sources").fill(typed(now + dt.timedelta(days=20)))
    press(desk, "See who would have to return")
    desk_look.check("4 organisations would have to return")
    press(desk, "Make the data collection")
    desk_look.check("Run this data collection")
    desk.get_by_role("link", name="Dates of single authorities").click()
    desk_look.check("Dates of single authorities")
    desk.get_by_label("Authority; opening; deadline").fill(f"855; {typed(now - dt.timedelta(hours=1))}; ")
    press(desk, "Save")
    expect(desk.get_by_text("The dates of 1 authority changed")).to_be_visible()
    desk_look.check("Run this data collection")

    # A school of that authority sees it and is told of it, by mail and in its list; the other does not.
    sign_in(bramble, "bramble")
    sign_in(fen, "wharf")
    assert TRIAL in listed(bramble) and TRIAL not in listed(fen)
    bramble.goto(f"/collections/{SLUG}/8552001/")
    expect(bramble.get_by_role("region", name="Familiarisation")).to_contain_text("All data in it are removed on")
    bramble_look.check("My data return")
    wait_for(lambda: "has opened for the return of" in mails(service), "the mail about the opening")
    assert "To: office@bramble.example" in mails(service) and "Fen School" not in mails(service)
    bramble.goto("/news/")
    bramble_look.check("News for you")
    expect(
        bramble.get_by_text("Practice run (familiarisation) has opened for the return of Bramble Hill")
    ).to_be_visible()
    press(bramble, "Mark all as read")
    expect(bramble.get_by_role("link", name="News", exact=True)).to_be_visible()
    bramble.get_by_role("link", name="Choose what you are told").click()
    bramble_look.check("What I am told")

    # The other authority's hour comes.
    desk.goto(f"/collections/{SLUG}/manage/authorities/")
    box = desk.get_by_label("Authority; opening; deadline")
    box.fill(f"{box.input_value()}\n857; {typed(now - dt.timedelta(minutes=30))}; ")
    press(desk, "Save")
    expect(desk.get_by_role("heading", name="A reason is missing")).to_be_visible()
    desk.get_by_label("Why?").fill("Their system is ready")
    press(desk, "Save")
    expect(desk.get_by_text("Their system is ready")).to_be_visible()
    assert TRIAL in listed(fen)

    # It closes, and says so to who comes too late.
    desk.goto(f"/collections/{SLUG}/manage/change/")
    desk_look.check("Change dates and policies")
    desk.get_by_label("Opens", exact=True).fill(typed(now - dt.timedelta(days=2)))
    desk.get_by_label("Closes to sources").fill(typed(now - dt.timedelta(minutes=5)))
    desk.get_by_label("Why?").fill("Everybody has tried it")
    press(desk, "Save")
    expect(desk.get_by_text("Changed: Opens, Closes to sources")).to_be_visible()
    fen.goto(f"/collections/{SLUG}/8572001/upload/")
    expect(fen.get_by_text("The collection has closed")).to_be_visible()
    wait_for(lambda: "its data were removed" in run_page(desk), "the worker empties it")
    desk_look.check("Run this data collection")
