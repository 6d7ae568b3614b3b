"""Changing single records, and following rows through the change."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import collectory
from collectory.engine import Dataset
from collectory.engine.changing import Changed, rows_below, with_record, with_values, without_record

EDITION = collectory.edition("school-census-2021-autumn")
FAMILY = ("PupilOnRoll", "FSMperiod", "ProgrammeAim", "LearningAim", "WorkplaceEntity")


@pytest.fixture
def dataset() -> Dataset:
    """Three pupils; free school meal periods for two of them, aims three levels deep for the second."""
    return Dataset.from_tables(
        {
            "Header": [{"LEA": "855"}],
            "PupilOnRoll": [{"UPN": "A"}, {"UPN": "B"}, {"UPN": "C"}],
            "FSMperiod": [
                {"_parent": 0, "FSMstartDate": "2021-01-01"},
                {"_parent": 2, "FSMstartDate": "2021-02-01"},
                {"_parent": 2, "FSMstartDate": "2021-03-01"},
            ],
            "ProgrammeAim": [{"_parent": 1, "ProgType": "31"}, {"_parent": 2, "ProgType": "32"}],
            "LearningAim": [{"_parent": 0, "QN": "1"}, {"_parent": 1, "QN": "2"}],
            "WorkplaceEntity": [{"_parent": 1, "WPStartDate": "2021-09-01"}],
        },
        EDITION,
    )


def whole(dataset: Dataset) -> list[tuple]:
    """The family tree as nested values, row numbers left out."""

    def under(entity: str, parent: int | None) -> list:
        table = dataset.tables[entity]
        rows = table if parent is None else table.filter(pl.col("_parent") == parent)
        fields = [name for name in table.columns if not name.startswith("_")]
        children = [each.name for each in EDITION.entities if each.parent and each.parent.name == entity]
        return [
            (tuple(row[name] for name in fields), [under(child, row["_row"]) for child in children])
            for row in rows.to_dicts()
        ]

    return under("PupilOnRoll", None)


def assert_sound(dataset: Dataset) -> None:
    for entity in EDITION.entities:
        table = dataset.tables[entity.name]
        assert table["_row"].to_list() == list(range(table.height))
        assert table["_row"].dtype == table["_parent"].dtype == pl.Int64
        if entity.parent:
            assert table["_parent"].is_between(0, dataset.tables[entity.parent.name].height - 1).all()
            assert table["_parent"].is_sorted()


def test_values_change_in_one_row_only(dataset):
    changed = with_values(dataset, "PupilOnRoll", 1, {"UPN": "", "Surname": "Ó Name"})
    table = changed.dataset.tables["PupilOnRoll"]
    assert table["UPN"].to_list() == ["A", None, "C"]
    assert table["Surname"].to_list() == [None, "Ó Name", None]
    assert dataset.tables["PupilOnRoll"]["UPN"].to_list() == ["A", "B", "C"]
    assert changed.touched.changed == {"PupilOnRoll": [1]}


def test_a_record_under_a_parent_comes_after_its_siblings(dataset):
    changed = with_record(dataset, "FSMperiod", {"FSMstartDate": "2021-05-01"}, parent=0)
    assert changed.dataset.tables["FSMperiod"]["FSMstartDate"].to_list()[:2] == ["2021-01-01", "2021-05-01"]
    assert changed.touched.added == {"FSMperiod": [1]}
    assert_sound(changed.dataset)


def test_children_stay_with_their_parents_when_a_record_is_put_between(dataset):
    changed = with_record(dataset, "ProgrammeAim", {"ProgType": "99"}, parent=0)
    assert_sound(changed.dataset)
    before, after = whole(dataset), whole(changed.dataset)
    assert after[1:] == before[1:]
    assert after[0] != before[0]


def test_removing_a_record_takes_all_below_it(dataset):
    changed = without_record(dataset, "PupilOnRoll", 1)
    assert_sound(changed.dataset)
    assert changed.touched.removed == {"PupilOnRoll": [1], "ProgrammeAim": [0], "LearningAim": [0]}
    before = whole(dataset)
    assert whole(changed.dataset) == [before[0], before[2]]
    assert changed.dataset.tables["WorkplaceEntity"].height == 1
    assert rows_below(changed.dataset, "PupilOnRoll", 1)["WorkplaceEntity"] == [0]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda d: with_values(d, "PupilOnRoll", 3, {"UPN": "X"}), IndexError),
        (lambda d: with_values(d, "PupilOnRoll", 0, {"Nonsense": "X"}), KeyError),
        (lambda d: with_record(d, "Header", {}), ValueError),
        (lambda d: with_record(d, "PupilOnRoll", {}, parent=0), ValueError),
        (lambda d: with_record(d, "FSMperiod", {}), ValueError),
        (lambda d: with_record(d, "FSMperiod", {}, parent=3), IndexError),
        (lambda d: without_record(d, "FSMperiod", -1), IndexError),
        (lambda d: without_record(d, "Nonsense", 0), KeyError),
    ],
)
def test_what_is_not_there_is_refused(dataset, act, error):
    with pytest.raises(error):
        act(dataset)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_rows_are_followed_through_any_change(data):
    counts = [data.draw(st.integers(0, 3)) for _ in range(4)]
    parents = [parent for parent, count in enumerate(counts) for _ in range(count)]
    tables = {"PupilOnRoll": [{"UPN": f"p{row}"} for row in range(4)]}
    if parents:
        tables["FSMperiod"] = [{"_parent": parent, "FSMstartDate": f"f{row}"} for row, parent in enumerate(parents)]
    before = Dataset.from_tables(tables, EDITION)
    entity = data.draw(st.sampled_from(["PupilOnRoll", "FSMperiod"]))
    height = before.tables[entity].height
    changed: Changed
    if height and data.draw(st.booleans()):
        changed = without_record(before, entity, data.draw(st.integers(0, height - 1)))
    elif entity == "PupilOnRoll":
        changed = with_record(before, entity, {"UPN": "new"})
    else:
        changed = with_record(before, entity, {"FSMstartDate": "new"}, parent=data.draw(st.integers(0, 3)))
    assert_sound(changed.dataset)
    for name, field in (("PupilOnRoll", "UPN"), ("FSMperiod", "FSMstartDate")):
        old, new = before.tables[name][field].to_list(), changed.dataset.tables[name][field].to_list()
        for row, value in enumerate(old):
            after = changed.touched.after(name, row)
            assert (new[after] if after is not None else None) == (value if value in new else None)
        for row, value in enumerate(new):
            earlier = changed.touched.before(name, row)
            assert (old[earlier] if earlier is not None else "new") == value
