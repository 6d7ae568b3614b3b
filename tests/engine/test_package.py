"""What `import collectory` gives."""

from __future__ import annotations

import subprocess
import sys

import collectory


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_function_blades_stays_when_the_blades_are_imported() -> None:
    code = "import collectory; from collectory.blades.school_census import blade as one; "
    code += "print(one in collectory.blades().values())"
    assert run(code) == "True\n"
    assert "school_census" in collectory.blades()


def test_every_name_that_it_offers_is_there() -> None:
    for name in collectory.__all__:
        assert getattr(collectory, name) is not None


def test_importing_it_waits_for_no_engine() -> None:
    assert run("import collectory, sys; print('polars' in sys.modules)") == "False\n"
