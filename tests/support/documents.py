"""Random documents of everything that renders: every asset kind, node kind, blend mode and ANIM form."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from tests.support import stages

BLENDS = (
    *("normal", "multiply", "screen", "overlay", "darken", "lighten"),
    *("color_dodge", "color_burn", "soft_light", "hard_light", "difference", "exclusion"),
)
EASES: tuple[Any, ...] = (
    *("hold", "linear", "ease_in_out", "back_out", "elastic_out", "bounce_in_out", "expo_in"),
    {"cubic_bezier": [0.1, 0.7, 0.9, -0.2]},
    {"spring": {"stiffness": 120, "damping": 9, "mass": 1}},
)


@cache
def png_data(width: int, height: int, seed: int, opaque: bool) -> str:
    """Return a data: URL of a noisy picture with smooth parts."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    pixels = rng.integers(0, 256, (height, width, 4)).astype(np.uint8)
    pixels[..., 0] = (x * 7) & 255
    pixels[..., 1] = (y * 5 + x) & 255
    if opaque:
        pixels[..., 3] = 255
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def colour(r: Random) -> Any:
    kind = r.randrange(4)
    if kind == 0:
        return f"#{r.randrange(1 << 24):06x}"
    if kind == 1:
        return f"#{r.randrange(1 << 32):08x}"
    if kind == 2:
        return {"h": r.uniform(0, 360), "s": r.random(), "l": r.random(), "a": r.choice((1.0, r.random()))}
    return [r.random(), r.random(), r.random(), r.choice((1.0, r.random()))]


def expression(r: Random, low: float, high: float) -> str:
    """Return an expression of a number between two bounds."""
    mid, amp, k = (low + high) / 2, (high - low) / 2, r.uniform(0.1, 3)
    return "=" + r.choice(
        (
            f"lerp({low!r}, {high!r}, fract(time.seconds * {k!r}))",
            f"clamp({mid!r} + {amp!r} * sin(time.progress * tau * {k!r}), {low!r}, {high!r})",
            f"time.frame % {r.randrange(1, 9)} >= 2 ? {low!r} : {high!r} / (1 + abs(cos(time.frame)))",
            f"{mid!r} + {amp!r} * noise(time.seconds * {k!r})",
            f"lerp({low!r}, {high!r}, random(floor(time.frame / 3)))",
            f"max({low!r}, min({high!r}, {mid!r} * pow(time.progress, {k!r}) / (time.frame - 5)))",
        )
    )


def scalar(r: Random, low: float, high: float) -> Any:
    """Return an animated number between two bounds."""
    kind = r.randrange(7)
    if kind == 6:
        return expression(r, low, high)
    if kind <= 2:
        return r.choice((round(r.uniform(low, high)), r.uniform(low, high))) if high - low > 2 else r.uniform(low, high)
    if kind == 3:
        mid, amp = (low + high) / 2, (high - low) / 2
        return {
            "procedural": {
                "kind": "scalar",
                "params": {"sine": {"amp": amp, "freq_hz": r.uniform(0.1, 5), "phase": r.random(), "offset": mid}},
            }
        }
    if kind == 4:
        mid, amp = (low + high) / 2, (high - low) / 2
        return {
            "procedural": {
                "kind": "scalar",
                "params": {"noise1d": {"amp": amp, "freq_hz": r.uniform(0.1, 9), "offset": mid}},
            }
        }
    frames = sorted(r.sample(range(0, 30), r.randrange(1, 5)))
    return {"keyframes": [{"frame": f, "value": r.uniform(low, high), "ease": r.choice(EASES)} for f in frames]}


