"""Signals and closed pipes, in a process of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_PROGRAM = """
import signal, sys
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
sys.path.insert(0, {folder!r})
import fake_engine
fake_engine.install(setattr)
fake_engine.Session.hook = staticmethod(fake_engine.slow)
from wavyte_gpu.cli.main import entry
code = entry(sys.argv[1:])
print("aborted", any(kind == "abort" for kind, _ in fake_engine.Session.log), file=sys.stderr)
sys.exit(code)
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    program = _PROGRAM.format(folder=str(Path(__file__).parent))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAVYTE_")}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", 1), 129)])
def test_signal_aborts_the_sink(comp, tmp_path, number, code):
    folder = tmp_path / "seq"
    process = start("render", comp(duration=2000), "-o", f"{folder}/")
    try:
        deadline = time.monotonic() + 20
        while not list(folder.glob("*.png")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code
    assert out == ""
    assert err.splitlines()[-1] == "aborted True"
    assert "Traceback" not in err
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_closed_pipe_is_quiet(comp):
    process = start("hash", comp(duration=2000), "--workers", "1")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == 1
    assert err == "aborted True\n"
