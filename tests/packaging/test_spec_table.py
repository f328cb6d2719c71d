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


def test_every_criterion_and_every_departure_is_shown() -> None:
    rows = [row.split("|") for row in (ROOT / "tests" / "SPEC.md").read_text(encoding="utf-8").splitlines() if "|" in row]
    shown = {re.match(r"\s*([\d.]*)", name)[1]: by for _, name, by, *_ in rows}  # type: ignore[index]
    departures = ("12.4", "5.5", "14.4", "11.4", "5.4", "10.1", "20.3", "15.4", "14", "2.2")
    for section in (*departures, *(f"21.{i}" for i in range(1, 10))):
        assert re.search(r"`(?:tests|benches)/", shown[section]), section
