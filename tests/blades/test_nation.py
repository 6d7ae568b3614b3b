"""A made-up nation: a register, returns that agree with it, the same people last term, and a key that is true."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from collectory.blades.school_census.nation import write_nation
from collectory.blades.school_census.nation.plan import planned
from collectory.blades.school_census.nation.planting import WAYS
from collectory.engine import Dataset, check, edition, read_path
from collectory.engine.writing.xml import xml_of_tables

AUTUMN = edition("school-census-2021-autumn")
SCHOOLS, PUPILS, SEED = 16, 70, 4
PERSON = ["Surname", "Forename", "DOB"]


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nation")
    made = write_nation(AUTUMN, folder, SCHOOLS, SEED, xml_of_tables, mean_size=PUPILS)
    assert made.schools == SCHOOLS
    assert made.pupils == sum(pupils(folder, name).height for name in returns(folder))
    return folder


def returns(folder: Path, below: str = "returns") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in (folder / below).rglob("*.XML"))


@cache
def dataset(folder: Path, name: str) -> Dataset:
    outcome = read_path(folder / name)
    assert isinstance(outcome, Dataset), outcome
    return outcome


def pupils(folder: Path, name: str) -> pl.DataFrame:
    return dataset(folder, name).tables["PupilOnRoll"]


def key(folder: Path) -> pl.DataFrame:
    return pl.read_csv(
        folder / "duplicates.csv", schema_overrides={"native_id": pl.String, "other_native_id": pl.String}
    )


def pairs(folder: Path, *kinds: str) -> set[tuple[tuple[str, int], ...]]:
    chosen = key(folder).filter(pl.col("kind").is_in(kinds))
    rows = chosen.select("file", "record", "other_file", "other_record").iter_rows()
    return {tuple(sorted([(one, record), (other, place)])) for one, record, other, place in rows}


def alike(folder: Path, columns: list[str]) -> set[tuple[tuple[str, int], ...]]:
    """Pairs of pupils on roll of different returns whose values are the same."""
    everybody = pl.concat(
        pupils(folder, name).select("_row", "UPN", *PERSON).with_columns(pl.lit(name).alias("file"))
        for name in returns(folder)
    )
    groups = everybody.drop_nulls(columns).group_by(columns).agg(pl.struct("file", "_row").alias("who"))
    found = set()
    for who in groups["who"].to_list():
        for one, other in combinations(who, 2):
            if one["file"] != other["file"]:
                found.add(tuple(sorted([(one["file"], one["_row"]), (other["file"], other["_row"])])))
    return found


def test_each_school_of_the_register_has_a_return_and_one_of_the_term_before(nation: Path) -> None:
    register = pl.read_csv(nation / "register.csv", infer_schema=False)
    assert register.height == SCHOOLS == register["URN"].n_unique()
    assert register["Trusts (code)"].drop_nulls().len() > 0
    numbers = dict(zip(register["LA (code)"] + register["EstablishmentNumber"], register["URN"], strict=True))
    for below in ("returns", "previous"):
        headers = [dataset(nation, name).tables["Header"].row(0, named=True) for name in returns(nation, below)]
        assert {each["LEA"] + each["Estab"]: each["URN"] for each in headers} == numbers
        assert {each["Term"] for each in headers} == {"AUT" if below == "returns" else "SUM"}


def test_returns_have_no_error(nation: Path) -> None:
    register = pl.read_csv(nation / "register.csv", infer_schema=False)
    for name in returns(nation):
        result = check(dataset(nation, name), register=register)
        assert result.found.filter(pl.col("priority") == "error").select("rule_key", "message").rows() == [], name


def test_pupils_were_there_last_term(nation: Path) -> None:
    shares = []
    for name in returns(nation):
        now = pupils(nation, name)
        source = dataset(nation, name).source
        (earlier,) = [each for each in returns(nation, "previous") if source in each]
        both = now.join(pupils(nation, earlier), on=["UPN", "Surname", "Forename", "DOB"], how="semi")
        shares.append(both.height / now.height)
    assert sum(shares) / len(shares) > 0.6


def test_nobody_has_a_upn_that_another_of_the_same_return_has(nation: Path) -> None:
    for name in [*returns(nation), *returns(nation, "previous")]:
        tops = (dataset(nation, name).tables[each]["UPN"] for each in ("PupilOnRoll", "PupilNoLongerOnRoll"))
        upns = pl.concat(tops).drop_nulls()
        assert upns.filter(upns.is_duplicated()).to_list() == [], name
        assert check(dataset(nation, name), only={"1500", "1520"}).found.height == 0


def test_the_key_says_what_is_in_the_returns(nation: Path) -> None:
    for kind, file, record, upn, other_file, place, other_upn in (
        key(nation).select("kind", "file", "record", "upn", "other_file", "other_record", "other_upn").iter_rows()
    ):
        one, other = (pupils(nation, each).row(row, named=True) for each, row in ((file, record), (other_file, place)))
        assert (one["UPN"], other["UPN"]) == (upn, other_upn)
        same_names = all(one[name] == other[name] for name in PERSON)
        if kind in ("same-upn", "honest:dual-registration"):
            assert upn == other_upn
        elif kind != "under-fives":
            assert upn != other_upn
            assert same_names == (kind in ("same-person", "honest:same-name")), kind
        if kind == "under-fives":
            assert one["FundedHours"] and other["FundedHours"]
            assert upn == other_upn or same_names
        if kind in ("honest:twin", "honest:triplets"):
            assert one["DOB"] == other["DOB"] and one["Surname"] == other["Surname"]
            assert one["Forename"] != other["Forename"]


def test_nothing_is_twice_that_the_key_does_not_have(nation: Path) -> None:
    assert alike(nation, ["UPN"]) == pairs(nation, "same-upn", "honest:dual-registration")
    by_upn = pairs(nation, "same-upn", "honest:dual-registration")
    assert alike(nation, PERSON) - by_upn == pairs(nation, "same-person", "honest:same-name")


def test_all_kinds_are_planted(nation: Path) -> None:
    missing = {way.kind for way in WAYS} - set(key(nation)["kind"])
    # Not every group of schools has children for every kind.
    assert len(missing) <= 2


def test_any_number_of_processes_makes_the_same_nation(tmp_path: Path) -> None:
    for processes in (1, 2):
        write_nation(AUTUMN, tmp_path / str(processes), 5, 9, xml_of_tables, mean_size=12, processes=processes)
    files = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")}
        for root in (tmp_path / "1", tmp_path / "2")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 5 * 2 + 3


def test_a_large_nation_is_like_england() -> None:
    schools = list(planned(22_000, 1, tuple(str(number) for number in range(200, 400)), 386))
    assert len({each.source for each in schools}) == len({each.urn for each in schools}) == 22_000
    assert len({each.council + each.feeder for each in schools}) == 22_000
    assert 8.0e6 < sum(each.pupils for each in schools) < 9.0e6
    assert 0.72 < sum(each.phase == "PS" for each in schools) / 22_000 < 0.80
    assert 0.13 < sum(each.phase == "SS" for each in schools) / 22_000 < 0.18
    assert len({each.council for each in schools}) == 150
