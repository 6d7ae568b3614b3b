"""The fast reader takes the same documents as lxml and finds the same values in them."""

from __future__ import annotations

import random
from copy import copy
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectory.engine import Dataset, Refusal, check
from collectory.engine.reading.layout import layout_of
from collectory.engine.reading.tokens import NotPlain, tokenise
from collectory.engine.reading.xml import read_xml
from tests.engine import reference_reader
from tests.engine.members_blade import edition

HEADER = "<Header><Collection>LIB</Collection><Year>2021</Year><Source><Branch>77</Branch></Source></Header>"


def document(people: str, header: str = HEADER, space: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>{space}<Return>{space}{header}{people}</Return>'.encode()


def read(data: bytes) -> Dataset:
    outcome = read_xml(data, edition)
    assert isinstance(outcome, Dataset), outcome
    return outcome


def rows(dataset: Dataset) -> dict[str, list[dict[str, object]]]:
    return {name: table.drop("_row").to_dicts() for name, table in dataset.tables.items()}


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=0, max_size=40
)
leaf_names = st.sampled_from(["Number", "Surname", "Born", "Status", "Active"])


@st.composite
def members(draw: st.DrawFn) -> str:
    space = draw(st.sampled_from(["", "\n", "\r\n  ", "\t"]))

    def value(name: str) -> str:
        text = draw(texts)
        form = draw(st.sampled_from(["escaped", "cdata", "numbers", "empty", "self"]))
        if form == "cdata" and "]]>" not in text:
            return f"<{name}><![CDATA[{text}]]></{name}>"
        if form == "numbers":
            return f"<{name}>" + "".join(f"&#{ord(c)};" for c in text) + f"</{name}>"
        if form == "empty":
            return f"<{name}></{name}>"
        if form == "self":
            return f"<{name}/>"
        return f"<{name}>{escape(text)}</{name}>"

    def one() -> str:
        identity = "".join(value(name) for name in ("Number", "Surname", "Born") if draw(st.booleans()))
        interests = "".join(value("Interest") for _ in range(draw(st.integers(0, 3))))
        loans = space.join(f"<Loan>{value('Book')}{value('Days')}</Loan>" for _ in range(draw(st.integers(0, 3))))
        tags = "".join(value("Tag") for _ in range(draw(st.integers(0, 2))))
        visit = draw(st.sampled_from(["", "<Visit/>", "<Visit></Visit>", "<Visit><Hours>3</Hours></Visit>"]))
        return (
            f"<Member>{space}<Identity>{identity}</Identity>{space}<Interests>{interests}</Interests>"
            f"<Loans>{loans}</Loans>{visit}<Tags>{tags}</Tags></Member>"
        )

    return f"<People>{space}" + space.join(one() for _ in range(draw(st.integers(0, 4)))) + "</People>"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(members())
def test_values_are_those_that_lxml_finds(people: str) -> None:
    data = document(people)
    expected = reference_reader.read(data, edition)
    assert expected is not None
    assert rows(read(data)) == expected


def test_damaged_documents_are_refused_wherever_lxml_refuses_them() -> None:
    whole = document(
        "<People><Member><Identity><Number>1</Number><Surname>O&apos;Neill &amp; Son</Surname></Identity>"
        "<Loans><Loan><Book>A</Book></Loan><Loan/></Loans><Tags><Tag>x</Tag></Tags></Member></People>",
        space="\n",
    )
    chance = random.Random(5)
    pieces = [
        b"<",
        b">",
        b"/",
        b"&",
        b";",
        b"\x00",
        b"\x07",
        b"\xff",
        b"]]>",
        b"<!--",
        b"<Member>",
        b" ",
        b"a",
        b"=",
        b'"',
    ]
    names = layout_of(edition).known
    taken = 0
    for _ in range(4000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data))
            action = chance.random()
            if action < 0.4:
                del data[at : at + chance.randint(1, 12)]
            elif action < 0.8:
                data[at:at] = chance.choice(pieces)
            else:
                data[at] = chance.randrange(256)
        damaged = bytes(data)
        expected = reference_reader.read(damaged, edition)
        try:
            tokenise(damaged, names)
            plain = True
        except NotPlain:
            plain = False
        outcome = read_xml(damaged, edition)
        if expected is None:
            assert isinstance(outcome, Refusal), damaged
        elif isinstance(outcome, Dataset) and not outcome.notices:
            assert rows(outcome) == expected, damaged
            taken += plain
    assert taken > 25  # the comparison has compared something


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04....", "zip"),
        (b"%PDF-1.4", "not-xml"),
        (b"UPN,Surname\nA,B", "not-xml"),
        (b"<html><body/></html>", "not-xml"),
        (b"<!doctype html><p>Sign in", "not-xml"),
        (b"<Outcome/>", "wrong-root"),
        (document("") + document("")[38:], "malformed"),
        (document("<People>\x01</People>"), "malformed"),
        (b"<Return/>", "no-header"),
        (b"<Return>", "malformed"),
        (document("<People>")[:-20], "malformed"),
        (document("<People><Member></People></Member>"), "malformed"),
        (document("<People>&nbsp;</People>"), "malformed"),
        (b'<!DOCTYPE Return [<!ENTITY a "b">]>' + b"<Return>&a;</Return>", "hostile"),
        (document("<a>" * 1000 + "</a>" * 1000), "too-deep"),
        (document("<a>" * 100 + "</a>" * 100), "too-deep"),
        (document("", HEADER.replace("LIB", "ZOO")), "wrong-collection"),
        (document("", HEADER.replace("2021", "2020")), "wrong-year"),
    ],
)
def test_what_is_no_return_is_refused_in_words(data: bytes, code: str) -> None:
    outcome = read_xml(data, edition)
    assert isinstance(outcome, Refusal)
    assert outcome.code == code
    assert outcome.title
    assert outcome.message.endswith(".")
    assert outcome.action.endswith(".")


