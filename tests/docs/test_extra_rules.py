"""The page about rules of one's own, and the example package, found as an installed package is."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectory.blade import ERROR, ExtraRules, case, rule
from collectory.blades.school_census import blade
from collectory.cli import main
from collectory.engine import extra_rules
from collectory.engine.cases import broken_cases_of
from collectory.engine.writing.csv_set import write_csv_set
from tests.engine.test_receiving import census, with_values

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "extra-rules.md"
EXAMPLE = ROOT / "examples" / "extra-rules"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ExtraRules]]:
    """The example as an installation leaves it: its code on the path, and its entry point in what describes it."""
    described = tmp_path / "larkshire_rules-1.0.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: larkshire-rules\nVersion: 1.0.0\n")
    named = re.search(r"\[project.entry-points.*\n(.*)\n", (EXAMPLE / "pyproject.toml").read_text())
    assert named is not None
    (described / "entry_points.txt").write_text(f"[collectory.extra_rules]\n{named[1].replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))
    importlib.invalidate_caches()
    extra_rules.cache_clear()
    yield extra_rules()
    extra_rules.cache_clear()
    sys.modules.pop("larkshire_rules", None)


def test_the_page_runs_from_top_to_bottom() -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)


@pytest.mark.parametrize("edition", blade.editions[-3:], ids=lambda edition: edition.key)
def test_the_example_keeps_its_cases(installed: dict[str, ExtraRules], edition: object) -> None:
    example = installed["larkshire"]
    with_theirs = edition.with_extra([example])  # type: ignore[attr-defined]
    assert [each.key for each in example.rules] == ["LKS-1Q", "LKS-2"]
    for each in example.rules:
        assert list(broken_cases_of(with_theirs, with_theirs.rule(each.key))) == []
    assert edition.with_extra([]) is edition  # type: ignore[attr-defined]


def test_what_is_installed_is_asked_for_by_name(
    installed: dict[str, ExtraRules], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "8554001_Collect-Blade-Export.zip"
    file.write_bytes(write_csv_set(with_values(census(), "Address", PostCode=["TR26 1AA"])))
    main(["receive", str(file)])
    assert "LKS-1Q" not in capsys.readouterr().out
    main(["receive", str(file), "--extra-rules", "larkshire"])
    shown = capsys.readouterr().out
    assert "QUERY LKS-1Q" in shown and "TR26 1AA is far from Larkshire" in shown
    assert main(["receive", str(file), "--extra-rules", "unknown"]) == 2
    assert "larkshire" in capsys.readouterr().err


def test_numbers_of_another_space_are_refused() -> None:
    @rule("1950", ERROR, on=blade.entity("PupilOnRoll"), message="x", fails=[case()], passes=[])
    def taken(record, edition):  # type: ignore[no-untyped-def]
        return record.present("UPN")

    for prefix in ("LCC", "lcc", "L"):
        with pytest.raises(ValueError, match=r"LCC|capital"):
            ExtraRules("x", "X", prefix, "school_census", (taken,))


def test_two_sets_of_one_prefix_are_not_asked_together() -> None:
    one, other = (ExtraRules(name, name, "LCC", "school_census", ()) for name in ("one", "other"))
    with pytest.raises(ValueError, match="share a prefix"):
        blade.editions[-1].with_extra([one, other])
