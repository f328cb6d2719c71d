"""Random plans: trees of surfaces, all programs that exist, all blends, tiles, bounds inside and outside."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.gpu.plans import BILINEAR, COPY, NEAREST, SOLID, FakeStore, PlanBuilder, affine, copy, premultiplied, solid
from wavyte_gpu.compile.plan import NO_PAGE, RenderPlan
from wavyte_gpu.compile.tiles import tile_list
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import BLENDS

PAGE_WIDTH, PAGE_HEIGHT = 96, 70

# Every kernel takes a software driver a good part of a second to compile, so plans draw from these:
# program, blend, layers, edge variant, init, full, tiled. The twins' own tests vary the rest.
KERNELS = (
    (SOLID, "normal", 1, 0, False, False, False),
    (SOLID, "multiply", 2, 1, False, False, False),
    (SOLID, "normal", 4, 2, False, False, True),
    (SOLID, "soft_light", 1, 0, False, True, False),
    (SOLID, "normal", 8, 0, False, False, True),
    (COPY, "normal", 1, 0, False, False, False),
    (COPY, "screen", 4, 0, False, False, True),
    (COPY, "normal", 2, 0, True, False, False),
    (NEAREST, "normal", 1, 0, False, False, False),
    (NEAREST, "color_burn", 2, 0, False, True, False),
    (BILINEAR, "normal", 1, 0, False, False, False),
    (BILINEAR, "difference", 2, 0, False, False, True),
    (BILINEAR, "normal", 1, 0, True, True, False),
)


def random_store(rng: np.random.Generator, pages: int = 2) -> FakeStore:
    """Return a store with filled pages."""
    store = FakeStore()
    for _ in range(pages):
        store.add_page(premultiplied(rng, (PAGE_HEIGHT, PAGE_WIDTH)))
    return store


def random_rect(rng: np.random.Generator, inside: Rect, spill: int = 0) -> Rect:
    """Return a rectangle of at least one pixel, at most `spill` px outside `inside`."""
    x = np.sort(rng.integers(inside.x0 - spill, inside.x1 + spill, 2))
    y = np.sort(rng.integers(inside.y0 - spill, inside.y1 + spill, 2))
    return Rect(int(x[0]), int(y[0]), int(x[1]) + 1, int(y[1]) + 1)


def random_edges(rng: np.random.Generator, bounds: Rect, edges: npt.NDArray[Any]) -> None:
    """Give a layer an upright rectangle as outline: its two sides, in subpixels; the other edges stay unused."""
    top, bottom = bounds.y0 * 1024 + int(rng.integers(0, 900)), bounds.y1 * 1024 - int(rng.integers(0, 100))
    if bottom <= top:
        return
    for edge, x, direction in ((edges[0], bounds.x0 * 1024, 1), (edges[1], bounds.x1 * 1024, -1)):
        x += int(rng.integers(-300, 300))
        edge["span"] = (x, top, x, bottom)
        edge["line"] = (x << 6, 0, 0, direction)


def random_layer(
    rng: np.random.Generator, program: int, edge_variant: int, bounds: Rect, image: tuple[int, int] | None, full: bool
) -> npt.NDArray[np.void]:
    """Return a layer; `image` is the size of what it reads."""
    weight = int(rng.choice([255, 255, 0, 1, int(rng.integers(0, 256))]))
    if program == SOLID:
        layer = solid(bounds, int(premultiplied(rng, (1,))[0]), weight, edge_variant)
        if edge_variant and not full:
            random_edges(rng, bounds, layer["edges"])
        return layer
    assert image is not None
    if program == COPY:
        width, height = min(bounds.width, image[0]), min(bounds.height, image[1])
        at = Rect(bounds.x0, bounds.y0, bounds.x0 + width, bounds.y0 + height)
        dx = int(rng.integers(0, image[0] - width + 1)) - at.x0
        dy = int(rng.integers(0, image[1] - height + 1)) - at.y0
        return copy(at, dx, dy, weight)
    rect = random_rect(rng, Rect(0, 0, image[0], image[1]))
    rect = Rect(rect.x0, rect.y0, min(rect.x1, image[0]), min(rect.y1, image[1]))
    steps = [int(v) for v in rng.integers(-(3 << 32), 3 << 32, 4)]
    origins = [int(v) for v in rng.integers(-(100 << 32), 100 << 32, 2)]
    return affine(program, bounds, rect, (steps[0], steps[1], origins[0]), (steps[2], steps[3], origins[1]), weight)


def random_plan(rng: np.random.Generator, store: FakeStore, width: int, height: int, ops: int = 12) -> RenderPlan:
    """Return a plan of a canvas and some smaller surfaces that are drawn onto it."""
    builder = PlanBuilder(width, height, slot_px=int(rng.choice([1, 32, 64])))
    canvas = Rect(0, 0, width, height)
    bounds = [canvas] + [random_rect(rng, canvas, 20) for _ in range(int(rng.integers(0, 4)))]
    for b in bounds:
        builder.surface(b)
    for surface, b in enumerate(bounds):
        pixel = int(premultiplied(rng, (1,))[0])
        builder.draw(surface, [solid(b, pixel)], init=True, init_pixel=int(premultiplied(rng, (1,))[0]))
    for _ in range(ops):
        output = int(rng.integers(0, len(bounds)))
        program, blend, count, variant, init, full, tiled = KERNELS[int(rng.integers(0, len(KERNELS)))]
        region = random_rect(rng, bounds[output])
        page, image = NO_PAGE, None
        inputs: tuple[int, ...] = ()
        if program != SOLID:
            others = [i for i in range(len(bounds)) if i != output]
            if others and rng.random() < 0.5:
                chosen = int(rng.choice(others))
                inputs, image = (chosen,), (bounds[chosen].width, bounds[chosen].height)
            else:
                page, image = int(rng.integers(0, len(store.pages))), (PAGE_WIDTH, PAGE_HEIGHT)
        boxes = [random_rect(rng, bounds[output], 10) for _ in range(count)]
        if tiled:  # strips of the region, one a layer
            inner = rng.permutation(np.arange(region.x0 + 1, region.x1))[: count - 1]
            cuts = [region.x0, *np.sort(inner).tolist(), region.x1]
            boxes = [Rect(x0, region.y0, x1, region.y1) for x0, x1 in itertools.pairwise(cuts)]
        layers = [random_layer(rng, program, variant, box, image, full) for box in boxes]
        tiles = None
        if tiled:
            tiles = tile_list([(None, Rect(*layer["bounds"].tolist())) for layer in layers])
            tiles = rng.permutation(tiles)[: int(rng.integers(1, len(tiles) + 1))]
        builder.draw(
            output,
            layers,
            program=program,
            blend=BLENDS.index(blend),
            edge_variant=variant,
            init=init,
            init_pixel=int(premultiplied(rng, (1,))[0]),
            full=full,
            region=region,
            tiles=tiles,
            page=page,
            inputs=inputs,
        )
    return builder.build()
