"""Plain tables whose rows are named by running numbers, by lists, or by keys of records that were not given."""

from __future__ import annotations

import polars as pl
import pytest

from collectory.blade import Blade, CodeSet, Edition, Entity, Field, Header, Text, When
from collectory.engine import Dataset

header = Entity("Header", "Header", [Field("Collection"), Field("Year")], many=False)
tree = Entity(
    "Tree",
    "Trees/Tree",
    [Field("Tag"), Field("Girth", when=When(until="1")), Field("Height", when=When(since="2"))],
    key=("Tag",),
)
soil = Entity("Soil", "Soil", [Field("Kind")], parent=tree, many=False)
mineral = Entity("Mineral", "Minerals/Mineral", [Field("Name", element=".")], parent=soil)
branch = Entity("Branch", "Branch", [Field("Length")], parent=tree, number_column="BranchID")
nest = Entity("Nest", "Nest", [Field("Bird", Text())], parent=branch, number_column="NestID")
egg = Entity("Egg", "Eggs/Egg", [Field("Colour", element=".")], parent=nest, list_column="Eggs")

blade = Blade(
    name="trees",
    title="Trees",
    root="Return",
    header=Header("Header/Collection", "TREES", year="Header/Year"),
    entities=(header, tree, soil, mineral, branch, nest, egg),
    codesets={"None": CodeSet("None", {})},
    rules=(),
    typical=lambda edition: {},
)
first, second = (Edition(blade, f"trees-{n}", "Trees", str(n), str(n)) for n in (1, 2))
blade.add_editions(first, second)


def rows(dataset: Dataset, name: str, *columns: str) -> list[tuple[object, ...]]:
    return dataset.tables[name].select("_parent", *columns).rows()


def test_numbers_are_unique_only_together_with_those_above() -> None:
    dataset = Dataset.from_tables(
        {
            "Tree": [{"Tag": "A"}, {"Tag": "B"}],
            "Branch": [
                {"Tag": "A", "BranchID": 1, "Length": "a1"},
                {"Tag": "A", "BranchID": 2, "Length": "a2"},
                {"Tag": "B", "BranchID": 1, "Length": "b1"},
            ],
            "Nest": [
                {"Tag": "A", "BranchID": 2, "NestID": 1, "Bird": "owl"},
                {"Tag": "B", "BranchID": 1, "NestID": 1, "Bird": "tit"},
                {"Tag": "B", "BranchID": 1, "NestID": 2, "Bird": "jay"},
            ],
            "Egg": [{"Tag": "B", "BranchID": 1, "NestID": 2, "Colour": "blue"}],
        },
        first,
    )
    assert rows(dataset, "Branch", "Length") == [(0, "a1"), (0, "a2"), (1, "b1")]
    assert rows(dataset, "Nest", "Bird") == [(1, "owl"), (2, "tit"), (2, "jay")]
    assert rows(dataset, "Egg", "Colour") == [(2, "blue")]
    assert "BranchID" not in dataset.tables["Branch"].columns


@pytest.mark.parametrize("number", [2, 2.0, "2"])
def test_numbers_that_are_not_given_count_from_one(number: object) -> None:
    dataset = Dataset.from_tables(
        {
            "Tree": [{"Tag": "A"}, {"Tag": "B"}],
            "Branch": [{"Tag": "A"}, {"Tag": "B", "Length": "b1"}, {"Tag": "B", "Length": "b2"}],
            "Nest": pl.DataFrame({"Tag": ["B"], "BranchID": [number], "Bird": ["owl"]}),
        },
        first,
    )
    assert rows(dataset, "Nest", "Bird") == [(2, "owl")]


def test_a_number_that_no_record_has_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to no row of Branch"):
        Dataset.from_tables(
            {"Tree": [{"Tag": "A"}], "Branch": [{"Tag": "A"}], "Nest": [{"Tag": "A", "BranchID": 2}]}, first
        )


@pytest.mark.parametrize(
    "given",
    [
        [["blue", "white"], None, ["white"]],
        ["blue, white", None, "white"],
        ["['blue', 'white']", "", "['white']"],
    ],
)
def test_a_list_is_the_records_below(given: list[object]) -> None:
    keys = {"Tag": ["A"] * 3, "BranchID": [1, 1, 1], "NestID": [1, 2, 3]}
    for nests in (
        pl.DataFrame({**keys, "Eggs": given}),
        [{"Tag": "A", "BranchID": 1, "NestID": n, "Eggs": eggs} for n, eggs in enumerate(given, 1)],
    ):
        dataset = Dataset.from_tables({"Tree": [{"Tag": "A"}], "Branch": [{"Tag": "A"}], "Nest": nests}, first)
        assert rows(dataset, "Egg", "Colour") == [(0, "blue"), (0, "white"), (2, "white")]


def test_records_given_beside_a_list_count() -> None:
    dataset = Dataset.from_tables(
        {
            "Tree": [{"Tag": "A"}],
            "Branch": [{"Tag": "A"}],
            "Nest": [{"Tag": "A", "BranchID": 1, "NestID": 1, "Eggs": ["blue"]}],
            "Egg": [{"Tag": "A", "BranchID": 1, "NestID": 1, "Colour": "green"}],
        },
        first,
    )
    assert rows(dataset, "Egg", "Colour") == [(0, "green")]


def test_tables_above_that_were_not_given_are_made_of_the_keys() -> None:
    nests = [
        {"Tag": tag, "BranchID": number, "Bird": "owl"} for tag, number in (("A", 1), ("A", 3), ("B", 1), ("B", 1))
    ]
    dataset = Dataset.from_tables({"Nest": nests, "Mineral": [{"Tag": "C", "Name": "lime"}]}, first)
    assert dataset.tables["Tree"]["Tag"].to_list() == ["C", "A", "B"]
    assert rows(dataset, "Branch") == [(1,), (1,), (2,)]
    assert [parent for (parent,) in rows(dataset, "Nest")] == [0, 1, 2, 2]
    assert rows(dataset, "Soil") == [(0,)]
    assert rows(dataset, "Mineral", "Name") == [(0, "lime")]


def test_columns_of_other_years_may_stand_empty() -> None:
    dataset = Dataset.from_tables({"Tree": [{"Tag": "A", "Girth": None, "Height": "9"}]}, second)
    assert dataset.tables["Tree"].columns == ["_row", "_parent", "Tag", "Height"]
    with pytest.raises(ValueError, match="no column Girth"):
        Dataset.from_tables({"Tree": [{"Tag": "A", "Girth": "3"}]}, second)
