"""Where sources may point."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavyte_gpu.assets.paths import read_source, resolve_source
from wavyte_gpu.foundation.errors import AssetError, SchemaError, WavyteError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.png").write_bytes(b"a")
    (folder / "sub" / "b.png").write_bytes(b"b")
    (tmp_path / "out.png").write_bytes(b"o")
    (tmp_path / "root2").mkdir()
    (tmp_path / "root2" / "c.png").write_bytes(b"c")
    return folder


def code_of(error: pytest.ExceptionInfo[WavyteError]) -> str:
    return error.value.problems[0].code


def test_relative_to_the_file_that_contains_it(root: Path) -> None:
    assert resolve_source("a.png", root) == root / "a.png"
    assert resolve_source("b.png", root / "sub", root) == root / "sub" / "b.png"
    assert resolve_source("../a.png", root / "sub", root) == root / "a.png"
    assert resolve_source(str(root / "a.png"), root) == root / "a.png"
    assert read_source(resolve_source("./sub/../a.png", root)) == b"a"


@pytest.mark.parametrize(
    "source", ["../out.png", "sub/../../out.png", "/etc/passwd", "../root2/c.png", "../nowhere.png", ".."]
)
def test_nothing_leaves_the_root(root: Path, source: str) -> None:
    with pytest.raises(SchemaError, match="--assets") as error:
        resolve_source(source, root, path="/assets/x")
    assert code_of(error) == "outside_assets_root" and error.value.problems[0].path == "/assets/x"


def test_links_are_followed_before_the_check(root: Path) -> None:
    (root / "leak.png").symlink_to(root.parent / "out.png")
    (root / "far").symlink_to(root.parent / "root2")
    (root / "fine.png").symlink_to("sub/b.png")
    for source in ("leak.png", "far/c.png"):
        with pytest.raises(SchemaError, match="--assets"):
            resolve_source(source, root)
    assert resolve_source("fine.png", root) == root / "sub" / "b.png"
    linked = root.parent / "linked"
    linked.symlink_to(root)
    assert resolve_source("a.png", linked) == root / "a.png"
    (root / "loop").symlink_to("loop")
    with pytest.raises(WavyteError):
        resolve_source("loop", root)


def test_missing_names_no_file_of_another_kind(root: Path) -> None:
    (root / "intro.json").touch()
    for source, hint in (("intr.mp4", None), ("intro.mp4", "did you mean 'intro.json'?")):
        with pytest.raises(SchemaError) as error:
            resolve_source(source, root)
        assert error.value.problems[0].hint == hint


def test_missing_names_the_nearest(root: Path) -> None:
    with pytest.raises(SchemaError, match=r"no such file.*a\.png") as error:
        resolve_source("aa.png", root)
    assert code_of(error) == "missing_asset" and error.value.exit_code == 2
    for source in ("gone/a.png", "a.png/b", "", "a\0b"):
        with pytest.raises(SchemaError) as error:
            resolve_source(source, root)
        assert code_of(error) == "missing_asset"


def test_what_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for source in ("sub", "pipe", "."):
        with pytest.raises(SchemaError) as error:
            resolve_source(source, root)
        assert code_of(error) == "not_a_file"


def test_too_long_a_name(root: Path) -> None:
    with pytest.raises(AssetError):
        resolve_source("x" * 5000, root)


def test_no_permission(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(AssetError, match="permission"):
        resolve_source("a.png", root)


@pytest.mark.parametrize(
    "source", ["http://x/a.png", "https://x/a.png", "HTTPS://x", "ftp://x", "file:///etc/passwd", "s3://b/k"]
)
def test_remote_is_refused(root: Path, source: str) -> None:
    with pytest.raises(SchemaError) as error:
        resolve_source(source, root)
    assert code_of(error) == "remote_source"


@given(st.binary(max_size=100))
def test_data_uris(data: bytes) -> None:
    for uri in (
        "data:image/png;base64," + base64.b64encode(data).decode(),
        "data:;base64," + quote(base64.b64encode(data).decode()),
        "DATA:," + quote(data),
        "data:text/plain;charset=utf-8;base64," + base64.b64encode(data).decode().rstrip("="),
    ):
        assert resolve_source(uri, ".") == data


@pytest.mark.parametrize("uri", ["data:", "data:image/png;base64", "data:;base64,####", "data:;base64,A"])
def test_malformed_data_uris(uri: str) -> None:
    with pytest.raises(AssetError, match="data: URI"):
        resolve_source(uri, ".")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=40))
def test_any_text(root: Path, text: str) -> None:
    try:
        found = resolve_source(text, root)
        assert isinstance(found, bytes) or found.is_relative_to(root)
    except WavyteError:
        pass
