"""GIF in two passes: every frame is kept losslessly on disk while one palette for the file is made, then mapped onto it."""

from __future__ import annotations

import contextlib
import errno
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.planes import planes_of
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.writer import picture_of
from wavyte_gpu.foundation.errors import Cancelled

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.filter import Graph
    from av.video.stream import VideoStream

__all__ = ["GifWriter"]

_TICK = Fraction(1, 100)  # GIF counts hundredths of a second
_SHORTEST = 2  # browsers take anything shorter for a tenth of a second
_OPAQUE_FROM = 128  # GIF has no half-transparent pixels


class GifWriter:
    """Writes a GIF that loops for ever. Above 50 frames a second, frames that would be shown too shortly are left out."""

    def __init__(self) -> None:
        self._path = Path()
        self._spool_path = Path()
        self._spool: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._palette: Graph | None = None
        self._config = SinkConfig(0, 0, Fraction(1))
        self._count = 0
        self._last_tick = -_SHORTEST

    def open(self, path: Path, config: SinkConfig) -> None:
        """Open the file that keeps the frames, beside the final one."""
        import av
        import av.filter

        self._path, self._config = path, config
        self._spool_path = path.with_name(path.name + ".frames")
        self._spool = av.open(f"file:{self._spool_path}", "w", format="nut")
        options = {"level": "3", "slices": "4"}
        self._stream = self._spool.add_stream("ffv1", rate=100, options=options)
        self._stream.width, self._stream.height, self._stream.pix_fmt = config.width, config.height, "bgra"
        self._stream.codec_context.time_base = _TICK
        self._palette = av.filter.Graph()
        bgra = av.VideoFormat("bgra", config.width, config.height)
        source = self._palette.add_buffer(width=config.width, height=config.height, format=bgra, time_base=_TICK)
        self._palette.link_nodes(source, self._palette.add("palettegen"), self._palette.add("buffersink")).configure()
        path.touch()

    def write(self, frame: Frame) -> None:
        """Keep a frame and count its colours."""
        assert self._spool is not None and self._stream is not None and self._palette is not None
        tick = _ticks(self._count, self._config.fps)
        self._count += 1
        if tick - self._last_tick < _SHORTEST:
            return
        self._last_tick = tick
        (pixels,) = planes_of(frame, "bgra", (0, 0, 0))
        words = np.ascontiguousarray(pixels).view(np.uint32)
        words = np.where(words >> 24 >= _OPAQUE_FROM, words | np.uint32(0xFF000000), np.uint32(0))
        picture = picture_of(frame.width, frame.height, "bgra", [words.view(np.uint8)])
        picture.pts, picture.time_base = tick, _TICK
        self._spool.mux(self._stream.encode(picture))
        self._palette.push(picture)

    def finish(self) -> None:
        """Make the palette, map every kept frame onto it and write the file."""
        import av

        assert self._spool is not None and self._stream is not None and self._palette is not None
        self._spool.mux(self._stream.encode(None))
        self._spool.close()
        self._spool = None
        self._palette.push(None)
        palette = self._palette.pull()
        mapping = _Mapping(self._config, palette)
        # The muxer takes the last frame's delay from here; the others follow from the times.
        final = max(_ticks(self._count, self._config.fps) - self._last_tick, _SHORTEST)
        options = {"loop": "0", "final_delay": str(final)}
        with (
            av.open(f"file:{self._spool_path}") as spool,
            av.open(f"file:{self._path}", "w", format="gif", options=options) as out,
        ):
            stream = out.add_stream("gif", rate=100)
            stream.width, stream.height, stream.pix_fmt = self._config.width, self._config.height, "pal8"
            stream.codec_context.time_base = _TICK
            for picture in spool.decode(video=0):
                if self._config.cancel is not None and self._config.cancel.is_set():
                    raise Cancelled("cancelled while colours were mapped")
                picture.pts = round((picture.pts or 0) * (picture.time_base or _TICK) / _TICK)
                picture.time_base = _TICK
                for mapped in mapping.push(picture):
                    out.mux(stream.encode(mapped))
            for mapped in mapping.push(None):
                out.mux(stream.encode(mapped))
            out.mux(stream.encode(None))
        self.close()

    def close(self) -> None:
        """Drop everything but the GIF."""
        if self._spool is not None:
            with contextlib.suppress(Exception):
                self._spool.close()
        self._spool = self._stream = self._palette = None
        with contextlib.suppress(OSError):
            self._spool_path.unlink()


class _Mapping:
    """FFmpeg's paletteuse over one palette."""

    def __init__(self, config: SinkConfig, palette: Any) -> None:
        import av
        import av.filter

        graph = av.filter.Graph()
        bgra = av.VideoFormat("bgra", config.width, config.height)
        self._source = graph.add_buffer(width=config.width, height=config.height, format=bgra, time_base=_TICK)
        colours = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=palette.time_base or _TICK
        )
        use = graph.add("paletteuse", f"dither=sierra2_4a:diff_mode=rectangle:alpha_threshold={_OPAQUE_FROM}")
        self._sink = graph.add("buffersink")
        self._source.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        use.link_to(self._sink)
        graph.configure()
        self._graph = graph
        colours.push(palette)
        colours.push(None)

    def push(self, picture: Any) -> list[Any]:
        """Hand in a frame, or None at the end; return what is mapped."""
        import av

        self._source.push(picture)
        out = []
        while True:
            try:
                out.append(self._sink.pull())
            except (av.BlockingIOError, av.EOFError):
                return out
            except av.FFmpegError as error:
                if error.errno == errno.EAGAIN:
                    return out
                raise


def _ticks(count: int, fps: Fraction) -> int:
    """Return when a frame begins, in hundredths of a second."""
    return floor(count * 100 / fps + Fraction(1, 2))
