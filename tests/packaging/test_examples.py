"""The examples are a golden suite: they validate, and their frames have the hashes that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wavyte_gpu.cli.main import entry

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/composition.json"))


def test_there_are_examples():
    assert len(FOLDERS) >= 2
    for folder in FOLDERS:
        assert (folder / "picture.png").is_file()
        assert folder.name in (EXAMPLES / "README.md").read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_has_no_problem(folder, capsys):
    """Nothing but the note that anchors in px lie elsewhere than in documents for the original."""
    assert entry(["validate", str(folder), "--json"]) == 0
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {problem["code"] for problem in problems} <= {"anchor_moved"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_renders_its_golden_frames(folder):
    """On the GPU where an adapter answers, else on the reference backend: the hashes are the same."""
    assert entry(["golden", "check", str(folder), "-q"]) == 0


def test_media_are_listed_with_their_source():
    provenance = (EXAMPLES / "PROVENANCE.md").read_text()
    for path in EXAMPLES.glob("*/*"):
        if path.is_dir():
            continue
        generated = path.name.startswith(("composition", "picture", "rows"))
        assert generated or f"`{path.parent.name}/{path.name}`" in provenance
