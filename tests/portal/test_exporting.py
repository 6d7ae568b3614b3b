"""Export to file: names, contents, headers, and the event that says who took it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from collectory.engine import Dataset, read_return, read_xml
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Return, Upload
from tests.portal.census_files import census, upn

ADDRESS = "/collections/school-census-2021-autumn/8554001/export/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loaded(hand_in: Callable[..., Upload], census_return: Return) -> Return:
    """A return of three pupils."""
    hand_in(census(3))
    census_return.refresh_from_db()
    return census_return


def taken(client: Client, **choices: str) -> tuple[str, zipfile.ZipFile]:
    answer = client.post(ADDRESS, choices)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "no-store"
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    return disposition, zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_nothing_to_export_yet(census_return: Return, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("harcourt")
    assert "Nothing has been loaded yet" in client.get(ADDRESS).content.decode()
    assert client.post(ADDRESS, {"format": "csv"}).status_code == 422
    assert not Event.objects.exists()


def test_csv_under_the_name_that_the_performance_team_asks_for(
    loaded: Return, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("harcourt-reader")
    assert "8554001_Collect-Blade-Export.zip" in client.get(ADDRESS).content.decode()
    name, archive = taken(client, format="csv", name="own")
    assert 'filename="8554001_Collect-Blade-Export.zip"' in name
    files = archive.namelist()
    assert "datapackage.json" in files
    assert any(upn(2).encode() in archive.read(one) for one in files if one.endswith(".csv"))
    event = Event.objects.get(kind="exported")
    assert event.user.username == "harcourt-reader" and event.details["format"] == "csv"
    assert event.from_state == event.to_state == loaded.state


def test_xml_reads_back_as_the_same_return(loaded: Return, signed_in: Callable[[str], Client]) -> None:
    name, archive = taken(signed_in("harcourt"), format="xml", name="current")
    assert 'filename="Current-Blade-Export.zip"' in name
    (document,) = archive.namelist()
    back = read_xml(archive.read(document))
    assert isinstance(back, Dataset)
    for entity, table in reading.dataset(loaded.current_revision).tables.items():
        assert back.tables[entity].equals(table), entity


def test_another_school_gets_nothing(loaded: Return, signed_in: Callable[[str], Client]) -> None:
    assert signed_in("wharf").post(ADDRESS, {"format": "csv"}).status_code == 404
    assert not Event.objects.filter(kind="exported").exists()


def test_the_old_systems_extract_is_offered_and_reads_back(loaded: Return, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("harcourt")
    assert "COLLECT extract" in client.get(ADDRESS).content.decode()
    _, archive = taken(client, format="extract", name="own")
    assert {"schoolcensus.csv", "pupilonroll.csv"} <= set(archive.namelist())
    assert archive.fp is not None
    archive.fp.seek(0)
    back = read_return(archive.fp.read())
    assert isinstance(back, Dataset)
    assert back.tables["PupilOnRoll"].equals(reading.dataset(loaded.current_revision).tables["PupilOnRoll"])
    assert Event.objects.get(kind="exported").details["format"] == "extract"
