"""The commands as people and programs call them: output, exit codes, one clear line for what went wrong."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import collectory
from collectory.cli import main
from collectory.engine import Dataset, read_path
from collectory.engine.writing.xml import write_xml

COLLECTORY = Path(sys.executable).with_name("collectory")
EDITION = "school-census-2021-autumn"


def spawn(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    command = [str(COLLECTORY), *(str(each) for each in arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=300)


def call(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """The command in this process, which saves the time to start one; what it writes and its exit code."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    written = [stream.buffer.getvalue() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(arguments, code, *written)


def wrong(*arguments: object) -> str:
    """What a call that must fail says: one line, nothing on the standard output, exit code 2."""
    done = call(*arguments)
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert done.stdout == b""
    assert said.startswith("collectory: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """good.xml has no finding; bad.xml has faults; both of 60 pupils."""
    folder = tmp_path_factory.mktemp("returns")
    for name, faults in (("good.xml", "0"), ("bad.xml", "0.4")):
        done = call(
            "sample",
            EDITION,
            "--records",
            60,
            "--seed",
            7,
            "--faults",
            faults,
            "--source",
            "8554001",
            "--out",
            folder / name,
        )
        assert done.returncode == 0, done.stderr
    return folder


def test_blades_lists_blades_and_editions() -> None:
    done = spawn("blades")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert any(line.startswith("school_census ") for line in lines)
    assert any(line.split()[0] == EDITION for line in lines)


def test_help_and_version() -> None:
    for command in ("blades", "check", "convert", "compare", "sample", "rules"):
        done = call(command, "--help")
        assert done.returncode == 0
        assert b"usage: collectory " + command.encode() in done.stdout
    assert call("--version").stdout.startswith(b"collectory ")


def test_a_return_without_errors_exits_with_0(folder: Path) -> None:
    done = spawn("check", folder / "good.xml")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert text.startswith("School Census 2021 autumn · 8554001\n")
    assert text.endswith("0 errors, 0 queries\n")
    assert done.stderr == b""


def test_a_return_with_errors_exits_with_1_and_is_grouped_by_rule(folder: Path) -> None:
    done = call("check", folder / "bad.xml")
    assert done.returncode == 1
    text = done.stdout.decode()
    answer = json.loads(call("check", folder / "bad.xml", "--format", "json").stdout)
    rules = {finding["rule"] for finding in answer["findings"]}
    assert rules
    for rule in rules:
        assert sum(line.startswith((f"ERROR {rule} ", f"QUERY {rule} ")) for line in text.splitlines()) == 1
    assert "To put it right: " in text
    assert "\x1b" not in text  # a pipe gets no colours


def test_json_keeps_its_contract(folder: Path) -> None:
    done = spawn("check", folder / "bad.xml", "--format", "json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert list(answer) == ["edition", "records", "errors", "queries", "skipped", "findings"]
    assert answer["edition"] == EDITION
    assert answer["records"]["PupilOnRoll"] == 60
    assert answer["errors"] == sum(finding["priority"] == "error" for finding in answer["findings"])
    assert answer["queries"] == sum(finding["priority"] == "query" for finding in answer["findings"])
    assert all(set(each) == {"rule", "why"} for each in answer["skipped"])
    dataset = read_path(folder / "bad.xml")
    assert isinstance(dataset, Dataset)
    for finding in answer["findings"]:
        assert list(finding) == ["rule", "priority", "level", "entity", "record", "key", "fields", "message"]
        assert finding["priority"] in ("error", "query")
        assert finding["level"] in ("return", "item")
        assert all(list(field) == ["field", "value"] for field in finding["fields"])
        if finding["level"] == "return":
            assert finding["record"] is None
        elif finding["entity"] == "PupilOnRoll":
            upn = dataset.tables["PupilOnRoll"]["UPN"][finding["record"]]
            assert finding["key"] == [upn or ""]


def test_csv_and_xlsx_have_every_finding(folder: Path, tmp_path: Path) -> None:
    answer = json.loads(call("check", folder / "bad.xml", "--format", "json").stdout)
    done = call("check", folder / "bad.xml", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    assert done.returncode == 1
    assert [row["Rule"] for row in rows] == [finding["rule"] for finding in answer["findings"]]
    done = call("check", folder / "bad.xml", "--format", "xlsx", "--out", tmp_path / "findings.xlsx")
    assert done.returncode == 1
    sheet = CalamineWorkbook.from_path(tmp_path / "findings.xlsx").get_sheet_by_index(0).to_python()
    assert len(sheet) == len(rows) + 1
    assert [row[sheet[0].index("Message")] for row in sheet[1:]] == [row["Message"] for row in rows]


def test_the_return_before_the_register_and_lists_let_more_rules_be_asked(folder: Path, tmp_path: Path) -> None:
    assert (
        call("sample", "school-census-2021-summer", "--records", 90, "--out", tmp_path / "before.xml").returncode == 0
    )
    register = "URN,LA (code),EstablishmentNumber,EstablishmentName\n999999,855,4001,Café Academy\n"
    (tmp_path / "register.csv").write_bytes(register.encode("cp1252"))
    (tmp_path / "subjects.csv").write_text(" SCC \n9999\n".replace(" ", ""))
    alone = json.loads(call("check", folder / "good.xml", "--format", "json").stdout)
    more = json.loads(
        call(
            "check", folder / "good.xml", "--format", "json",
            "--previous", tmp_path / "before.xml", "--register", tmp_path / "register.csv",
            "--list", f"subjects={tmp_path / 'subjects.csv'}",
        ).stdout
    )  # fmt: skip
    assert len(more["skipped"]) < len(alone["skipped"])
    assert {"160", "2724"} <= {finding["rule"] for finding in more["findings"]}  # another URN, no such subject
    assert {"2724"} & {each["rule"] for each in alone["skipped"]}
    assert not {"2724"} & {each["rule"] for each in more["skipped"]}


@pytest.mark.parametrize("to", ["csv", "xml", "parquet"])
def test_a_converted_return_is_the_same_return(folder: Path, tmp_path: Path, to: str) -> None:
    done = call("convert", folder / "bad.xml", "--to", to, "--out", tmp_path / "export.zip")
    assert done.returncode == 0, done.stderr
    unpacked = tmp_path / ("return.xml" if to == "xml" else "set")
    assert call("convert", tmp_path / "export.zip", "--to", to, "--out", unpacked).returncode == 0
    before = call("check", folder / "bad.xml", "--format", "json")
    for path in (tmp_path / "export.zip", unpacked):
        done = call("check", path, "--format", "json")
        assert done.returncode == 1
        assert done.stdout == before.stdout
    assert call("convert", unpacked, "--to", "xml", "--out", tmp_path / "back.xml").returncode == 0
    assert (tmp_path / "back.xml").read_bytes() == (folder / "bad.xml").read_bytes()


def test_compare_shows_what_changed(folder: Path, tmp_path: Path) -> None:
    same = call("compare", folder / "good.xml", folder / "good.xml")
    assert (same.returncode, same.stdout) == (0, b"0 values changed, 0 records added, 0 records removed\n")
    dataset = read_path(folder / "good.xml")
    assert isinstance(dataset, Dataset)
    pupils = dataset.tables["PupilOnRoll"]
    changed = pupils.with_columns(pupils["Surname"].scatter(3, "=Changed & Co"))
    (tmp_path / "new.xml").write_bytes(write_xml(dataset.with_tables({"PupilOnRoll": changed})))
    done = call("compare", folder / "good.xml", tmp_path / "new.xml", "--format", "json")
    (change,) = json.loads(done.stdout)
    assert change == {
        "change": "changed",
        "entity": "PupilOnRoll",
        "key": [pupils["UPN"][3]],
        "field": "Surname",
        "old": pupils["Surname"][3],
        "new": "=Changed & Co",
        "old_record": 3,
        "new_record": 3,
    }
    text = call("compare", folder / "good.xml", tmp_path / "new.xml").stdout.decode()
    assert f"Surname {pupils['Surname'][3]} → =Changed & Co" in text
    rows = csv.DictReader(
        io.StringIO(call("compare", folder / "good.xml", tmp_path / "new.xml", "--format", "csv").stdout.decode())
    )
    assert [row["new"] for row in rows] == ["'=Changed & Co"]


def test_samples_depend_on_their_seed_alone(folder: Path, tmp_path: Path) -> None:
    options = ("--records", 60, "--source", "8554001")
    call("sample", EDITION, *options, "--seed", 7, "--out", tmp_path / "again.xml")
    call("sample", EDITION, *options, "--seed", 8, "--out", tmp_path / "other.xml")
    call("sample", EDITION, *options, "--seed", 7, "--out", tmp_path / "packed.zip")
    assert (tmp_path / "again.xml").read_bytes() == (folder / "good.xml").read_bytes()
    assert (tmp_path / "other.xml").read_bytes() != (folder / "good.xml").read_bytes()
    with zipfile.ZipFile(tmp_path / "packed.zip") as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == (folder / "good.xml").read_bytes()


def test_the_catalogue_has_every_rule_in_every_form() -> None:
    edition = collectory.edition(EDITION)
    numbers = [rule.number or rule.key for rule in edition.rules]
    answer = json.loads(call("rules", EDITION, "--format", "json").stdout)
    assert [rule["rule"] for rule in answer["rules"]] == numbers
    assert all(rule["message"] and rule["why"] and rule["fix"] for rule in answer["rules"])
    rows = list(csv.DictReader(io.StringIO(call("rules", EDITION, "--format", "csv").stdout.decode(), newline="")))
    assert [row["rule"] for row in rows] == numbers
    page = call("rules", EDITION).stdout.decode()
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == numbers
    assert "{" not in page.replace("\\{", "")


def test_a_process_that_cannot_go_on_says_so_in_one_line(tmp_path: Path) -> None:
    for arguments in (("check", tmp_path / "absent.xml"), ("check",), ("check", COLLECTORY)):
        done = spawn(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
        assert done.stderr.startswith(b"collectory: ")


def test_calls_that_cannot_be_done_say_so_in_one_line(folder: Path, tmp_path: Path) -> None:
    good = folder / "good.xml"
    assert "no such file" in wrong("check", tmp_path / "absent.xml")
    assert "holds no return" in wrong("check", tmp_path)
    assert EDITION in wrong("check", good, "--edition", "school-census-1066-autumn")
    assert "arguments are required" in wrong("check")
    assert "invalid choice" in wrong("check", good, "--format", "pdf")
    assert "invalid choice" in wrong("chekc", good)
    assert "overwrite" in wrong("check", good, "--out", good)
    assert "no such file or folder" in wrong("check", good, "--out", tmp_path / "absent" / "x.txt")
    assert "is a folder" in wrong("check", good, "--out", tmp_path)
    assert "--previous" in wrong("check", good, "--previous", COLLECTORY)
    assert "--register" in wrong("check", good, "--register", good)
    assert "qualifications, subjects" in wrong("check", good, "--list", "nothing=here.csv")
    assert "column SCC" in wrong("check", good, "--list", f"subjects={good}")
    assert "there already" in wrong("convert", good, "--to", "csv", "--out", folder)
    assert "invalid choice" in wrong("convert", good, "--to", "pdf", "--out", tmp_path / "x")
    assert ".xml or .zip" in wrong("sample", EDITION, "--out", tmp_path / "x.pdf")
    assert "at least 1" in wrong("sample", EDITION, "--records", "0", "--out", tmp_path / "x.xml")
    assert "invalid" in wrong("sample", EDITION, "--records", "many", "--out", tmp_path / "x.xml")
    assert "from 0 to 1" in wrong("sample", EDITION, "--faults", "7", "--out", tmp_path / "x.xml")
    assert "nobody" in wrong("sample", EDITION, "--source", "nobody", "--out", tmp_path / "x.xml")
    assert EDITION in wrong("rules", "nothing")
    assert list(tmp_path.iterdir()) == []  # nothing half-written is left


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.xml"
    path.write_bytes(b"<Message/>")
    path.chmod(0)
    assert "may not be read" in wrong("check", path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"UPN,Surname\nA,B\n", "not XML"),
        (b"<html></html>", "a web page"),
        (b"<Outcome></Outcome>", "<Outcome>"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04broken", "archive"),
        (b'<!DOCTYPE m [<!ENTITY a "b">]><Message>&a;</Message>', "document type"),
        (b"<Message><Header>", "cut off"),
        (b"<Message/>", "which collection"),
    ],
)
def test_files_that_are_no_return_are_refused_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    path.write_bytes(content)
    for format in ("text", "json"):
        assert says in wrong("check", path, "--format", format)


def test_a_return_of_another_edition_is_refused(folder: Path) -> None:
    assert "2022 spring" in wrong("check", folder / "good.xml", "--edition", "school-census-2022-spring")
    assert call("check", folder / "good.xml", "--edition", EDITION).returncode == 0


def test_a_reader_that_stops_early_is_no_problem(folder: Path) -> None:
    for form, code in (("text", 1), ("json", 1), ("csv", 1)):
        process = subprocess.Popen(
            [str(COLLECTORY), "check", str(folder / "bad.xml"), "--format", form],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(60) == code


def on_terminal(*arguments: object, env: Mapping[str, str]) -> str:
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(COLLECTORY), *(str(each) for each in arguments)],
        stdout=theirs,
        stderr=theirs,
        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **env},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how a terminal says that nobody writes to it any more
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    process.wait(60)
    return seen.decode()


def test_colours_and_a_bar_on_a_terminal_only(folder: Path) -> None:
    seen = on_terminal("check", folder / "bad.xml", env={})
    assert "\x1b[31mERROR" in seen
    assert "█" in seen
    assert "\x1b[31m" not in on_terminal("check", folder / "bad.xml", env={"NO_COLOR": "1"})
    assert "cannot be shown on the screen" in on_terminal("check", folder / "bad.xml", "--format", "xlsx", env={})


def test_values_cannot_give_orders_to_a_terminal(folder: Path, tmp_path: Path) -> None:
    dataset = read_path(folder / "good.xml")
    assert isinstance(dataset, Dataset)
    pupils = dataset.tables["PupilOnRoll"]
    evil = pupils.with_columns(pupils["UPN"].scatter(0, "\x9b31mA\x85"))
    (tmp_path / "evil.xml").write_bytes(write_xml(dataset.with_tables({"PupilOnRoll": evil})))
    done = call("check", tmp_path / "evil.xml")
    assert done.returncode == 1
    assert "\x9b" not in done.stdout.decode()
    assert "�31mA" in done.stdout.decode()


def test_output_that_was_closed_is_no_problem(folder: Path) -> None:
    script = f'exec "{COLLECTORY}" check "{folder / "bad.xml"}" >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 1