def test_billion_laughs_in_utf16_is_refused() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>'
    text += '<!DOCTYPE Return [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Return>&b;</Return>'
    outcome = read_xml(text.encode("utf-16"), edition)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "hostile"


def test_other_encodings_comments_attributes_and_prefixes_read_the_same() -> None:
    people = "<People><Member><Identity><Number>1</Number><Surname>Zoë</Surname></Identity></Member></People>"
    plain = rows(read(document(people)))
    text = document(people).decode()
    assert rows(read(text.replace("utf-8", "utf-16").encode("utf-16"))) == plain
    assert rows(read(text.replace("utf-8", "iso-8859-1").encode("iso-8859-1"))) == plain
    assert rows(read(b"\xef\xbb\xbf" + text.encode())) == plain
    assert rows(read(text.replace("<People>", "<!-- hello > --><People kind='a>b'>").encode())) == plain
    assert rows(read(text.replace("<Return>", '<Return xmlns="urn:x">').encode())) == plain
    prefixed = text.replace("</", "</r:").replace("<", "<r:").replace("<r:/r:", "</r:").replace("<r:?", "<?")
    assert rows(read(prefixed.replace("<r:Return>", '<r:Return xmlns:r="urn:x">').encode())) == plain


def test_the_file_of_another_source_is_refused() -> None:
    outcome = read_xml(document(""), edition, source="78")
    assert isinstance(outcome, Refusal)
    assert outcome.code == "wrong-source"
    assert "77" in outcome.message
    assert "78" in outcome.message


def test_nothing_is_dropped_silently() -> None:
    dataset = read(
        document(
            "<People>"
            "<Member><Shoe>9</Shoe><Identity><Number>1</Number><Number>2</Number></Identity></Member>\n"
            "<Member><Number>3</Number>stray<Identity/><Odd><Surname>S</Surname><Deep><Deeper/></Deep></Odd></Member>"
            "</People>"
        )
    )
    found = {(notice.kind, notice.path): notice for notice in dataset.notices}
    assert set(found) == {
        ("unknown", "People/Member/Shoe"),
        ("unknown", "People/Member/Odd/Deep"),
        ("repeated", "People/Member/Identity/Number"),
        ("misplaced", "People/Member/Number"),
        ("misplaced", "People/Member/Odd/Surname"),
        ("text", "People/Member/Number"),
    }
    assert found["misplaced", "People/Member/Number"].line == 2
    member = dataset.tables["Member"]
    assert member["Number"].to_list() == ["1", "3"]
    assert member["Surname"].to_list() == [None, "S"]
    result = check(dataset)
    assert set(result.found["rule_key"]) >= {"structure.unknown", "structure.repeated", "structure.misplaced"}
    elements = [field["value"] for fields in result.found["fields"] for field in fields if field["field"] == "Element"]
    assert "People/Member/Shoe" in elements


def test_white_space_around_values_is_left_out_where_the_blade_says_so() -> None:
    trimming = replace(edition, blade=copy(edition.blade))
    trimming.blade.trims = True
    people = (
        "<People><Member><Identity><Number>\n  1\r\n</Number><Surname> van  Dyk\t</Surname><Born> </Born></Identity>"
        "<Interests><Interest> &#32;a &amp; b </Interest></Interests></Member></People>"
    )
    kept, trimmed = read(document(people)), read_xml(document(people), trimming)
    assert isinstance(trimmed, Dataset)
    names = ("Number", "Surname", "Born", "Interest1")
    assert kept.tables["Member"].select(names).rows() == [("\n  1\n", " van  Dyk\t", " ", "  a & b ")]
    assert trimmed.tables["Member"].select(names).rows() == [("1", "van  Dyk", None, " a & b")]
    assert trimmed.notices == kept.notices == ()
