"""Thin wrappers over a transient session."""

from __future__ import annotations

import os
from typing import Any

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.session.composition import Composition
from wavyte_gpu.session.options import SessionOptions
from wavyte_gpu.session.render_session import RenderSession
from wavyte_gpu.session.stats import RenderStats

__all__ = ["render_frame", "render_to_mp4"]


def render_frame(
    comp: Composition,
    frame: int,
    *,
    assets_root: str | os.PathLike[str] | None = None,
    options: SessionOptions | None = None,
) -> Frame:
    """Render one frame; see `RenderSession.render_frame`."""
    with RenderSession(comp, assets_root=assets_root, options=options) as session:
        return session.render_frame(frame)


def render_to_mp4(
    comp: Composition,
    path: str | os.PathLike[str],
    *,
    frames: range | None = None,
    assets_root: str | os.PathLike[str] | None = None,
    options: SessionOptions | None = None,
    **encoder: Any,
) -> RenderStats:
    """Render a range, by default all of it, to an H.264 MP4; `encoder` goes to `FfmpegSink`."""
    from wavyte_gpu.encode.ffmpeg import FfmpegSink

    with RenderSession(comp, assets_root=assets_root, options=options) as session:
        return session.render_range(range(comp.duration) if frames is None else frames, FfmpegSink(path, **encoder))
