"""The wheel that users get: built, installed into an empty environment, and rendering there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "examples" / "01_hello"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program as a user would, away from the source tree; return its stdout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WAVYTE_"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel with its dependencies, and nothing else; return the environment's interpreter."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet", wheel, cwd=folder)
    return interpreter


def test_wheel_holds_every_shader_and_module(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    shaders = {f"wavyte_gpu/shaders/{path.relative_to(ROOT / 'shaders').as_posix()}" for path in shader_files()}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "wavyte_gpu").rglob("*.py")}
    assert shaders
    assert shaders | modules | {"wavyte_gpu/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "examples/"))]


def shader_files() -> list[Path]:
    return list((ROOT / "shaders").rglob("*.wgsl"))


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_installed_wheel_renders_the_same_frame(python, tmp_path, backend):
    """`auto` is the GPU where an adapter answers; either way the bytes are those of the source tree."""
    arguments = ("frame", HELLO, "70", "--scale", "0.25", "--json")
    here = run(sys.executable, "-m", "wavyte_gpu", *arguments, "-o", tmp_path / "here.png", cwd=tmp_path)
    program = python.with_name("wavyte")
    there = run(program, *arguments, "-o", tmp_path / "there.png", "--backend", backend, cwd=tmp_path)
    assert json.loads(there)["hash"] == json.loads(here)["hash"]
    assert (tmp_path / "there.png").read_bytes() == (tmp_path / "here.png").read_bytes()
    where = run(python, "-c", "import wavyte_gpu; print(wavyte_gpu.__file__)", cwd=tmp_path)
    assert not Path(where.strip()).is_relative_to(ROOT)
