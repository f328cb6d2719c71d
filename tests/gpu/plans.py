"""Hand-made plans and a fake asset store, for tests of the backends that need no compiler."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.plan import (
    NO_PAGE,
    Op,
    OpId,
    OpKind,
    PixelFormat,
    RenderPlan,
    SlotDesc,
    SurfaceDesc,
    SurfaceId,
    VideoFrameRef,
)
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.quantise import video_params
from wavyte_gpu.ops.reflect import layer_dtype
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, PROGRAMS, layout_of
from wavyte_gpu.render.backend import Backend

SOLID = next(i for i, p in enumerate(PROGRAMS) if p.name == "solid")
COPY = next(i for i, p in enumerate(PROGRAMS) if p.name == "image_copy")
BILINEAR = next(i for i, p in enumerate(PROGRAMS) if p.name == "image_bilinear")
NEAREST = next(i for i, p in enumerate(PROGRAMS) if p.name == "image_nearest")
VIDEO = next(i for i, p in enumerate(PROGRAMS) if p.name == "video")
NORMAL = BLENDS.index("normal")


class FakePlanes(NamedTuple):
    y: npt.NDArray[Any]
    u: npt.NDArray[Any]
    v: npt.NDArray[Any]


class FakeStore:
    """Pages that tests fill, and video planes by (asset, frame)."""

    def __init__(self) -> None:
        self.pages: list[npt.NDArray[np.uint32]] = []
        self.page_sizes: list[tuple[int, int]] = []
        self.uploads: list[tuple[int, int, int, int, int]] = []
        self.frames: dict[tuple[int, int], FakePlanes] = {}

    def add_page(self, pixels: npt.NDArray[np.uint32]) -> int:
        height, width = pixels.shape
        self.pages.append(pixels.copy())
        self.page_sizes.append((width, height))
        self.uploads.append((len(self.pages) - 1, 0, 0, width, height))
        return len(self.pages) - 1

    def fill(self, page: int, x: int, y: int, pixels: npt.NDArray[np.uint32]) -> None:
        height, width = pixels.shape
        self.pages[page][y : y + height, x : x + width] = pixels
        self.uploads.append((page, x, y, width, height))

    def planes(self, asset: int, frame: int) -> FakePlanes:
        return self.frames[asset, frame]


def premultiplied(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.uint32]:
    """Return random valid pixels: colour <= alpha, with many opaque and many empty ones."""
    a = rng.integers(0, 256, shape, dtype=np.uint32)
    a = np.where(rng.random(shape) < 0.2, np.uint32(255), a)
    a = np.where(rng.random(shape) < 0.1, np.uint32(0), a).astype(np.uint32)
    out = a << np.uint32(24)
    for shift in (0, 8, 16):
        out |= (rng.integers(0, 256, shape, dtype=np.uint32) % (a + np.uint32(1))) << np.uint32(shift)
    return out.astype(np.uint32)


def solid(bounds: Rect, pixel: int, weight: int = 255, edge_variant: int = 0) -> npt.NDArray[np.void]:
    """Return one record of the solid program."""
    layer = np.zeros((), layer_dtype(SOLID, edge_variant))
    layer["bounds"] = bounds
    layer["weight"][0] = weight
    layer["source"]["color"][0] = pixel
    return layer


def copy(bounds: Rect, dx: int, dy: int, weight: int = 255) -> npt.NDArray[np.void]:
    """Return one record of the image_copy program: texel = canvas pixel + (dx, dy)."""
    layer = np.zeros((), layer_dtype(COPY, 0))
    layer["bounds"] = bounds
    layer["weight"][0] = weight
    layer["source"]["offset"][:2] = (dx, dy)
    return layer


def affine(
    program: int, bounds: Rect, rect: Rect, u: tuple[int, int, int], v: tuple[int, int, int], weight: int = 255
) -> npt.NDArray[np.void]:
    """Return one record of image_bilinear or image_nearest; u and v are step x, step y, origin in 16.32."""
    layer = np.zeros((), layer_dtype(program, 0))
    layer["bounds"] = bounds
    layer["weight"][0] = weight
    layer["source"]["rect"] = (rect.x0, rect.y0, rect.x1 - 1, rect.y1 - 1)
    for name, values in (("u", u), ("v", v)):
        for i, value in enumerate(values):
            layer["source"][name]["hi"][i] = value >> 16
            layer["source"][name]["lo"][i] = value & 0xFFFF
    return layer


def rgba(backend: Backend, plan: RenderPlan) -> npt.NDArray[np.uint32]:
    """Render a plan."""
    pixels = backend.submit(plan).result().rgba
    assert pixels is not None
    return pixels


def video(width: int, height: int, level: int = 0, bits: int = 8) -> npt.NDArray[np.void]:
    """Return one record of the video program: 4:2:0, BT.709, limited range."""
    return video_params(width, height, matrix="bt709", full_range=False, bits=bits, level=level)


def random_planes(rng: np.random.Generator, width: int, height: int, bits: int = 8) -> FakePlanes:
    """Return planes of noise, 4:2:0."""
    kind = np.uint8 if bits == 8 else np.uint16
    half = (height + 1) // 2, (width + 1) // 2
    y, u, v = (rng.integers(0, 1 << bits, shape).astype(kind) for shape in ((height, width), half, half))
    return FakePlanes(y, u, v)


class PlanBuilder:
    """Collects surfaces and ops; `build` fills in slots, uses and records. Each surface gets its own slot."""

    def __init__(self, width: int, height: int, slot_px: int = 1) -> None:
        self.width, self.height = width, height
        self._slot_px = slot_px
        self._bounds: list[Rect] = []
        self._ops: list[dict[str, Any]] = []
        self._layers: dict[int, list[npt.NDArray[np.void]]] = {}
        self._writer: dict[int, int] = {}
        self._readers: dict[int, list[int]] = {}  # since the last write

    def surface(self, bounds: Rect | None = None) -> int:
        """Add a surface; without bounds the canvas."""
        self._bounds.append(bounds or Rect(0, 0, self.width, self.height))
        return len(self._bounds) - 1

    def draw(
        self,
        output: int,
        layers: list[npt.NDArray[np.void]],
        *,
        program: int = SOLID,
        blend: int = NORMAL,
        edge_variant: int = 0,
        init: bool = False,
        init_pixel: int = 0,
        full: bool = False,
        region: Rect | None = None,
        tiles: npt.NDArray[np.uint32] | None = None,
        page: int = NO_PAGE,
        inputs: tuple[int, ...] = (),
        video: VideoFrameRef | None = None,
    ) -> int:
        """Add an op; it depends on the last writers of what it reads and draws over, and on who read its output before."""
        layout = layout_of(program, edge_variant)
        table = self._layers.setdefault(layout, [])
        needs = [self._writer[s] for s in inputs] + ([self._writer[output]] if output in self._writer else [])
        needs += self._readers.pop(output, [])
        index = len(self._ops)
        self._ops.append(
            {
                "id": OpId(index),
                "kind": OpKind.DRAW if not inputs else OpKind.COMPOSITE,
                "program": program,
                "blend": blend,
                "layout": layout,
                "first": len(table),
                "count": len(layers),
                "init": init,
                "init_pixel": init_pixel,
                "full": full,
                "region": region or self._bounds[output],
                "tiles": tiles,
                "page": page,
                "inputs": tuple(SurfaceId(s) for s in inputs),
                "output": SurfaceId(output),
                "deps": tuple(OpId(d) for d in sorted(set(needs))),
                "video": video,
            }
        )
        table.extend(layers)
        self._writer[output] = index
        for surface in inputs:
            self._readers.setdefault(surface, []).append(index)
        return index

    def build(self, root: int = 0) -> RenderPlan:
        """Return the finished plan."""
        step = self._slot_px
        slots = tuple(SlotDesc(-(-b.width // step) * step, -(-b.height // step) * step) for b in self._bounds)
        surfaces = []
        for i, bounds in enumerate(self._bounds):
            used = [o["id"] for o in self._ops if o["output"] == i or i in o["inputs"]]
            last = OpId(len(self._ops)) if i == root else used[-1]
            surfaces.append(SurfaceDesc(bounds, PixelFormat.RGBA8_PREMUL, used[0], last, i))
        records: list[npt.NDArray[np.void] | None] = [None] * (len(PROGRAMS) * len(EDGE_COUNTS))
        for layout, layers in self._layers.items():
            records[layout] = np.array(layers, dtype=layers[0].dtype)
        return RenderPlan(
            self.width,
            self.height,
            tuple(surfaces),
            slots,
            tuple(Op(**o) for o in self._ops),
            tuple(records),
            (SurfaceId(root),),
        )
