"""The command line over a fake engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fake_engine
import pytest

from wavyte_gpu.cli.main import entry


@dataclass
class Result:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Return stdout's JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def comp(tmp_path: Path) -> Callable[..., str]:
    """Write the fake document, with changes, and return its file name."""

    def write(name: str = "composition.json", **changes: Any) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**fake_engine.DOCUMENT, **changes}))
        return str(path)

    return write


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run `wavyte` in this process over the fake engine."""
    fake_engine.install(lambda owner, name, value: monkeypatch.setattr(owner, name, value, raising=False))
    for name in ("WAVYTE_BACKEND", "WAVYTE_ADAPTER", "WAVYTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Result:
        capfd.readouterr()
        code = entry(list(arguments))
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call
