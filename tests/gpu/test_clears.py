"""Surfaces that start as one pixel are filled by copies, where nothing used their texture before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.gpu.plans import COPY, FakeStore, PlanBuilder, copy, rgba, solid
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.render.gpu.backend import GpuBackend
from wavyte_gpu.render.reference import ReferenceBackend

pytestmark = pytest.mark.gpu


def dispatches(device: Any, *plans: RenderPlan) -> int:
    """Draw plans one after the other, each as the reference does; return how many dispatches they took."""
    reference = ReferenceBackend(FakeStore())
    with GpuBackend(FakeStore(), device=device) as gpu:
        for plan in plans:
            np.testing.assert_array_equal(rgba(gpu, plan), rgba(reference, plan))
        return gpu.counters()["dispatches"]


def cleared(builder: PlanBuilder, surface: int, pixel: int, region: Rect | None = None) -> None:
    none = solid(region or Rect(0, 0, builder.width, builder.height), 0xFFFFFFFF, weight=0)
    builder.draw(surface, [none], init=True, init_pixel=pixel, region=region)


@pytest.mark.parametrize("size", [(1, 1), (63, 5), (64, 64), (1001, 700), (4100, 130)])
def test_pixels_and_sizes(device: Any, size: tuple[int, int]) -> None:
    """One buffer holds fewer rows than some of these have; five pixels are one more than are kept."""
    plans = []
    for pixel in (0, 0xFF102030, 0x80402010, 1, 0xFFFFFFFF, 0):
        builder = PlanBuilder(*size)
        cleared(builder, builder.surface(), pixel)
        plans.append(builder.build())
    assert dispatches(device, *plans) == 0


def test_parts_and_corners(device: Any) -> None:
    """A surface that begins elsewhere, and parts of one that is drawn already: these wait for what is drawn."""
    builder = PlanBuilder(90, 70)
    root, inner = builder.surface(), builder.surface(Rect(-7, 3, 41, 66))
    cleared(builder, root, 0xFF0000FF)
    cleared(builder, inner, 0x80008000)
    builder.draw(inner, [solid(Rect(-7, 20, 30, 40), 0xFF00FF00)], region=Rect(-7, 20, 30, 40))
    builder.draw(root, [copy(Rect(0, 3, 41, 66), 7, -3)], program=COPY, inputs=(inner,), region=Rect(0, 3, 41, 66))
    cleared(builder, root, 0x40101010, Rect(10, 10, 33, 50))
    cleared(builder, root, 0, Rect(40, 0, 90, 9))
    plan = builder.build(root)
    assert dispatches(device, plan, plan) == 2 * 4


def test_a_texture_that_two_surfaces_share(device: Any) -> None:
    """The second one starts when the first one was read."""
    builder = PlanBuilder(40, 30)
    root, first, second = builder.surface(), builder.surface(), builder.surface()
    cleared(builder, root, 0xFF000000)
    for surface, pixel in ((first, 0xFF0000FF), (second, 0x7F007F00)):
        cleared(builder, surface, pixel)
        half = Rect(0, 0, 20, 30) if surface == first else Rect(20, 0, 40, 30)
        builder.draw(root, [copy(half, 0, 0)], program=COPY, inputs=(surface,), region=half)
    plan = builder.build(root)
    surfaces = list(plan.surfaces)
    surfaces[second] = replace(surfaces[second], slot=surfaces[first].slot)
    assert dispatches(device, plan) == 2
    assert dispatches(device, replace(plan, surfaces=tuple(surfaces))) == 3
