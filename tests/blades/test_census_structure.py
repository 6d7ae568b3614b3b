"""The census as files bring it: places that are not sure, modules that are missing, what each year collects."""

from collections.abc import Mapping

import polars as pl
import pytest

import collectory
from collectory.blade import Edition
from collectory.blades.school_census import blade, file_name
from collectory.engine import check, read_xml
from collectory.engine.tables import dataset_of_tables

AUTUMN = collectory.edition("school-census-2021-autumn")

HEADER = """<Header><CollectionDetails><Collection>SC</Collection><Term>AUT</Term><Year>2021</Year>
<ReferenceDate>2021-10-07</ReferenceDate></CollectionDetails>
<Source><SourceLevel>S</SourceLevel><LEA>855</LEA><Estab>4001</Estab></Source></Header>"""


def pupil(inside: str) -> bytes:
    """A file with one pupil of whom it says only this."""
    return (
        f"<Message>{HEADER}<Pupils><PupilsOnRoll><PupilOnRoll>{inside}</PupilOnRoll></PupilsOnRoll></Pupils></Message>"
    ).encode()


@pytest.mark.parametrize("wrapped", ["<Reasons>{}</Reasons>", "{}"])
def test_reasons_may_be_wrapped_or_not(wrapped: str) -> None:
    reasons = wrapped.format("<Reason>DB</Reason><Reason>PP</Reason>")
    data = read_xml(
        pupil(f"<Exclusions><TermlyExclusion><Category>SUSP</Category>{reasons}</TermlyExclusion></Exclusions>")
    )
    row = data.tables["TermlyExclusion"].row(0, named=True)
    assert (row["Reason1"], row["Reason2"], row["Reason3"]) == ("DB", "PP", None)
    assert data.notices == ()


def test_tutoring_marks_are_found_in_either_place() -> None:
    mark = "<LearnerFAM><LearnFAMType>NLM</LearnFAMType><LearnFAMCode>01</LearnFAMCode></LearnerFAM>"
    for inside in (mark, f"<PupilCharacteristics>{mark}</PupilCharacteristics>"):
        data = read_xml(pupil(inside))
        assert data.tables["LearnerFAM"].height == 1
        assert data.notices == ()


def test_a_sure_place_is_still_minded() -> None:
    data = read_xml(pupil("<PupilStatus><Surname>Sample</Surname></PupilStatus>"))
    assert [notice.kind for notice in data.notices] == ["misplaced"]


def findings(changes: Mapping[str, str | None], entity: str = "PupilOnRoll") -> set[str]:
    """The rules that the typical return breaks with these values."""
    return set(found(changes, entity)["rule"])


def found(changes: Mapping[str, str | None], entity: str = "PupilOnRoll") -> pl.DataFrame:
    """The findings of the typical return with these values."""
    typical = blade.typical(AUTUMN)
    rows = {name: [dict(typical[name])] for name in ("Header", "School", "PupilOnRoll", "PupilNoLongerOnRoll")}
    rows[entity][0].update(changes)
    return check(dataset_of_tables(rows, AUTUMN)).found


PRESENCE = [
    ("School", "SchoolName", "110"),
    ("School", "Phase", "120"),
    ("School", "SchoolType", "140"),
    ("School", "HighestNCyear", "210"),
    ("School", "LowestNCyear", "220"),
    ("School", "Intake", "240"),
    ("School", "Governance", "260"),
    ("School", "PhoneNo", "420"),
    *(
        (entity, name, number)
        for entity in ("PupilOnRoll", "PupilNoLongerOnRoll")
        for name, number in (
            ("UPN", "1500"),
            ("Surname", "1580"),
            ("Forename", "1590"),
            ("DOB", "1600"),
            ("Gender", "1610"),
            ("EntryDate", "1880"),
            ("PartTime", "1930"),
        )
    ),
    ("PupilNoLongerOnRoll", "LeavingDate", "1920"),
    ("PupilOnRoll", "EnrolStatus", "1860"),
    ("PupilOnRoll", "NCyearActual", "2000"),
]


@pytest.mark.parametrize(("entity", "name", "number"), PRESENCE)
def test_a_missing_value_is_reported_under_its_number(entity: str, name: str, number: str) -> None:
    assert findings({name: None}, entity) - findings({}) >= {number}


def test_a_missing_module_is_reported_once() -> None:
    gone = dict.fromkeys(("EnrolStatus", "EntryDate", "PartTime", "Boarder", "NCyearActual"))
    messages = found(gone).filter(pl.col("rule") == "9999")["message"]
    assert messages.to_list().count("The pupil's enrolment details are missing altogether.") == 1
    assert not findings(gone) & {"1860", "1880", "1930", "1970", "2000"}


def test_missing_school_details_are_reported_once() -> None:
    gone = {field.name: None for field in AUTUMN.entity("School").fields}
    new = findings(gone, "School") - findings({})
    assert "165" in new
    assert not new & {"110", "120", "140", "150", "210", "220", "240", "260", "270Q", "420"}


@pytest.mark.parametrize("edition", blade.editions, ids=lambda edition: edition.key)
def test_every_edition_hangs_together(edition: Edition) -> None:
    typical = blade.typical(edition)
    for entity in edition.entities:
        assert entity.fields, entity
        assert all(entity.has_field(name) for name in typical[entity.name])
        for field in entity.fields:
            codes = edition.codeset(field)
            assert codes is None or len(codes) > 0, field


def test_codes_follow_the_years() -> None:
    assert set(AUTUMN.codes("SENprovision").codes) == {"N", "K", "E"}
    assert set(AUTUMN.codes("EnrolStatus").codes) == set("CFOMSG")
    assert set(AUTUMN.codes("ExclusionCategory").codes) == {"SUSP", "PERM", "LNCH"}
    assert "O" not in AUTUMN.codes("PLAA")
    assert "/" in AUTUMN.codes("AttendanceCode")
    assert "C1" not in AUTUMN.codes("AttendanceCode")


def test_terms_collect_what_is_theirs() -> None:
    spring = collectory.edition("school-census-2022-spring")
    assert AUTUMN.has_entity("SummerHalfTerm2Attendance")
    assert not AUTUMN.has_entity("Class")
    assert spring.has_entity("Class")
    assert spring.entity("PupilOnRoll").has_field("Ethnicity")
    assert not AUTUMN.entity("PupilOnRoll").has_field("Ethnicity")


def test_file_name() -> None:
    assert file_name(AUTUMN, "8554001", "001") == "8554001_SC3_855LL21_001.XML"
