"""What moves in the paints of an asset, lowered to parameters of each leaf that shows it: their times are the leaf's."""

from __future__ import annotations

from math import pi
from typing import Any, NamedTuple

from wavyte_gpu.normalize.lanes import LaneBuilder
from wavyte_gpu.schema.anim import Anim, Constant
from wavyte_gpu.schema.assets import Path, SolidRect, TextAsset
from wavyte_gpu.schema.model import build
from wavyte_gpu.schema.paint import Gradient

__all__ = ["PaintSlots", "lower_paints"]


class PaintSlots(NamedTuple):
    """First parameters of a leaf's paints, -1 where nothing moves. See `NodeTable`."""

    color: int = -1
    radius: int = -1
    fill: int = -1
    stroke: int = -1
    fill_stops: int = -1
    stroke_stops: int = -1
    form: int = -1


def lower_paints(lanes: LaneBuilder, index: int, node_id: str, asset: Any) -> PaintSlots:
    """Lower what moves: colours, the radius, geometry and stops of gradients, what outlines depend on.

    Args:
        index, node_id: of the leaf. asset: what it shows.
    """
    color = radius = -1
    fill: Any = None
    stroke: Any = None
    colours = _colours(asset)
    if any(not isinstance(c, Constant) for c in colours):
        slots = [
            lanes.param(index, node_id, f"colour {k}", colour, axis) for k, colour in enumerate(colours) for axis in range(4)
        ]
        color = slots[0]
    match asset:
        case SolidRect() if not isinstance(asset.radius_px, Constant):
            radius = lanes.param(index, node_id, "radius_px", asset.radius_px)
        case Gradient():
            fill = asset
        case Path():
            fill, stroke = asset.fill, asset.stroke and asset.stroke.color
    return PaintSlots(
        color,
        radius,
        _geometry(lanes, index, node_id, fill),
        _geometry(lanes, index, node_id, stroke),
        _stops(lanes, index, node_id, fill),
        _stops(lanes, index, node_id, stroke),
        _form(lanes, index, node_id, asset),
    )


def _colours(asset: Any) -> list[Anim]:
    """Return the colours of an asset: of a path fill and stroke, of a text those of its runs."""
    match asset:
        case SolidRect():
            return [asset.color]
        case Path():
            paints = [asset.fill, asset.stroke.color if asset.stroke is not None else _BLACK]
            return [_BLACK if isinstance(p, Gradient | str) else p for p in paints]
        case TextAsset() if asset.runs is not None:
            return [asset.color if run.color is None else run.color for run in asset.runs]
        case TextAsset():
            return [asset.color]
    return []


def _geometry(lanes: LaneBuilder, index: int, node_id: str, gradient: Any) -> int:
    """Lower the geometry of a gradient in the order of `ir.GEOMETRY`; return its first parameter, -1 where nothing moves."""
    if not isinstance(gradient, Gradient):
        return -1
    pairs = ((gradient.from_, (0.0, 0.0)), (gradient.to, (0.0, 1.0)), (gradient.center, (0.5, 0.5)))
    values: list[tuple[Anim | None, Any, int, float]] = [(v, d, axis, 1.0) for v, d in pairs for axis in (0, 1)]
    values += [(gradient.radius, 0.5, 0, 1.0), (gradient.angle_deg, 0.0, 0, pi / 180.0)]
    if all(value is None or isinstance(value, Constant) for value, *_ in values):
        return -1
    slots = [
        lanes.param(index, node_id, "gradient", build(Constant, {"value": default}) if value is None else value, axis, factor)
        for value, default, axis, factor in values
    ]
    return slots[0]


def _form(lanes: LaneBuilder, index: int, node_id: str, asset: Any) -> int:
    """Lower what the outlines of an asset depend on; return the first parameter, -1 where that does not move."""
    values: list[tuple[str, Anim]] = []
    match asset:
        case TextAsset():
            values = [("size_px", asset.size_px)]
        case Path() if asset.stroke is not None:
            values = [("width", asset.stroke.width), ("dash_offset", asset.stroke.dash_offset)]
    if all(isinstance(value, Constant) for _, value in values):
        return -1
    slots = [lanes.param(index, node_id, what, value) for what, value in values]
    return slots[0]


def _stops(lanes: LaneBuilder, index: int, node_id: str, gradient: Any) -> int:
    """Lower the colours of a gradient's stops; return the first parameter, -1 where none moves."""
    if not isinstance(gradient, Gradient) or not gradient.moves:
        return -1
    slots = [
        lanes.param(index, node_id, f"stop {k}", colour, axis) for k, (_, colour) in enumerate(gradient.stops) for axis in range(4)
    ]
    return slots[0]


_BLACK: Anim = build(Constant, {"value": 0.0})
