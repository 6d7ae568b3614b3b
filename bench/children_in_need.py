"""Children in Need beside the open validator that council analysts use, on the same files in the same run.

    python -m bench.children_in_need [CHILDREN ...]

The rival, csc-validator-be-cin, is installed by this benchmark into an environment of its own and run in processes of
its own; Collectory never imports it. Both start from the XML file and end with their list of findings. For each size:
wall time, CPU time of all threads and peak memory of both with their ratios. Then, on a file with many faults of
which none damages an ID or makes a date unreadable, rule by rule whether both flag the same children
(docs/children-in-need-comparison.md explains each difference): damaged IDs hide in either program what the other one
names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl

import collectory
from bench.census_files import FOLDER
from collectory.blade import Date
from collectory.engine import read_tables
from collectory.engine.writing.xml import write_xml

EDITION = "children-in-need-2025"
# The pandas that it asks for was built for NumPy 1.
RIVAL, RULESET = ("csc-validator-be-cin==0.1.13", "numpy<2"), "cin2024_25"
SIZES = (1_000, 5_000, 20_000)
FAULTS = "0.05"
COMPARED, FAULTS_COMPARED = 3_000, 0.4

THEIRS = """
import json, resource, sys, time, importlib, warnings
warnings.simplefilter("ignore")
import xml.etree.ElementTree as ET
from cin_validator import cin_validator
registry = importlib.import_module("cin_validator.rules." + sys.argv[2]).registry
place, unplaced = cin_validator.include_issue_child, set()
def tolerant(issues, data):
    # It stops with an exception where a rule of its own names no row; such findings are left out here instead.
    lost = issues["tables_affected"].notna() & issues["ROW_ID"].isna()
    unplaced.update(str(each) for each in issues["rule_code"][lost])
    return place(issues[~lost], data)
cin_validator.include_issue_child = tolerant
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start, cpu = time.perf_counter(), time.process_time()
tables = cin_validator.process_data(cin_validator.convert_data(ET.parse(sys.argv[1]).getroot()))
validator = cin_validator.CinValidator(tables, registry)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
found = {}
for rule, child in zip(validator.full_issue_df["rule_code"], validator.full_issue_df["child_id"]):
    found.setdefault(str(rule), set()).add(str(child))
for rule in validator.multichild_issues["rule_code"]:
    found.setdefault(str(rule), set()).add("")
asked = sorted(str(rule.code) for rule in registry.values())
found = {rule: sorted(children) for rule, children in found.items()}
out = {"seconds": seconds, "cpu": cpu, "peak": peak, "grown": peak - before * 1024, "found": found, "asked": asked}
out["unplaced"] = sorted(unplaced)
print("\\n" + json.dumps(out))
"""

OURS = """
import json, resource, sys, time
import collectory
from collectory.engine.checking.compile import compiled
edition = collectory.edition(sys.argv[2])
compiled(edition)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start, cpu = time.perf_counter(), time.process_time()
data = collectory.read_xml(open(sys.argv[1], "rb").read())
result = collectory.check(data)
findings = result.findings
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def child_of(entity, record):
    kind = edition.entity(entity)
    while kind.parent is not None and kind.name != "ChildIdentifiers":
        record = data.tables[kind.name]["_parent"][record]
        kind = kind.parent
    return data.tables[kind.name]["LAchildID"][record] if kind.name == "ChildIdentifiers" else ""
found = {}
for key, rule, entity, record in findings.select("rule_key", "rule", "entity", "record").iter_rows():
    child = child_of(entity, record) if record is not None else ""
    found.setdefault(rule or key, set()).add(child or "")
asked = sorted({each.number for each in edition.rules if each.number})
found = {rule: sorted(children) for rule, children in found.items()}
out = {"seconds": seconds, "cpu": cpu, "peak": peak, "grown": peak - before * 1024, "found": found, "asked": asked}
print("\\n" + json.dumps(out))
"""


def rival_python() -> Path:
    """The rival's interpreter; its environment is made at the first call."""
    home = FOLDER / "rival"
    python = home / "bin" / "python"
    if not (home / ".installed").exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *RIVAL], check=True)
        (home / ".installed").touch()
    return python


