"""What importing and validating must not load: the GPU and media libraries take a second and may be missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HELLO = Path(__file__).parents[2] / "examples" / "01_hello" / "composition.json"
_HEAVY = ("wgpu", "av", "rich", "PIL", "imageio")


def loaded_by(program: str) -> list[str]:
    """Return which of the heavy packages a program has loaded when it ends."""
    report = f"\nimport sys, json; print(json.dumps([name for name in {_HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program + report], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(names, list)
    return names


@pytest.mark.parametrize(
    "program",
    [
        "import wavyte_gpu",
        f"import wavyte_gpu as wv; wv.validate_schema({str(HELLO)!r})",
        f"import wavyte_gpu as wv; wv.validate_schema({HELLO.read_text()})",
        "import wavyte_gpu as wv; assert wv.validate_schema({'version': '0.3'})",
        f"import wavyte_gpu as wv; wv.load({str(HELLO)!r}).to_json()",
        f"from wavyte_gpu.cli.main import entry; assert entry(['validate', '--schema-only', {str(HELLO)!r}]) == 0",
        "from wavyte_gpu.cli.main import entry; assert entry(['schema']) == 0",
        "from wavyte_gpu.cli.main import entry; assert entry(['--help']) == 0",
    ],
)
def test_light_imports(program):
    assert loaded_by(program) == []
