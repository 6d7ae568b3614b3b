"""`collectory duplicates` at a prompt, on a made-up nation of which it is known who was planted twice."""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.test_cli import call, wrong

EDITION = "school-census-2021-autumn"
Pair = tuple[tuple[str, int], tuple[str, int]]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("duplicates") / "country"
    done = call("sample", EDITION, "--nation", folder, "--schools", 16, "--records", 70, "--seed", 11)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def key(country: Path) -> pl.DataFrame:
    return pl.read_csv(country / "duplicates.csv", infer_schema=False)


def planted(key: pl.DataFrame, *kinds: str) -> dict[Pair, str]:
    rows = key.filter(pl.col("kind").is_in(kinds)).select("file", "record", "other_file", "other_record", "detail")
    return {
        ordered((one, int(record)), (other, int(place))): detail for one, record, other, place, detail in rows.rows()
    }


def ordered(one: tuple[str, int], other: tuple[str, int]) -> Pair:
    return (one, other) if one < other else (other, one)


def pairs(country: Path, cases: list[dict[str, Any]], kind: str) -> dict[Pair, str]:
    """Each pair of a case's records, with the verdict."""
    found = {}
    for case in cases:
        places = [(str(Path(each["file"]).relative_to(country)), each["record"]) for each in case["records"]]
        if case["kind"] == kind:
            found |= {ordered(one, other): case["verdict"] for one, other in combinations(places, 2)}
    return found