def vector(r: Random, low: tuple[float, float], high: tuple[float, float]) -> Any:
    kind = r.randrange(5)
    if kind == 4:
        parts = (expression(r, a, b)[1:] for a, b in zip(low, high, strict=True))
        return "=vec2({}, {})".format(*parts)
    if kind <= 1:
        return [r.choice((float(round(v)), v)) for v in (r.uniform(a, b) for a, b in zip(low, high, strict=True))]
    if kind == 2:
        return [scalar(r, low[0], high[0]), scalar(r, low[1], high[1])]
    frames = sorted(r.sample(range(0, 30), r.randrange(1, 4)))
    return {
        "keyframes": [
            {"frame": f, "value": [r.uniform(low[0], high[0]), r.uniform(low[1], high[1])], "ease": r.choice(EASES)}
            for f in frames
        ]
    }


PATHS = (
    "M0 0H40V30H0Z",
    "M10 0 L20 30 L-5 12 H25 L0 30Z",
    "M50 25A25 25 0 1 1 0 25A25 25 0 1 1 50 25Z M40 25A15 15 0 1 0 10 25A15 15 0 1 0 40 25Z",
    "M0 0C80 10 -40 60 30 70S90 -20 5 33",
    "M5 5",
    "M0 0L1e4 1e4L-3000 50Z",
)


def moving_colour(r: Random) -> Any:
    """Return an animated colour."""
    kind = r.randrange(4)
    if kind <= 1:
        return colour(r)
    if kind == 2:
        return "=" + r.choice(
            ("hsl(time.progress, 1, 0.5)", "lerp(rgb(1, 0, 0, 0.3), rgb(0, 0.5, 1), fract(time.seconds * 2))")
        )
    frames = sorted(r.sample(range(0, 30), r.randrange(1, 4)))
    return {"keyframes": [{"frame": f, "value": colour(r), "ease": r.choice(EASES)} for f in frames]}


def paint(r: Random) -> Any:
    if r.random() < 0.6:
        return moving_colour(r)
    return {"gradient": {"type": r.choice(("linear", "radial", "conic")), "start": moving_colour(r), "end": colour(r)}}


def outline(r: Random) -> dict[str, Any]:
    """Return a path with any paints, stroke and trim."""
    out: dict[str, Any] = {"svg_path_d": r.choice(PATHS), "fill_rule": r.choice(("nonzero", "evenodd"))}
    out["fill"] = r.choice(("none", paint(r), paint(r)))
    if r.random() < 0.6:
        out["stroke"] = {
            "color": paint(r),
            "width": r.choice((r.uniform(0, 12), scalar(r, 0, 12))),
            "cap": r.choice(("butt", "round", "square")),
            "join": r.choice(("miter", "round", "bevel")),
            "dash": r.choice(([], [], [9, 5])),
            "dash_offset": r.choice((0, scalar(r, -20, 20))),
        }
    if r.random() < 0.4:
        out["trim"] = {"start": scalar(r, 0, 1), "end": scalar(r, 0, 1), "offset": scalar(r, -1, 2)}
    return out


def words(r: Random) -> dict[str, Any]:
    """Return a text of one or two runs."""
    runs = [
        {
            "text": r.choice(("Hello ", "fi AV To", "\u03b1\u03b2\u03b3 \u0416", "\u05d0\u05d1 12 x")),
            "color": moving_colour(r),
            "weight": r.choice((300, 900)),
        }
        for _ in range(r.randrange(1, 3))
    ]
    out = {
        "runs": runs,
        "size_px": r.choice((7, 18, 40.5, scalar(r, 1, 50))),
        "max_width_px": r.choice((30, 90)),
        "align": r.choice(("left", "center", "justify")),
    }
    if r.random() < 0.5:
        out["reveal"] = reveal(r)
    return out


