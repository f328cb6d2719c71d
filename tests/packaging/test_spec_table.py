"""What tests/SPEC.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_names_what_exists() -> None:
    text = (ROOT / "tests" / "SPEC.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|benches)/[\w/.]+)(?:::(\w+))?`", text)
    assert len(named) > 25
    for path, function in named:
        assert (ROOT / path).exists(), path
        if function:
            assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{function}"
