"""A rendered frame as the caller gets it: premultiplied RGBA8 that it owns, its hash, its straight form."""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.hashing import frame_hash
from wavyte_gpu.ops.planes import Planes, plane_shapes
from wavyte_gpu.ops.registry import PlaneForm

__all__ = ["Frame", "straight_alpha"]

_STRIP_PIXELS = 1 << 18


class Frame:
    """One frame of a composition. Immutable; owns its bytes.

    Attributes:
        index: the composition frame.
        rgba: (H, W, 4) uint8, premultiplied, sRGB-encoded, read-only.
        planes: the same picture as an encoder takes it, or None; read-only.
    """

    index: int
    rgba: npt.NDArray[np.uint8]
    planes: Planes | None

    def __init__(self, index: int, rgba: npt.NDArray[Any], planes: Planes | None = None) -> None:
        """Copy the pixels.

        Args:
            index: the composition frame.
            rgba: (H, W, 4) uint8 or (H, W) uint32, premultiplied.
            planes: the same picture as an encoder takes it, or None.
        """
        if planes is not None:
            planes = planes._replace(parts=tuple(part.copy() for part in planes.parts))
        self._set(index, np.array(_as_bytes(rgba), order="C"), planes)

    @classmethod
    def adopt(cls, index: int, rgba: npt.NDArray[Any], planes: Planes | None = None) -> Frame:
        """Return a frame over C-contiguous arrays that the caller gives away: nothing is copied."""
        frame = cls.__new__(cls)
        frame._set(index, _as_bytes(rgba), planes)
        return frame

    def _set(self, index: int, rgba: npt.NDArray[np.uint8], planes: Planes | None) -> None:
        height, width = rgba.shape[:2]
        rgba = rgba.view()
        rgba.flags.writeable = False
        self.index, self.rgba, self.planes = index, rgba, planes
        if planes is not None:
            shapes = [part.shape for part in planes.parts]
            expected = plane_shapes(planes.form, width, height)
            if shapes != expected or any(part.dtype != planes.form.dtype for part in planes.parts):
                raise ValueError(f"{planes.form.name} of {width}x{height} has planes of {expected}, not {shapes}")
            for part in planes.parts:
                part.flags.writeable = False

    def at(self, index: int) -> Frame:
        """Return the same picture as another frame of the composition; the bytes are shared."""
        frame = Frame.__new__(Frame)
        frame.index, frame.rgba, frame.planes = index, self.rgba, self.planes
        if "hash" in vars(self):
            vars(frame)["hash"] = self.hash
        return frame

    @property
    def form(self) -> PlaneForm | None:
        """The form of its planes, None without any."""
        return None if self.planes is None else self.planes.form

    @property
    def width(self) -> int:
        """Width in px."""
        return int(self.rgba.shape[1])

    @property
    def height(self) -> int:
        """Height in px."""
        return int(self.rgba.shape[0])

    @cached_property
    def hash(self) -> str:
        """32 hex digits: XXH3-128, seed 0, of `rgba`'s bytes."""
        return frame_hash(self.rgba)

    @cached_property
    def opaque(self) -> bool:
        """Whether every alpha is 255."""
        return bool((self.rgba[..., 3] == 255).all())

    def straight(self) -> npt.NDArray[np.uint8]:
        """Return (H, W, 4) uint8 with straight alpha, a copy: floor(c * 255 / a + 1/2), and 0 where a is 0."""
        return straight_alpha(self.rgba)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write a PNG with straight alpha.

        Raises:
            EncodeError: the disk failed. SchemaError: the path can't be written to.
        """
        from wavyte_gpu.encode.stills import write_png

        write_png(path, self, overwrite=overwrite)

    def __repr__(self) -> str:
        return f"<Frame {self.index} {self.width}x{self.height}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Frame, (self.index, self.rgba, self.planes)

    def _repr_png_(self) -> bytes:
        from wavyte_gpu.encode.stills import encode_png

        return encode_png(self.straight())


def _as_bytes(rgba: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return (H, W) uint32 or (H, W, 4) uint8 as (H, W, 4) uint8."""
    if rgba.ndim == 2 and rgba.dtype == np.uint32:
        packed = np.ascontiguousarray(rgba, "<u4")
        return packed.view(np.uint8).reshape(*packed.shape, 4)
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise ValueError(f"a frame is (H, W, 4) uint8 or (H, W) uint32, not {rgba.shape} {rgba.dtype}")
    return rgba if rgba.flags.c_contiguous else np.ascontiguousarray(rgba)


@cache
def _unmultiply_table() -> npt.NDArray[np.uint8]:
    """Return 65,536 entries: [a << 8 | c] = floor(c * 255 / a + 1/2), at most 255; 0 for a = 0."""
    alpha = np.arange(256, dtype=np.uint32)[:, None]
    colour = np.arange(256, dtype=np.uint32)[None, :]
    quotient = (colour * 510 + alpha) // np.maximum(2 * alpha, 1)
    return np.where(alpha == 0, 0, np.minimum(quotient, 255)).astype(np.uint8).reshape(-1)


def straight_alpha(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return premultiplied pixels with straight alpha: floor(c * 255 / a + 1/2), and 0 where a is 0.

    Args:
        rgba: (H, W, 4) uint8, premultiplied.
    """
    out = np.array(rgba, order="C")
    table = _unmultiply_table()
    rows = max(1, _STRIP_PIXELS // max(1, out.shape[1]))
    for y in range(0, out.shape[0], rows):
        part = out[y : y + rows]
        alpha = part[..., 3]
        mixed = np.nonzero(alpha != 255)
        if mixed[0].size:
            colours = part[..., :3]
            at = alpha[mixed].astype(np.uint16) << np.uint16(8)
            colours[mixed] = table[at[:, None] | colours[mixed]]
    return out
