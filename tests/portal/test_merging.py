"""Merged data in the service: the newest accepted file of each school, for those whose it is, sealed and logged."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.utils import timezone

from collectory.engine.writing.csv_set import write_csv_set
from collectory.portal.people.models import AccessLog, Membership, Role
from collectory.portal.receiving import merging
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer.models import Delivery, TransferredFile
from collectory.portal.transfer.services import judging
from collectory.portal.transfer.services.recording import handler_for
from tests.engine.test_receiving import census
from tests.portal.test_receiving import client_of, member, owed, received, school, team  # noqa: F401

pytestmark = pytest.mark.django_db


def accepted(owed: Delivery, team: Membership) -> None:  # noqa: F811
    owed.refresh_from_db()
    outcome = judging.accept(owed.pk, handler_for(team, owed), owed.version)
    assert isinstance(outcome, Delivery), outcome
    owed.refresh_from_db()


def merged_by(membership: Membership, owed: Delivery, form: str) -> MergedData:  # noqa: F811
    client_of(membership).post("/transfer/desk/merged/", {"type": owed.file_type_id, "form": form})
    merged = MergedData.objects.latest("pk")
    merging.run(merged.pk)
    merged.refresh_from_db()
    return merged


def files_in(answer: object) -> dict[str, bytes]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_newest_accepted_file_of_each_school(
    form: str,
    owed: Delivery,  # noqa: F811
    school: Membership,  # noqa: F811
    team: Membership,  # noqa: F811
) -> None:
    first = received(owed, school, write_csv_set(census(12)))
    accepted(owed, team)
    received(owed, school, write_csv_set(census(13)))  # came later, and nobody has accepted it
    merged = merged_by(team, owed, form)
    assert merged.counts["sources"] == 1 and not merged.left_out
    answer = client_of(team).get(f"/transfer/desk/merged/{merged.pk}/")
    files = files_in(answer)
    content = io.BytesIO(files[f"PupilOnRoll.{form}"])
    pupils = pl.read_parquet(content) if form == "parquet" else pl.read_csv(content, infer_schema=False)
    assert pupils.height == 12
    assert set(pupils["Revision"]) == {first.reference} and set(pupils["NativeID"]) == {"8554001"}
    actions = list(AccessLog.objects.values_list("action", flat=True))
    assert "asked for merged data" in actions and "downloaded merged data" in actions


def test_what_was_not_accepted_or_taken_back_is_not_merged(
    owed: Delivery,  # noqa: F811
    school: Membership,  # noqa: F811
    team: Membership,  # noqa: F811
) -> None:
    received(owed, school, write_csv_set(census(12)))
    assert merging.newest_accepted(owed) is None
    accepted(owed, team)
    assert merging.newest_accepted(owed) is not None
    judging.ask_again(owed.pk, handler_for(team, owed), owed.version, "It is not whole.")
    owed.refresh_from_db()
    assert merging.newest_accepted(owed) is None
    assert merged_by(team, owed, "csv").counts == {"sources": 0, "rows": 0, "left_out": 0}


def test_merged_data_are_the_teams_only(
    owed: Delivery,  # noqa: F811
    school: Membership,  # noqa: F811
    team: Membership,  # noqa: F811
) -> None:
    received(owed, school, write_csv_set(census(5)))
    accepted(owed, team)
    merged = merged_by(team, owed, "csv")
    assert client_of(school).get(f"/transfer/desk/merged/{merged.pk}/").status_code == 404
    assert client_of(school).post("/transfer/desk/merged/", {"type": owed.file_type_id}).status_code == 404
    other = client_of(member("000", Role.COLLECTOR, "collector"))
    assert other.get(f"/transfer/desk/merged/{merged.pk}/").status_code == 404


def test_who_has_lost_the_role_meanwhile_gets_nothing(
    owed: Delivery,  # noqa: F811
    school: Membership,  # noqa: F811
    team: Membership,  # noqa: F811
) -> None:
    received(owed, school, write_csv_set(census(5)))
    accepted(owed, team)
    merged = merging.ask(team, "csv", file_type=owed.file_type)
    team.archived_at = timezone.now()
    team.save()
    merging.run(merged.pk)
    merged.refresh_from_db()
    assert merged.counts["sources"] == 0


def test_it_is_sealed_and_deleted_when_its_time_is_over(
    owed: Delivery,  # noqa: F811
    school: Membership,  # noqa: F811
    team: Membership,  # noqa: F811
) -> None:
    received(owed, school, write_csv_set(census(5)))
    accepted(owed, team)
    merged = merged_by(team, owed, "csv")
    assert merged.content is not None and merged.content.wrapped_key
    MergedData.objects.filter(pk=merged.pk).update(delete_on=timezone.localdate() - dt.timedelta(days=1))
    merging.recover()
    merged.refresh_from_db()
    assert merged.content is None
    assert client_of(team).get(f"/transfer/desk/merged/{merged.pk}/").status_code == 404
    assert TransferredFile.objects.get().content is not None


def test_plain_tables_of_a_killed_worker_are_swept(owed: Delivery, team: Membership) -> None:  # noqa: F811
    folder = Path(settings.DATA) / "merging"
    left, begun = folder / "merging-left", folder / "merging-begun"
    for place in (left, begun):
        place.mkdir(parents=True)
        (place / "PupilOnRoll").write_text("A pupil")
    os.utime(left, (0, 0))
    running = MergedData.objects.create(
        organisation=team.organisation,
        file_type=owed.file_type,
        form="csv",
        membership=team,
        stage=MergedData.Stage.RUNNING,
        alive_at=timezone.now(),
        delete_on=timezone.localdate() + dt.timedelta(days=7),
    )
    merging.recover()
    assert left.exists(), "somebody is at work"
    MergedData.objects.filter(pk=running.pk).update(stage=MergedData.Stage.FINISHED)
    merging.recover()
    assert not left.exists() and begun.exists()
    shutil.rmtree(begun)


def test_a_collections_page_asks_and_shows(team: Membership) -> None:  # noqa: F811
    client = client_of(team)
    address = "/collections/school-census-2021-autumn/merged/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"form": "csv"}).status_code == 302
    merged = MergedData.objects.get()
    merging.run(merged.pk)
    merged.refresh_from_db()
    assert merged.stage == MergedData.Stage.FINISHED and merged.counts["sources"] == 0
    assert "Download" in client.get(address).content.decode()
    assert client.post(address, {"form": "exe"}).status_code == 404