def vectors(r: Random) -> str:
    """Return a data: URL of an SVG picture: shapes in any paints, in groups that are faint, blended, clipped or weighed."""

    def attributes() -> str:
        paints = ("none", "#c33", "url(#l)", "url(#r)", "url(#f)", "#0a08")
        out = f'fill="{r.choice(paints)}" stroke="{r.choice(paints)}" stroke-width="{r.choice((0, 1, 5.5))}"'
        for name, values in (
            ("opacity", (1, 0.5)),
            ("clip-path", ("none", "url(#c)")),
            ("mask", ("none", "none", "url(#m)")),
            ("mix-blend-mode", ("normal", "normal", "screen", "difference")),
            ("transform", ("", "rotate(20)", "scale(.5 -1) translate(0 -50)")),
        ):
            out += f' {name}="{r.choice(values)}"'
        return out

    def element(depth: int) -> str:
        if depth and r.random() < 0.5:
            return f"<g {attributes()}>{''.join(element(depth - 1) for _ in range(r.randrange(1, 4)))}</g>"
        shape = r.choice(("M2 2H40V30H2Z", "M20 1L38 39 1 14H39L2 39Z", "M4 20A16 12 0 1 1 36 24Z"))
        return r.choice(
            (f'<path {attributes()} d="{shape}"/>', f'<text {attributes()} y="30" font-size="24">aB</text>')
        )

    stops = "".join(
        f'<stop offset="{t}" stop-color="{c}" stop-opacity="{r.random():.2f}"/>' for t, c in ((0, "red"), (1, "#0cf"))
    )
    spread = f'spreadMethod="{r.choice(("pad", "repeat", "reflect"))}"'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="{r.choice((10, 40, 90))}">'
        f'<linearGradient id="l" x1=".2" x2=".5" {spread}>{stops}</linearGradient>'
        f'<radialGradient id="r" r=".3" {spread}>{stops}</radialGradient>'
        f'<radialGradient id="f" r=".4" fx=".3" {spread}>{stops}</radialGradient>'
        '<clipPath id="c"><circle cx="18" cy="20" r="15"/></clipPath>'
        '<mask id="m"><rect x="5" width="30" height="40" fill="url(#l)"/></mask>'
        f"{''.join(element(2) for _ in range(r.randrange(1, 4)))}</svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def reveal(r: Random) -> Any:
    """Return any reveal of a text."""
    out: dict[str, Any] = {"unit": r.choice(("glyph", "word", "line")), "end": scalar(r, -0.2, 1.2)}
    if r.random() < 0.6:
        out |= {"start": scalar(r, -0.2, 1.2), "offset": scalar(r, -0.5, 0.5)}
        out |= {"softness": r.choice((0, 0.3, 1, 4)), "ease": r.choice(EASES), "opacity": scalar(r, -0.2, 1.2)}
    if r.random() < 0.6:
        out["transform"] = {
            "translate": vector(r, (-20, -20), (20, 20)),
            "rotation_deg": scalar(r, -180, 180),
            "scale": vector(r, (-2, -2), (2, 2)),
            "anchor": r.choice(("center", "baseline")),
        }
    return out


def assets(r: Random) -> dict[str, Any]:
    stops = sorted(r.random() for _ in range(r.randrange(2, 5)))
    out: dict[str, Any] = {
        "solid": {"solid_rect": {"color": moving_colour(r)}},
        "opaque": {"solid_rect": {"color": f"#{r.randrange(1 << 24):06x}"}},
        "linear": {"gradient": {"start": colour(r), "end": colour(r)}},
        "angled": {"gradient": {"angle_deg": scalar(r, -360, 360), "stops": [[t, moving_colour(r)] for t in stops]}},
        "aimed": {
            "gradient": {
                "stops": [[t, colour(r)] for t in stops],
                "from": vector(r, (0, 0), (1, 1)),
                "to": [r.random(), r.random()],
            }
        },
        "radial": {
            "gradient": {
                "type": "radial",
                "start": colour(r),
                "end": colour(r),
                "center": [r.random(), r.random()],
                "radius": scalar(r, 0.05, 1.5),
            }
        },
        "conic": {
            "gradient": {"type": "conic", "stops": [[t, colour(r)] for t in stops], "angle_deg": r.uniform(0, 360)}
        },
        "card": {"solid_rect": {"color": moving_colour(r), "radius_px": scalar(r, 0, 40)}},
        "outline": {"path": outline(r)},
        "words": {"text": words(r)},
        "vectors": {"svg": {"source": vectors(r)}},
        "noise": {"noise": {"seed": r.randrange(1 << 32)}},
        "nothing": "null",
        "small": {"image": {"source": png_data(r.choice((1, 2, 7)), r.choice((1, 3, 8)), 1, False)}},
        "photo": {"image": {"source": png_data(r.choice((40, 65)), r.choice((33, 48)), 2, r.random() < 0.5)}},
        "pixels": {"image": {"source": png_data(9, 6, 3, True), "filter": "nearest"}},
    }
    return out


