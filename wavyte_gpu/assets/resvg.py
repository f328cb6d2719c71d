"""resvg in a process of its own: a hostile filter can take hours or all memory there, not here."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import Final

from wavyte_gpu.svg import SvgError
from wavyte_gpu.text.fonts import DEFAULT_FONT

__all__ = ["TIMEOUT_S", "render_svg"]

TIMEOUT_S: Final = 20.0
_MEMORY_BYTES: Final = 4 << 30
_FAMILY: Final = "Inter Variable"

_CHILD = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass
import resvg_py
try:
    font, family = sys.argv[1:]
    names = dict.fromkeys(
        ("font_family", "serif_family", "sans_serif_family", "cursive_family", "fantasy_family", "monospace_family"), family
    )
    out = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(), skip_system_fonts=True, font_files=[font], resources_dir=".",
        dpi=96.0, languages=["en"], **names
    )
except ValueError as error:
    sys.exit(str(error))
sys.stdout.buffer.write(out)
"""


def render_svg(svg: str) -> bytes:
    """Return the PNG file of an SVG document at the size that it states.

    Raises:
        SvgError: resvg refuses it, fails, or takes longer than TIMEOUT_S, which is a limit.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="wavyte-") as empty:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _CHILD.replace("MEMORY", str(_MEMORY_BYTES)), str(DEFAULT_FONT), _FAMILY],
                input=svg.encode(),
                capture_output=True,
                cwd=empty,
                timeout=TIMEOUT_S,
            )
    except subprocess.TimeoutExpired:
        raise SvgError(f"resvg takes longer than {TIMEOUT_S:g} s", limit=True) from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise SvgError(f"resvg fails: {last[-1][:200] if last else 'it was ended'}")
    return done.stdout
