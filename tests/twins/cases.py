"""Random inputs of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops import quantise, reflect
from wavyte_gpu.ops.registry import EDGE_COUNTS, PROGRAMS

Array = npt.NDArray[Any]


def pixels(rng: np.random.Generator, height: int, width: int) -> npt.NDArray[np.uint32]:
    """Return premultiplied pixels, many of them transparent, opaque or of full colour."""
    kind = rng.random((height, width))
    a = np.where(kind < 0.2, 0, np.where(kind < 0.5, 255, rng.integers(0, 256, (height, width)))).astype(np.uint32)
    out = a << 24
    for shift in (0, 8, 16):
        part = rng.random((height, width))
        c = np.where(part < 0.1, 0, np.where(part < 0.2, a, rng.integers(0, 256, (height, width)) % (a + 1)))
        out |= c.astype(np.uint32) << shift
    return out


def quads(rng: np.random.Generator, n: int, width: int, height: int) -> npt.NDArray[np.float64]:
    """Return quads of all kinds around a canvas: plain, thin, empty, of whole pixels, far away, huge."""
    centre = rng.uniform(-0.3, 1.3, (n, 1, 2)) * (width, height)
    angle = np.sort(rng.uniform(0.0, 2.0 * np.pi, (n, 4)), axis=1)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    size = 10.0 ** rng.uniform(-1.5, 2.5, (n, 1, 2))  # its axes differ: slivers
    q = centre + circle * size
    kind = rng.integers(0, 10, n)
    q[kind == 0] = np.round(q[kind == 0])
    q[kind == 1, 1:] = q[kind == 1, :1]  # a point
    q[kind == 2] += 5000.0
    q[kind == 3] = q[kind == 3, ::-1]  # the other way round
    q[kind == 4] = centre[kind == 4] + circle[kind == 4] * 15000.0
    return np.clip(q, -15999.0, 15999.0)


def affine(rng: np.random.Generator, n: int, reach: float) -> tuple[Array, Array]:
    """Return words of affine positions: mostly near the identity's scale, some extreme."""
    scale = 10.0 ** np.where(rng.random(n) < 0.7, rng.uniform(-0.5, 0.5, n), rng.uniform(-3.0, 3.0, n))
    ax, ay = rng.normal(0.0, 1.0, (2, n)) * scale
    o = rng.uniform(-0.3 * reach, 1.1 * reach, n)
    return quantise.affine_words(ax, ay, o)


def layers(
    rng: np.random.Generator, program: int, edge_variant: int, n: int, size: tuple[int, int], image: Array
) -> npt.NDArray[np.void]:
    """Return `n` random layers of a draw kind for a canvas of `size` = (width, height)."""
    width, height = size
    records = np.zeros(n, reflect.layer_dtype(program, edge_variant))
    x0 = rng.integers(-width, width // 2 + 1, n)
    y0 = rng.integers(-height, height // 2 + 1, n)
    x1 = rng.integers(width // 2, 2 * width + 1, n)
    y1 = rng.integers(height // 2, 2 * height + 1, n)
    records["bounds"] = np.stack([x0, y0, x1, y1], axis=-1)
    records["weight"][:, 0] = rng.choice([0, 1, 77, 128, 254, 255, 255, 255], n)
    p = records["source"]
    high, wide = image.shape
    match PROGRAMS[program].name:
        case "solid":
            p["color"][:, 0] = pixels(rng, 1, n)[0]
        case "image_copy":
            # Bounds keep the reads inside the image.
            p["offset"][:, 0] = rng.integers(-3, wide - width + 3, n)
            p["offset"][:, 1] = rng.integers(-3, high - height + 3, n)
            o = p["offset"]
            inside = np.stack([-o[:, 0], -o[:, 1], wide - o[:, 0], high - o[:, 1]], axis=-1)
            b = records["bounds"]
            records["bounds"] = np.concatenate(
                [np.maximum(b[:, :2], inside[:, :2]), np.minimum(b[:, 2:], inside[:, 2:])], axis=1
            )
        case "image_nearest" | "image_bilinear":
            corner = rng.integers(0, (wide, high), (n, 2)) * (rng.random((n, 1)) < 0.5)
            p["rect"][:, :2] = corner
            p["rect"][:, 2:] = corner + rng.integers((wide, high) - corner) // rng.choice([1, 1, 5, 100], (n, 1))
            p["u"]["hi"], p["u"]["lo"] = affine(rng, n, wide)
            p["v"]["hi"], p["v"]["lo"] = affine(rng, n, high)
        case "gradient_linear" | "gradient_radial" | "gradient_conic" as kind:
            bits = rng.integers(10, 12, n)
            p["table"][:, 0] = rng.integers(0, wide - 1024 + 1, n)
            p["table"][:, 1] = rng.integers(0, high - 2 + 1, n)
            p["table"][:, 2] = bits
            u, v = rng.normal(0.0, 1.0, (2, n, 3)) * 10.0 ** rng.uniform(-4.0, 1.0, (2, n, 1))
            u[:, 2] -= u[:, 0] * width / 2 + u[:, 1] * height / 2
            v[:, 2] -= v[:, 0] * width / 2 + v[:, 1] * height / 2
            if kind == "gradient_linear":
                p["table"][:, 3], p["t"]["hi"], p["t"]["lo"] = quantise.linear_words(*u.T, 1 << bits)
            elif kind == "gradient_radial":
                words = quantise.radial_words(u, v)
                p["table"][:, 3], p["u"]["hi"], p["u"]["lo"], p["v"]["hi"], p["v"]["lo"] = words
            else:
                p["u"]["hi"], p["u"]["lo"], p["v"]["hi"], p["v"]["lo"] = quantise.conic_words(u, v)
        case "noise":
            p["seed"][:, 0] = rng.integers(0, 2**32, n)
            p["u"]["hi"], p["u"]["lo"] = affine(rng, n, 100.0)
            p["v"]["hi"], p["v"]["lo"] = affine(rng, n, 100.0)
    if edge_variant:
        count = EDGE_COUNTS[edge_variant]
        q = quads(rng, n, width, height)
        if count == 8:
            q[rng.random(n) < 0.3] *= 10.0
        records["edges"] = quantise.edge_records(q, count, (0.0, 0.0, float(width), float(height)))
    return records