def message(children: int) -> Path:
    """A made-up message of this many children, with faults."""
    path = FOLDER / f"{EDITION}-{children}.xml"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "collectory.cli", "sample", EDITION, "--records", str(children)]
        subprocess.run([*command, "--faults", FAULTS, "--seed", "1", "--out", str(path)], check=True)
    return path


def message_to_compare() -> Path:
    """A message with many faults, in which each child has an ID of its own and every date can be read."""
    path = FOLDER / f"{EDITION}-compared.xml"
    FOLDER.mkdir(exist_ok=True)
    edition = collectory.edition(EDITION)
    assert edition.blade.sample is not None
    dataset = read_tables(edition.blade.sample(edition, COMPARED, FAULTS_COMPARED, 7, "302"), edition)
    repaired = {}
    for entity in edition.entities:
        table = dataset.tables[entity.name]
        days = [field.name for field in entity.fields if isinstance(field.kind, Date)]
        table = table.with_columns(
            pl.when(Date().typed(pl.col(name)).is_not_null()).then(pl.col(name)).alias(name) for name in days
        )
        if entity.name == "ChildIdentifiers":
            table = table.with_columns(pl.format("C{}", pl.col("_row")).alias("LAchildID"))
        repaired[entity.name] = table
    path.write_bytes(write_xml(dataset.with_tables(repaired)))
    return path


def run(python: Path, program: str, *arguments: str) -> dict[str, Any]:
    """What one of the two found, with its time (seconds) and memory (bytes)."""
    done = subprocess.run([str(python), "-c", program, *arguments], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def memory(one: dict[str, Any]) -> str:
    """The peak of the whole process, and how much of it came after its libraries were loaded."""
    return f"{one['peak'] / 1e6:.0f} MB ({one['grown'] / 1e6:.0f} MB of it for the return)"


def compare_rules(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Print each rule on which the two flag different children."""
    same = 0
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for side, each in enumerate((ours, theirs)):
        for rule, children in each["found"].items():
            found[rule][side].update(children)
    print(f"\n  {'rule':<8}{'both':>7}{'only Collectory':>17}{'only the rival':>16}")
    for rule in sorted(set(ours["asked"]) | set(theirs["asked"]), key=lambda each: (len(each.rstrip("Q")), each)):
        own, other = found[rule]
        if own == other:
            same += 1
        else:
            print(f"  {rule:<8}{len(own & other):>7}{len(own - other):>17}{len(other - own):>16}")
    if theirs["unplaced"]:
        print(f"  the rival names no row in some findings of {', '.join(theirs['unplaced'])}")
    flagged = sum(1 for own, other in found.values() if own and own == other)
    print(f"  {same} rules flag the same children in both, {flagged} of them some; the others are listed above")


def main(sizes: list[int]) -> None:
    """Measure each size; then compare rule by rule."""
    python = rival_python()
    for children in sizes:
        path = message(children)
        ours = min((run(Path(sys.executable), OURS, str(path), EDITION) for _ in range(3)), key=lambda r: r["seconds"])
        theirs = run(python, THEIRS, str(path), RULESET)
        times = theirs["seconds"] / ours["seconds"]
        print(
            f"{children} children, {path.stat().st_size / 1e6:.1f} MB: Collectory {ours['seconds']:.2f} s "
            f"(CPU {ours['cpu']:.2f} s), {memory(ours)}; rival {theirs['seconds']:.1f} s (CPU {theirs['cpu']:.1f} s), "
            f"{memory(theirs)}; {times:.0f} times as fast ({theirs['cpu'] / ours['cpu']:.0f} by CPU), "
            f"{ours['peak'] / theirs['peak']:.2f} of the memory",
            flush=True,
        )
    path = message_to_compare()
    print(f"\nRule by rule on {COMPARED:,} children with many faults, numbers of children flagged:")
    compare_rules(run(Path(sys.executable), OURS, str(path), EDITION), run(python, THEIRS, str(path), RULESET))


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(SIZES))