def cases_of(*paths: Path) -> list[dict[str, Any]]:
    done = call("duplicates", *paths, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_every_exact_pair_of_the_key_is_found_and_no_other(country: Path, key: pl.DataFrame) -> None:
    cases = cases_of(country / "returns")
    told = {"C+C": "not-allowed", "C+M": "not-allowed", "C+S": "not-allowed", "M+M": "not-allowed", "S+S": "unusual"}
    of_one_upn = planted(key, "same-upn")
    assert len(of_one_upn) > 5
    verdicts = {pair: told.get(detail, "birth-dates-differ") for pair, detail in of_one_upn.items()}
    assert pairs(country, cases, "same-upn") == verdicts

    # Two children of the same names and birth date are listed too: only people can tell.
    persons = pairs(country, cases, "same-person")
    assert set(persons) == set(planted(key, "same-person", "honest:same-name"))
    assert set(persons.values()) == {"different-upn"}

    young = pairs(country, cases, "under-fives")
    assert set(planted(key, "under-fives")) <= set(young)
    # Funded hours at two providers are a matter of hours, also where both registrations are right.
    invented = set(young) - set(planted(key, "under-fives"))
    assert invented <= set(planted(key, "honest:same-name", "honest:dual-registration"))
    assert set(young.values()) == {"over-entitlement"}


def test_records_say_where_they_are(country: Path, key: pl.DataFrame) -> None:
    upns = {}
    for side in ("", "other_"):
        for file, record, upn in key.select(f"{side}file", f"{side}record", f"{side}upn").rows():
            upns[file, int(record)] = upn
    for case in cases_of(country / "returns"):
        assert list(case)[-1] == "records"
        assert "score" not in case
        for each in case["records"]:
            file = Path(each["file"]).relative_to(country)
            assert each["upn"] == upns[str(file), each["record"]]
            assert file.name.startswith(each["native_id"])
            assert each["entity"] == "PupilOnRoll"
        assert set(case["records"][0]) == {"file", "native_id", "entity", "record", "upn", "status"}


def test_the_term_before_is_matched_by_itself(country: Path) -> None:
    now = cases_of(country / "returns")
    # The country's own lists (CSV) lie beside its returns and are none.
    everything = cases_of(country)
    assert [case for case in everything if case["edition"] == EDITION] == now
    for case in everything:
        folder = "returns" if case["edition"] == EDITION else "previous"
        assert {Path(each["file"]).relative_to(country).parts[0] for each in case["records"]} == {folder}


def test_lists_for_people(country: Path, tmp_path: Path) -> None:
    cases = cases_of(country / "returns")
    done = call("duplicates", country / "returns")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[-1].startswith("School Census 2021 autumn: 16 returns, ")
    number = sum(case["kind"] == "same-upn" for case in cases)
    assert f"Cases: {number} of the same UPN, " in lines[-1]
    assert sum("PupilOnRoll " in line for line in lines) == sum(len(case["records"]) for case in cases)

    out = tmp_path / "cases.csv"
    assert call("duplicates", country / "returns", "--format", "csv", "--out", out).returncode == 0
    table = pl.read_csv(out, infer_schema=False)
    assert table["case"].cast(pl.Int64).unique().sort().to_list() == list(range(1, len(cases) + 1))
    assert table.select("kind", "verdict", "upn").rows() == [
        (case["kind"], case["verdict"], each["upn"]) for case in cases for each in case["records"]
    ]
    assert table["surname"].null_count() == 0


def test_files_that_are_no_returns_are_said_and_left_out(country: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<Message>")
    done = call("duplicates", country / "returns", broken, "--format", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout) == cases_of(country / "returns")
    said = done.stderr.decode()
    assert said.startswith(f"collectory: {broken}: ") and said.count("\n") == 1
    assert str(broken) in wrong("duplicates", broken)
    assert "no such file" in wrong("duplicates", tmp_path / "missing.xml")
    (tmp_path / "empty").mkdir()
    assert "there are no returns" in wrong("duplicates", tmp_path / "empty")


def test_what_is_given_twice_counts_once(country: Path, tmp_path: Path) -> None:
    returns = country / "returns"
    wanted = cases_of(returns)
    first = sorted(returns.rglob("*.XML"))[0]
    nested = tmp_path / "a" / "b" / "c"
    nested.mkdir(parents=True)
    (nested / "round").symlink_to(tmp_path, target_is_directory=True)
    (nested / "linked.xml").symlink_to(first)
    # The same folder under another name, a file in it, a link to a file of it, and a folder that holds itself.
    done = call("duplicates", returns, returns / ".." / "returns", first, tmp_path, "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == wanted

    copy = nested / "copied.xml"
    copy.write_bytes(first.read_bytes())
    done = call("duplicates", returns, tmp_path, "--format", "json")
    assert done.returncode == 0 and json.loads(done.stdout) == wanted
    assert done.stderr.decode() == f"collectory: {copy}: a copy of {first}, not counted a second time\n"


def test_tables_archives_and_files_of_several_terms_at_once(country: Path, tmp_path: Path) -> None:
    between = (sorted({each["file"] for each in case["records"]}) for case in cases_of(country / "returns"))
    one, other = next([Path(file) for file in files] for files in between if len(files) == 2)
    wanted = cases_of(one, other)
    assert wanted
    for name, of in (("tables", one), ("archive.zip", other)):
        (tmp_path / "deep").mkdir(exist_ok=True)
        assert call("convert", of, "--to", "csv", "--out", tmp_path / "deep" / name).returncode == 0
    previous = sorted((country / "previous").rglob("*.XML"))[:3]
    (tmp_path / "deep" / "damaged.zip").write_bytes((tmp_path / "deep" / "archive.zip").read_bytes()[:300])
    (tmp_path / "deep" / "notes.txt").write_text("no return")
    done = call("duplicates", tmp_path, *previous, "--format", "json")
    assert done.returncode == 2, done.stderr
    said = done.stderr.decode()
    assert "damaged.zip: " in said and "Traceback" not in said and "notes.txt" not in said

    def told(cases: list[dict[str, Any]]) -> list[Any]:
        return sorted(
            (case["kind"], case["verdict"], sorted((each["native_id"], each["record"]) for each in case["records"]))
            for case in cases
            if case["edition"] == EDITION
        )

    assert told(json.loads(done.stdout)) == told(wanted)
    # A file that is named is taken whatever it is called, and one that nobody may read is said.
    unnamed = tmp_path / "return-of-the-school"
    unnamed.write_bytes(one.read_bytes())
    assert told(cases_of(unnamed, other)) == told(wanted)
    assert "damaged.zip" in wrong("duplicates", tmp_path / "deep" / "damaged.zip")


def test_a_collection_that_is_not_about_people_is_left_out(tmp_path: Path) -> None:
    form = tmp_path / "sen2.xml"
    assert call("sample", "sen2-2014", "--out", form).returncode == 0
    assert "SEN2" in wrong("duplicates", form)


def test_exports_are_returns_and_one_school_twice_is_said(country: Path, tmp_path: Path) -> None:
    first = sorted((country / "returns").rglob("*.XML"))[0]
    export = tmp_path / "exports" / "one"
    export.parent.mkdir()
    assert call("convert", first, "--to", "csv", "--out", export).returncode == 0
    done = call("duplicates", first, tmp_path / "exports", "--format", "json")
    assert done.returncode == 0
    assert "is in several files" in done.stderr.decode()
    found = json.loads(done.stdout)
    assert {each["file"] for case in found for each in case["records"]} == {str(first), str(export)}
    assert {case["verdict"] for case in found if case["kind"] == "same-upn"} <= {"not-allowed", "unusual"}


def test_probable_matches_of_every_slip(country: Path, key: pl.DataFrame) -> None:
    done = call("duplicates", country / "returns", "--probable", "--format", "json")
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout)
    # The exact cases are as they are without.
    assert [case for case in cases if case["kind"] != "probable"] == cases_of(country / "returns")
    kinds = [kind for kind in key["kind"].unique() if kind.startswith("probable:")]
    assert len(kinds) >= 6
    assert set(pairs(country, cases, "probable")) == set(planted(key, *kinds))
    for case in cases:
        if case["kind"] == "probable":
            assert 0.5 <= case["score"] <= 1
            assert case["reasons"][0]["what"] == "chance"
    assert "pairs of pupils to compare" in done.stderr.decode()
    text = call("duplicates", country / "returns", "--probable", "--threshold", "0").stdout.decode()
    assert int(text.splitlines()[-1].split(", ")[-1].removesuffix(" probable")) >= len(planted(key, *kinds))


def test_probable_without_its_packages_says_what_to_install(country: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "collectory.engine.matching.probable", None)
    assert "install collectory[matching]" in wrong("duplicates", country / "returns", "--probable")
