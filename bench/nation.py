"""Reading and checking the returns of a made-up nation, scaled down: returns a second on one core and on two, peak
memory of a process, and how both grow; drawn out to 22,000 returns of 8.5 million pupils.

    python -m bench.nation [SCHOOLS ...]

A bare lxml parse of the same files takes turns with it, in processes made alike; the ratio of the two is what can be
compared between machines. Each process begins with the compiled rules, as a worker of the service does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.census_files import EDITION, FOLDER

NATION_RETURNS, NATION_PUPILS = 22_000, 8_500_000
WORK = """
import json, resource, sys, time
from pathlib import Path
import collectory
from lxml import etree
from collectory.engine import Dataset, check, read_xml
from collectory.engine.checking.compile import compiled
what, edition, *paths = sys.argv[1:]
compiled(collectory.edition(edition))
check(read_xml(Path(paths[0]).read_bytes()))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("ready", flush=True)
sys.stdin.readline()
start, pupils, findings = time.perf_counter(), 0, 0
for path in paths:
    if what == "lxml":
        etree.parse(path)
    else:
        result = check(read_xml(Path(path).read_bytes()))
        pupils += result.dataset.records["PupilOnRoll"]
        findings += result.found.height
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": time.perf_counter() - start, "pupils": pupils, "findings": findings, "peak": peak}))
"""


@dataclass(frozen=True)
class Run:
    """What some processes did with all files of a nation: seconds on the clock, pupils, peak bytes of the largest."""

    seconds: float
    pupils: int
    peak: int


def nation(schools: int) -> list[str]:
    """The returns of this term of a nation with so many schools, kept between runs."""
    folder = FOLDER / f"nation-{schools}"
    if not (folder / "duplicates.csv").exists():
        FOLDER.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "collectory.cli", "sample", EDITION, "--nation", str(folder)]
        subprocess.run([*command, "--schools", str(schools), "--seed", "1", "--processes", "2"], check=True)
    return sorted(str(path) for path in (folder / "returns").rglob("*.XML"))


def run(what: str, paths: list[str], processes: int) -> Run:
    """The files dealt out to some processes, which all begin at once."""
    command = [sys.executable, "-c", WORK, what, EDITION]
    # A core each: Polars would otherwise start a thread for every core in each of them.
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    alone = {**os.environ, "POLARS_MAX_THREADS": "1"}
    started = [subprocess.Popen([*command, *paths[place::processes]], env=alone, **pipes) for place in range(processes)]
    for each in started:
        assert each.stdout is not None
        each.stdout.readline()
    start = time.perf_counter()
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [json.loads(each.communicate()[0]) for each in started]
    seconds = time.perf_counter() - start
    return Run(seconds, sum(each["pupils"] for each in told), max(each["peak"] for each in told))


def main(sizes: list[int]) -> None:
    """Print a line for each size and number of processes, and what the largest means for the whole nation."""
    print(
        f"{'returns':>8}{'pupils':>9}{'MB':>7}{'cores':>7}{'returns/s':>11}{'pupils/s':>10}{'× lxml':>8}{'peak MB':>9}"
    )
    rates: dict[int, float] = {}
    for schools in sizes:
        paths = nation(schools)
        size = sum(Path(path).stat().st_size for path in paths)
        for processes in (1, 2):
            rival, own = run("lxml", paths, processes), run("collectory", paths, processes)
            rates[processes] = own.pupils / own.seconds
            print(
                f"{len(paths):>8}{own.pupils:>9}{size / 1e6:>7.0f}{processes:>7}{len(paths) / own.seconds:>11.1f}"
                f"{rates[processes]:>10.0f}{own.seconds / rival.seconds:>8.2f}{own.peak / 1e6:>9.0f}"
            )
    for processes, rate in rates.items():
        print(
            f"{NATION_RETURNS:,} returns of {NATION_PUPILS:,} pupils on {processes} core(s): "
            f"{NATION_PUPILS / rate / 60:.0f} minutes, {NATION_RETURNS / (NATION_PUPILS / rate):.1f} returns/s"
        )
    print(f"two cores against one: {rates[2] / rates[1]:.2f} × as fast")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [12, 48])
