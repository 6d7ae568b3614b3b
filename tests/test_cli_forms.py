"""The commands with returns that are keyed into a form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectory.cli import main

Capture = pytest.CaptureFixture[str]


def checked(capsys: Capture, *arguments: object) -> dict[str, object]:
    capsys.readouterr()
    assert main(["check", *(str(each) for each in arguments), "--format", "json"]) in (0, 1)
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_an_empty_form(tmp_path: Path, capsys: Capture) -> None:
    form = tmp_path / "form.json"
    form.write_text("{}")
    result = checked(capsys, form, "--edition", "sen2-2011")
    assert (result["errors"], result["queries"]) == (57, 1)
    assert isinstance(result["findings"], list) and len(result["findings"]) == 58


def test_every_way_in_gives_the_same_findings(tmp_path: Path, capsys: Capture) -> None:
    made = tmp_path / "made.xml"
    assert main(f"sample sen2-2014 --records 800 --faults 0.2 --seed 4 --out {made}".split()) == 0
    for to, name in (("form", "made.xlsx"), ("csv", "made.zip"), ("xml", "again.xml")):
        assert main(f"convert {made} --to {to} --out {tmp_path / name}".split()) == 0
    expected = checked(capsys, made)
    assert expected["errors"]
    for name in ("made.xlsx", "made.zip", "again.xml"):
        assert checked(capsys, tmp_path / name) == expected


def test_last_years_return_in_any_form(tmp_path: Path, capsys: Capture) -> None:
    now, before = tmp_path / "now.xml", tmp_path / "before.xml"
    for key, path in (("sen2-2011", now), ("sen2-2010", before)):
        assert main(f"sample {key} --records 1500 --out {path}".split()) == 0
    assert checked(capsys, now)["skipped"]
    result = checked(capsys, now, "--previous", before)
    assert (result["skipped"], result["queries"]) == ([], 0)
    keyed = tmp_path / "before.csv"
    keyed.write_text("item,value\nTotAll,900\n")
    result = checked(capsys, now, "--previous", keyed)
    assert (result["skipped"], result["queries"], result["errors"]) == ([], 1, 0)


def test_what_changed_between_two_keyed_forms(tmp_path: Path, capsys: Capture) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text('{"Tot05": 12}')
    new.write_text('{"Tot05": "1,300"}')
    assert main(f"compare {old} {new} --edition sen2-2011".split()) == 0
    assert "Tot05 12 → 1300" in capsys.readouterr().out


def test_what_cannot_be_is_one_clear_line(tmp_path: Path, capsys: Capture) -> None:
    form = tmp_path / "form.json"
    form.write_text('{"Tot0": 12}')
    assert main(f"check {form} --edition sen2-2011".split()) == 2
    assert "“Tot0”" in capsys.readouterr().err
    census = tmp_path / "census.xml"
    assert main(f"sample school-census-2021-autumn --records 3 --out {census}".split()) == 0
    capsys.readouterr()
    assert main(f"convert {census} --to form --out {tmp_path / 'form.xlsx'}".split()) == 2
    assert "has no form" in capsys.readouterr().err
