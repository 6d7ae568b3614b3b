"""Launch reports: a return on one page, last year's beside it; the chart has its table."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import pytest
from django.test import Client
from django.urls import reverse

import collectory
from collectory.blade import Chart, Series
from collectory.engine import read_tables
from collectory.portal.demonstration.forms import CHILDREN
from collectory.portal.people.models import Membership
from collectory.portal.returns import reading
from collectory.portal.returns.charts import LABELS, NUMBERS, WIDTH, drawn
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import keying
from collectory.portal.returns.services.keying import Keying
from tests.portal.opened import load, tables

pytestmark = pytest.mark.django_db(transaction=True)
Returns = Callable[[str, str], Return]


def keyed(data_return: Return, username: str, tab: str, based_on: int, **values: str) -> None:
    cells = {(tab.replace("part-", "Part"), name): text for name, text in values.items()}
    membership = Membership.objects.get(user__username=username)
    outcome = keying.key(data_return, membership, Keying(tab, based_on, f"form-of-{tab}", cells))
    assert isinstance(outcome, keying.Saved)


def rows_of(page: str) -> dict[str, list[str]]:
    """The tables of the report: figures by label."""
    found = {}
    for row in lxml.html.fromstring(page).xpath("//table[contains(@class, 'collectory-report')]//tr[td]"):
        found.setdefault(row.find("th").text_content(), [cell.text_content() for cell in row.findall("td")])
    return found


def test_the_summary_has_last_years_figures_and_the_change(
    form_returns: Returns, signed_in: Callable[[str], Client]
) -> None:
    data_return = form_returns("sen2-2014", "855")
    before = form_returns("sen2-2013", "855").current_revision
    assert before is not None
    total = int(reading.table(before, "Part1")["TotAll"][0])
    assert total * 2 > CHILDREN
    keyed(data_return, "larkshire-sen", "part-1", 0, TotAll=str(total + 20), Tot05="word")
    client = signed_in("larkshire-sen")
    names = [data_return.collection.slug, "855"]
    source = client.get(reverse("source-page", args=names)).content.decode()
    assert f'href="{reverse("reports", args=names)}"' in source
    answer = client.get(reverse("reports", args=names), follow=True)
    assert answer.redirect_chain[0][0] == reverse("report", args=[*names, "summary"])
    page = answer.content.decode()
    rows = rows_of(page)
    assert rows["e. Total (a + b + c + d)"] == [f"{total + 20:,}", f"{total:,}", "+20", f"{2000 / total:+.1f}%"]
    assert rows["a. Under 5"][0] == "–" and rows["a. Under 5"][2:] == ["–", "–"]
    assert "Compared with SEN2 2013" in page
    charts = lxml.html.fromstring(page).findall(".//figure")
    assert len(charts) == 2
    for chart in charts:
        bars = chart.xpath(".//*[local-name()='text'][contains(@class, 'value')]")
        cells = chart.xpath(".//table//td")
        assert sorted(one.text_content() for one in bars) == sorted(one.text_content() for one in cells)
    assert "style=" not in page, "nothing that the content security policy would drop"


def test_without_last_years_return_it_says_so(form_returns: Returns, signed_in: Callable[[str], Client]) -> None:
    data_return = form_returns("sen2-2014", "856")
    keyed(data_return, "fernmouth-sen", "part-1", 0, TotAll="900")
    answer = signed_in("fernmouth-sen").get(reverse("report", args=["sen2-2014", "856", "summary"]))
    assert "no return of the year before here to compare with" in answer.content.decode()
    assert rows_of(answer.content.decode())["e. Total (a + b + c + d)"] == ["900", "–", "–", "–"]


def test_the_longest_bar_fills_the_room_and_others_are_in_proportion() -> None:
    drawing = drawn(
        Chart("Title", "Children", ("One", "Two"), (Series("Now", (100, 25)), Series("Before", (50, None))))
    )
    lengths = [[bar.length for bar in group.bars] for group in drawing.groups]
    room = WIDTH - LABELS - NUMBERS
    assert lengths == [[room, room / 2], [room / 4, 0]]
    assert drawing.groups[1].bars[1].value == "–"
    places = [bar.y for group in drawing.groups for bar in group.bars]
    assert places == sorted(set(places)) and places[-1] < drawing.height
    assert drawn(Chart("Empty", "Children", ("One",), (Series("Now", (0,)),))).groups[0].bars[0].length == 0


def test_a_blade_without_reports_has_those_of_duplicates(
    census_return: Return, signed_in: Callable[[str], Client]
) -> None:
    names = [census_return.collection.slug, census_return.organisation.native_id]
    assert not reading.edition_of(census_return).blade.reports
    client = signed_in("harcourt")
    assert "There are no reports" not in client.get(reverse("source-page", args=names)).content.decode()
    load(census_return, Membership.objects.get(user__username="harcourt"), tables())
    page = client.get(reverse("reports", args=names)).content.decode()
    assert "School duplicate report – same UPN" in page and "There are no reports" not in page
    assert client.get(reverse("report", args=[*names, "summary"])).status_code == 404


@pytest.mark.parametrize("key", [each.key for each in collectory.blades()["sen2"].editions])
def test_every_edition_has_its_summary(key: str) -> None:
    edition = collectory.edition(key)
    assert edition.blade.sample is not None and edition.form is not None
    data = read_tables(edition.blade.sample(edition, 500, 0.0, 1, "302"), edition)
    page = edition.blade.reports[0].build(data, None)
    lines = [row for table in page.tables for row in table.rows if not row.level]
    assert len(lines) == sum(len(tab.items) for tab in edition.form.tabs[1:])
    assert all(isinstance(row.cells[1], int) for row in lines)
