"""The commands of the page about machine access do what it says, against a service that runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from collectory.engine.writing.csv_set import write_csv_set
from collectory.portal.transfer.models import Delivery, TransferredFile
from tests.engine.test_receiving import census
from tests.portal.test_api import token_for
from tests.portal.test_receiving import member, owed, school, team  # noqa: F401

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "machine-access.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page shows curl")
@pytest.mark.django_db(transaction=True)
def test_the_pages_commands(
    transactional_db: None, live_server: Any, owed: Delivery, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    (tmp_path / "token").write_text(token_for("8554001"))
    (tmp_path / "team-token").write_text(token_for("855"))
    content = write_csv_set(census(5))
    (tmp_path / "8554001_Collect-Blade-Export.zip").write_bytes(content)
    told = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SERVICE": live_server.url,
        "DELIVERY": str(owed.pk),
        "FILE_TYPE": str(owed.file_type_id),
    }
    outputs = []
    for number, block in enumerate(blocks):
        if number == 3:  # the worker has been
            TransferredFile.objects.update(scan="not scanned", stage="finished")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (block, done.stderr)
        outputs.append(done.stdout)
    assert "received, receipt FT-" in outputs[0]
    assert '"organisation": "8554001"' in outputs[1]
    assert '"is_new": false' in outputs[2]
    assert '"stage": "waiting"' in outputs[3]
    assert (tmp_path / "came.zip").read_bytes() == content
