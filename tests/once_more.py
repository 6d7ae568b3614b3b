"""Run the tests that failed once more, alone, where they start a whole service or a browser of their own.

Such a test waits for real processes, and a crowded machine can starve one of them; a second failure with the machine
to itself is the test's own. Any other failed test, or more than a few, is a failure at once: `make test` calls this
only when pytest has failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST = 5


def failed() -> list[str]:
    """The node IDs that the last run of pytest left as failed."""
    kept = Path(".pytest_cache/v/cache/lastfailed")
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


def starts_a_service(node: str) -> bool:
    """Whether the module of a test says that its tests start a service of their own."""
    module = Path(node.partition("::")[0])
    return module.suffix == ".py" and module.exists() and "pytest.mark.own_service" in module.read_text()


def main() -> int:
    """Pytest's exit code of the second run, or 1 where there is none."""
    tests = failed()
    if not tests or len(tests) > MOST or not all(starts_a_service(one) for one in tests):
        return 1
    print("\nThese failed beside others and are run once more, alone:", *tests, sep="\n  ", flush=True)
    modules = sorted({one.partition("::")[0] for one in tests})
    return subprocess.run([sys.executable, "-m", "pytest", *modules], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
