"""What `wavyte golden check` leaves behind: pictures with an index for people, JUnit XML for machines."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from wavyte_gpu.cli.output import write_file

if TYPE_CHECKING:
    from wavyte_gpu.cli.golden import Case

__all__ = ["write_junit", "write_report"]

_STYLE = (
    "body{font:14px sans-serif;margin:2em;background:#ddd}img{max-width:100%;background:#888}"
    "h2.ok{color:#060}h2.bad{color:#a00}figure{margin:.5em 0}"
)


def write_report(folder: Path, cases: list[Case]) -> None:
    """Write expected, actual and difference of every case that failed, and an index.html of all.

    Args:
        folder: created when it is not there.
        cases: after rendering.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"<!doctype html><meta charset=utf-8><title>golden</title><style>{_STYLE}</style><h1>golden</h1>"]
    for case in cases:
        state = "bad" if case.failures else "ok"
        parts.append(f'<h2 class="{state}">{html.escape(case.name)}</h2>')
        parts += [f"<p>{html.escape(failure)}</p>" for failure in case.failures]
        if case.failures:
            parts += [_figure(label, name) for label, name in _pictures(folder, case)]
    write_file(folder / "index.html", "\n".join(parts).encode())


def write_junit(path: Path, cases: list[Case]) -> None:
    """Write one test case a composition."""
    failed = sum(1 for case in cases if case.failures)
    seconds = sum(case.seconds for case in cases)
    suite = ElementTree.Element(
        "testsuite",
        name="wavyte golden",
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        time=f"{seconds:.3f}",
    )
    for case in cases:
        element = ElementTree.SubElement(
            suite, "testcase", classname="golden", name=case.name, time=f"{case.seconds:.3f}"
        )
        if case.failures:
            failure = ElementTree.SubElement(element, "failure", message=case.failures[0])
            failure.text = "\n".join(case.failures)
    write_file(path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def _pictures(folder: Path, case: Case) -> list[tuple[str, str]]:
    """Write the pictures of a failed case.

    Returns:
        Label and file name of each.
    """
    stem = case.name.removesuffix(".json").replace("/", "_")
    written = []

    def put(label: str, name: str, data: bytes) -> None:
        write_file(folder / name, data)
        written.append((label, name))

    expected = case.picture.read_bytes() if case.picture.is_file() else b""
    if expected:
        put("expected (small)", f"{stem}.expected.png", expected)
    if case.thumbnail:
        put("actual (small)", f"{stem}.actual.png", case.thumbnail)
    if expected and case.thumbnail:
        put("difference (small, 8 times)", f"{stem}.difference.png", _difference(expected, case.thumbnail))
    for number, data in case.pictures.items():
        put(f"actual, frame {number}", f"{stem}.frame_{number:05d}.png", data)
    return written


def _difference(expected: bytes, actual: bytes) -> bytes:
    """Return the absolute difference of two PNGs, 8 times, opaque; alpha counts as the largest of the channels."""
    import numpy as np
    from PIL import Image

    from wavyte_gpu.encode.stills import encode_png

    images = [Image.open(io.BytesIO(data)).convert("RGBA") for data in (expected, actual)]
    width, height = (max(image.size[axis] for image in images) for axis in (0, 1))
    first, second = (np.asarray(image.crop((0, 0, width, height)), dtype=np.int32) for image in images)
    delta = np.abs(first - second)
    rgb = np.maximum(delta[:, :, :3], delta[:, :, 3:])
    opaque = np.full((*rgb.shape[:2], 1), 255, dtype=np.int32)
    return encode_png(np.concatenate([np.minimum(rgb * 8, 255), opaque], axis=2).astype(np.uint8))


def _figure(label: str, name: str) -> str:
    return f'<figure><figcaption>{html.escape(label)}</figcaption><img src="{html.escape(name)}"></figure>'