class _Ids:
    def __init__(self) -> None:
        self.n = 0

    def next(self) -> str:
        self.n += 1
        return f"n{self.n}"


def transform(r: Random, width: int, height: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if r.random() < 0.8:
        out["translate"] = vector(r, (-0.3 * width, -0.3 * height), (1.1 * width, 1.1 * height))
    if r.random() < 0.4:
        out["rotation_deg"] = r.choice((90, 180, 45, scalar(r, -400, 400)))
    if r.random() < 0.4:
        out["scale"] = r.choice((0.5, 2, [1, -1], vector(r, (-2.5, 0.05), (2.5, 2.5))))
    if r.random() < 0.4:
        out["anchor"] = r.choice(("center", ["50%", "25%"], vector(r, (-20, -20), (60, 60))))
    if r.random() < 0.2:
        out["skew_deg"] = vector(r, (-60, -60), (60, 60))
    return out


def layout(r: Random, width: int, height: int, collection: bool) -> dict[str, Any]:
    """Return a layout of an item, and of what it holds."""

    def length(most: float) -> Any:
        return r.choice(("auto", f"{r.randrange(0, 120)}%", scalar(r, 0, most)))

    out: dict[str, Any] = {"display": r.choice(("flex", "flex", "grid", "grid", "none")) if r.random() < 0.6 else "flex"}
    if r.random() < 0.5:
        out["size"] = [length(width), length(height)]
    if r.random() < 0.3:
        out["flex_grow"] = scalar(r, 0, 3)
    if r.random() < 0.2:
        out |= {"position": "absolute", "inset_px": {"left": scalar(r, -9, width), "bottom": length(height)}}
    if r.random() < 0.3:
        out["margin_px"] = [scalar(r, -6, 12) for _ in range(4)]
    if r.random() < 0.3:
        out |= {"column": r.choice((1, -2, "span 3", [2, 4])), "row": r.choice((1, 2, "span 2"))}
    if not collection:
        return out
    out["direction"] = r.choice(("row", "column", "row_reverse", "column_reverse"))
    out["wrap"] = r.choice(("no_wrap", "wrap", "wrap_reverse"))
    out["align_items"] = r.choice(("start", "center", "end", "stretch", "baseline"))
    out["justify_content"] = r.choice(("start", "center", "space_between", "space_evenly"))
    out["gap_px"] = [scalar(r, 0, 9), scalar(r, 0, 9)]
    out["padding_px"] = scalar(r, 0, 8)
    if out["display"] == "grid":
        out["template_columns"] = [r.choice(("1fr", "auto", "30%", scalar(r, 0, 50))) for _ in range(r.randrange(0, 4))]
    return out


def node(
    r: Random, ids: _Ids, names: list[str], width: int, height: int, depth: int, in_sequence: bool
) -> dict[str, Any]:
    out: dict[str, Any] = {"id": ids.next()}
    if in_sequence:
        out["range"] = [0, r.randrange(0, 20)]
    elif r.random() < 0.3:
        start = r.randrange(0, 15)
        out["range"] = [start, start + r.randrange(0, 30)]
    if r.random() < 0.7:
        out["transform"] = transform(r, width, height)
    if r.random() < 0.4:
        out["opacity"] = r.choice((0, 0.5, 1, scalar(r, 0, 1)))
    if r.random() < 0.3:
        out["blend"] = r.choice(BLENDS)
    if r.random() < 0.15:
        out["mask"] = stages.mask(r, names)
    if r.random() < 0.2:
        out["effects"] = [stages.effect(r) for _ in range(r.randrange(1, 4))]
    for end in ("transition_in", "transition_out"):
        if r.random() < 0.1:
            out[end] = stages.transition(r)
    if depth > 0 and r.random() < 0.1:
        out["kind"] = (
            reference(r, ids, width, height, depth) if r.random() < 0.5 else repeat(r, ids, names, width, height)
        )
        return out
    if r.random() < 0.12:
        out["layout"] = layout(r, width, height, True)
    if depth > 0 and r.random() < 0.4:
        mode = r.choice(("group", "stack", "sequence", "switch"))
        children = [node(r, ids, names, width, height, depth - 1, mode == "sequence") for _ in range(r.randrange(1, 5))]
        kind: Any = {"switch": {"active": scalar(r, -1, 5)}} if mode == "switch" else mode
        out["kind"] = {"collection": {"mode": kind, "children": children}}
        return out
    leaf: dict[str, Any] = {"asset": r.choice(names)}
    if r.random() < 0.6:
        leaf["size"] = r.choice(("canvas", [16, 16], vector(r, (0, 0), (1.2 * width, 1.2 * height))))
        leaf["fit"] = r.choice(("fill", "contain", "cover", "none", "scale_down"))
        leaf["align"] = [r.choice((0, 0.5, 1, r.random())), r.choice((0, 0.5, 1, r.random()))]
    out["kind"] = {"leaf": leaf}
    return out


def reference(r: Random, ids: _Ids, width: int, height: int, depth: int) -> dict[str, Any]:
    """Return the kind of a node that shows a composition of its own, in its own time."""
    inner = {name: asset for name, asset in assets(r).items() if r.random() < 0.3} or {"null": "null"}
    children = [node(r, ids, list(inner), width, height, depth - 1, False) for _ in range(r.randrange(1, 4))]
    composition = {
        "canvas": {"width": width, "height": height, "background": r.choice(("#00000000", colour(r)))},
        "fps": r.choice((30, 12.5, 23.976)),
        "duration": r.randrange(1, 30),
        "seed": r.randrange(99),
        "assets": inner,
        "root": {"id": ids.next(), "kind": {"collection": {"mode": "stack", "children": children}}},
    }
    time = {"offset": r.randrange(-5, 20), "scale": r.choice((1, 0.5, -1, 2.25, 0))}
    return {"comp_ref": {"composition": composition, "time": time}}


def repeat(r: Random, ids: _Ids, names: list[str], width: int, height: int) -> dict[str, Any]:
    """Return the kind of a node that repeats a child, which is switched off in some turns."""
    mode = r.choice(("group", "stack", "sequence"))
    child = node(r, ids, names, width, height, 0, mode == "sequence") | {"enabled": r.choice((True, "=index % 2 == 1"))}
    return {"repeat": {"items": r.randrange(0, 4), "mode": mode, "child": child}}


@cache
def clip_data() -> str:
    """Return a data: URL of a clip of 12 frames, 64x48, 10 fps."""
    path = Path(__file__).parents[1] / "golden" / "scenes" / "clip.mp4"
    return "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode()


def document(
    r: Random, *, max_side: int = 100, leaves: int = 6, size: tuple[int, int] | None = None, video: bool = False
) -> dict[str, Any]:
    """Return a random document that is valid and supported."""
    width, height = size or tuple(r.choice((1, 2, 31, 64, r.randrange(1, max_side))) for _ in range(2))
    ids = _Ids()
    made = assets(r)
    if video:
        made["clip"] = {
            "video": {"source": clip_data(), "playback_rate": r.choice((1, 0.7, 3)), "trim_start_sec": r.random()}
        }
    names = list(made)
    children = [node(r, ids, names, width, height, 3, False) for _ in range(r.randrange(1, leaves + 1))]
    root = {"id": "root", "kind": {"collection": {"mode": r.choice(("group", "stack")), "children": children}}}
    stages.add_node_masks(r, root)
    stages.add_pairs(r, root)
    return {
        "version": "0.3",
        "canvas": {"width": width, "height": height, "background": r.choice(("#00000000", colour(r), colour(r)))},
        "fps": r.choice((30, 23.976, {"num": 25, "den": 1})),
        "duration": 30,
        "seed": r.randrange(1 << 31),
        "assets": made,
        "root": root,
    }


def scene(
    *children: dict[str, Any],
    size: tuple[int, int] = (64, 48),
    duration: int = 30,
    assets: dict[str, Any] | None = None,
    root_mode: Any = "stack",
    **top: Any,
) -> dict[str, Any]:
    """Return a document of nodes made by `leaf` and `collection`; the assets of their leaves that are colours are added."""
    made = dict(assets or {})
    for child in children:
        for name in _asset_names(child):
            if name.startswith("#"):
                made.setdefault(name, {"solid_rect": {"color": name}})
    canvas = {"width": size[0], "height": size[1]}
    background = top.pop("background", None)
    if background is not None:
        canvas["background"] = background
    root = {"id": "root", "kind": {"collection": {"mode": root_mode, "children": list(children)}}}
    return {"version": "0.3", "canvas": canvas, "duration": duration, "assets": made, "root": root, **top}


def _asset_names(top: dict[str, Any]) -> list[str]:
    names, stack = [], [top]
    while stack:
        node_ = stack.pop()
        kind = node_["kind"]
        if "leaf" in kind:
            names.append(kind["leaf"]["asset"])
        elif "collection" in kind:
            stack += kind["collection"]["children"]
        elif "repeat" in kind:
            stack.append(kind["repeat"]["child"])
    return names


def leaf(
    asset: str, node_id: str = "leaf", *, box: tuple[float, float, float, float] | None = None, **more: Any
) -> Any:
    """Return a leaf node. `asset` is a key, or a colour that `scene` makes a solid of; `box` is (x, y, width, height)."""
    inner = {"asset": asset, **{k: more.pop(k) for k in ("size", "fit", "align", "volume") if k in more}}
    out: dict[str, Any] = {"id": node_id, "kind": {"leaf": inner}, **more}
    if box is not None:
        inner["size"] = [box[2], box[3]]
        out["transform"] = {"translate": [box[0], box[1]], **more.get("transform", {})}
    return out


def collection(node_id: str, *children: dict[str, Any], mode: Any = "group", **more: Any) -> dict[str, Any]:
    """Return a collection node; `mode` may be {"switch": {"active": ...}}."""
    return {"id": node_id, "kind": {"collection": {"mode": mode, "children": list(children)}}, **more}


def crowd(r: Random, count: int) -> dict[str, Any]:
    """Return many leaves of a few kinds, some of which overlap."""
    star: dict[str, Any] = {"path": {"svg_path_d": PATHS[1], "fill": "#c33", "fill_rule": "evenodd"}}
    assets = {"star": star, "ring": {"path": {"svg_path_d": PATHS[2], "fill": "#06c8"}}}
    assets["card"] = {"solid_rect": {"color": "#123456", "radius_px": 6}}
    assets["box"] = {"solid_rect": {"color": "#65432180"}}
    assets["ramp"] = {"gradient": {"start": "#f00", "end": "#00f4"}}
    children = []
    for i in range(count):
        turn = {"translate": [r.uniform(-9, 190), r.uniform(-9, 110)], "rotation_deg": r.choice((0, r.uniform(0, 360)))}
        turn["scale"] = [r.choice((1, -1)) * r.uniform(0.2, 0.8), r.uniform(0.2, 0.8)]
        size = {"size": [30, 20]}
        children.append(leaf(r.choice(list(assets)), f"n{i}", transform=turn, opacity=r.choice((1, 0.5)), **size))
    return scene(collection("all", *children), size=(200, 120), assets=assets)
