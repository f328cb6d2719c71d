"""The golden scenes: hashes that hold on every adapter and on the reference backend. Bless changes with `wavyte golden update`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from wavyte_gpu.cli.main import entry

SCENES = Path(__file__).parent / "scenes"


def names() -> list[str]:
    return sorted(p.stem for p in SCENES.glob("*.json") if not p.stem.endswith(".golden"))


def test_golden_scenes(backend_name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report"
    code = entry(["golden", "check", str(SCENES), "--backend", backend_name, "--report", str(report)])
    out, err = capfd.readouterr()
    assert code == 0, err
    assert f"{len(names())} compositions: ok" in out + err


def test_every_scene_is_small_and_blessed() -> None:
    assert len(names()) >= 10
    for name in names():
        document = json.loads((SCENES / f"{name}.json").read_text())
        assert document["canvas"]["width"] <= 160 and document["canvas"]["height"] <= 120
        assert document["meta"]["about"]
        golden = json.loads((SCENES / f"{name}.golden.json").read_text())
        assert list(golden["frames"]) == [str(f) for f in document["meta"]["golden"]]
        assert (SCENES / f"{name}.golden.png").stat().st_size < 60_000
    assert (SCENES / "clip.mp4").stat().st_size < 20_000


def test_a_changed_scene_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("alpha.json", "alpha.golden.json", "card.png"):
        shutil.copy(SCENES / name, tmp_path)
    document = json.loads((tmp_path / "alpha.json").read_text())
    document["root"]["kind"]["collection"]["children"][2]["opacity"] = 0.41
    (tmp_path / "alpha.json").write_text(json.dumps(document))
    assert entry(["golden", "check", str(tmp_path), "--backend", "reference"]) == 1
    assert "frame 0 differs" in capfd.readouterr().err
