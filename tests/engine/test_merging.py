"""Many returns as one data set: the newest of each source, each row with whose it is, memory that does not grow."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable

import polars as pl
import pytest

import collectory
from collectory.engine import Dataset, Refusal
from collectory.engine.dataset import completed
from collectory.engine.merging.merge import Contribution, Merged, MergeForm, merge

CENSUS = collectory.edition("school-census-2021-autumn")
NOON = dt.datetime(2021, 10, 8, 12, tzinfo=dt.UTC)


def census(source: str, records: int = 5, edition: str = CENSUS.key) -> Dataset:
    chosen = collectory.edition(edition)
    assert chosen.blade.sample is not None
    return Dataset(chosen, completed(chosen, chosen.blade.sample(chosen, records, 0.0, int(source), source)))


def sent(source: str, after: int = 0, read: Callable[[], Dataset | Refusal] | None = None) -> Contribution:
    moment = NOON + dt.timedelta(hours=after)
    return Contribution(source, f"School {source}", f"file {after}", moment, read or (lambda: census(source)))


def merged(contributions: list[Contribution], form: MergeForm) -> tuple[Merged, dict[str, bytes]]:
    buffer = io.BytesIO()
    outcome = merge(contributions, form, buffer)
    with zipfile.ZipFile(buffer) as archive:
        return outcome, {name: archive.read(name) for name in archive.namelist()}


def table(files: dict[str, bytes], name: str, form: str) -> pl.DataFrame:
    content = files[f"{name}.{form}"]
    if form == "parquet":
        return pl.read_parquet(io.BytesIO(content))
    return pl.read_csv(content, infer_schema=False)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_of_all_sources_with_whose_they_are(form: MergeForm) -> None:
    sources = ["8554001", "8552001", "8554002"]
    outcome, files = merged([sent(each) for each in sources], form)
    pupils = table(files, "PupilOnRoll", form)
    assert pupils.height == 15 == outcome.rows["PupilOnRoll"]
    assert pupils.columns[:5] == ["NativeID", "SourceName", "Revision", "ReceivedAt", "PupilOnRollID"]
    assert pupils["NativeID"].unique(maintain_order=True).to_list() == sorted(sources)
    assert set(pupils["SourceName"]) == {f"School {each}" for each in sources}
    assert set(pupils["ReceivedAt"]) == {"2021-10-08T12:00:00+00:00"}
    for source in sources:
        own = census(source)
        mine = pupils.filter(pl.col("NativeID") == source)
        assert mine["UPN"].to_list() == own.tables["PupilOnRoll"]["UPN"].to_list()
        below = table(files, "Address", form).filter(pl.col("NativeID") == source)
        joined = below.join(mine, on=["NativeID", "PupilOnRollID"], how="inner")
        assert joined.height == own.records["Address"]
    assert {f"{entity.name}.{form}" for entity in CENSUS.entities} <= set(files)


def test_the_newest_of_each_source_counts() -> None:
    def never() -> Dataset:
        raise AssertionError("an older file is not read")

    outcome, files = merged([sent("8554001", 1, never), sent("8554001", 3), sent("8554001", 2, never)], "csv")
    assert [each.revision for each in outcome.sources] == ["file 3"]
    assert sorted(each.revision for each in outcome.superseded) == ["file 1", "file 2"]
    assert set(table(files, "PupilOnRoll", "csv")["Revision"]) == {"file 3"}


def test_what_cannot_be_merged_is_left_out_and_said() -> None:
    gone = Refusal("zip", "Gone", "It is gone.", "Send it again.")
    outcome, files = merged(
        [
            sent("8552001"),
            sent("8554001", 0, lambda: gone),
            sent("8554002", 0, lambda: census("8554002", edition="school-census-2025-summer")),
            sent("8554003", 0, lambda: census("8554004")),
        ],
        "csv",
    )
    assert [each.source for each in outcome.sources] == ["8552001"]
    assert {each.source: why.code for each, why in outcome.left_out} == {
        "8554001": "zip",
        "8554002": "wrong-collection",
        "8554003": "wrong-source",
    }
    readme = files["README.txt"].decode()
    assert "Left out (3)" in readme and "8554001 School 8554001: Gone" in readme


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_dictionary_describes_every_column(form: MergeForm) -> None:
    _, files = merged([sent("8554001")], form)
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        name = resource["path"].partition(".")[0]
        frame = table(files, name, form)
        assert [each["name"] for each in resource["schema"]["fields"]] == frame.columns
        assert resource["rows"] == frame.height
        assert set(resource["schema"]["primaryKey"]) <= set(frame.columns)
    listed = pl.read_csv(files["Sources.csv"], infer_schema=False)
    assert listed.rows() == [("8554001", "School 8554001", "file 0", "2021-10-08T12:00:00+00:00")]


def test_one_return_at_a_time_is_in_memory() -> None:
    alive: list[int] = []
    most = 0

    class Counted(Dataset):
        def __del__(self) -> None:
            alive.pop()

    def read(source: str) -> Dataset:
        nonlocal most
        made = census(source)
        alive.append(1)
        most = max(most, len(alive))
        return Counted(made.edition, made.tables)

    merged([sent(str(8552000 + each), 0, lambda each=each: read(str(8552000 + each))) for each in range(12)], "parquet")
    assert most <= 2


def test_nothing_to_merge_gives_an_archive_that_says_so() -> None:
    outcome, files = merged([], "csv")
    assert outcome.edition is None and "No source could be read" in files["README.txt"].decode()
