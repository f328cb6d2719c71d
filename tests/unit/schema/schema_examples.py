"""Documents of the schema tests: the interface's example, and one document that uses every form once."""

from __future__ import annotations

from typing import Any

HELLO: dict[str, Any] = {
    "version": "0.3",
    "canvas": {"width": 640, "height": 360},
    "fps": {"num": 30, "den": 1},
    "duration": 60,
    "seed": 7,
    "variables": {"brand": "#ff5500", "title": "Hello"},
    "assets": {
        "bg": {"gradient": {"start": "#101828", "end": "#334455"}},
        "photo": {"image": {"source": "chelsea.png"}},
    },
    "root": {
        "id": "root",
        "kind": {
            "collection": {
                "mode": "stack",
                "children": [
                    {"id": "back", "kind": {"leaf": {"asset": "bg"}}},
                    {
                        "id": "cat",
                        "kind": {"leaf": {"asset": "photo"}},
                        "range": [5, 60],
                        "transform": {
                            "translate": [320, 180],
                            "anchor": "center",
                            "scale": 0.5,
                            "rotation_deg": {
                                "keyframes": [
                                    {"frame": 0, "value": -5, "ease": "ease_in_out"},
                                    {"frame": 40, "value": 5},
                                ]
                            },
                        },
                        "opacity": "=clamp(time.seconds * 2, 0, 1)",
                        "blend": "screen",
                        "effects": [{"blur": 6}],
                        "transition_in": {
                            "kind": "iris",
                            "duration_frames": 12,
                            "params": {"shape": "circle", "soft_edge": 0.1},
                        },
                    },
                ],
            }
        },
    },
}

SINE = {"sine": {"amp": 1, "freq_hz": 2, "phase": 0, "offset": 0.5}}
NOISE = {"noise1d": {"amp": 1, "freq_hz": 2, "offset": 0.5}}

ANIMS: list[Any] = [
    3,
    0.25,
    "=time.progress",
    {"expr": "=time.progress"},
    {"keyframes": [{"frame": 0, "value": 0}, {"frame": "1.5s", "value": 1, "ease": "bounce_in_out"}]},
    {"keyframes": {"keys": [{"frame": 0, "value": 0, "name": "k", "meta": {"a": 1}}], "mode": "hold", "default": 2}},
    {"keyframes": {"keys": [], "default": 2, "mode": {"cubic_bezier": [0.4, 0, 0.2, 1]}}},
    {"keyframes": [{"frame": 3, "value": 1, "ease": {"spring": {"stiffness": 100, "damping": 10, "mass": 1}}}]},
    {"procedural": {"kind": "scalar", "params": SINE}},
    {"procedural": {"kind": "scalar", "params": NOISE}},
    {"procedural": SINE},
    NOISE,
]
VEC2_ANIMS: list[Any] = [
    [1, 2],
    {"x": 1, "y": 2},
    ["=time.frame", 2],
    {"x": {"keyframes": [{"frame": 0, "value": 1}]}, "y": SINE},
    {"keyframes": [{"frame": 0, "value": [1, 2]}, {"frame": 9, "value": {"x": 3, "y": 4}}]},
    {"procedural": {"kind": "vec2", "params": {"x": SINE, "y": NOISE}}},
    {"procedural": {"kind": "scalar", "params": SINE}},
]
COLOURS: list[Any] = [
    "#f50",
    "#ff5500",
    "#ff550080",
    {"r": 1, "g": 0.5, "b": 0},
    {"r": 1, "g": 0.5, "b": 0, "a": 0.5},
    {"h": 200, "s": 0.5, "l": 0.5, "a": 1},
    {"h": -30, "s": 1, "l": 0.25},
    [1, 0.5, 0],
    [1, 0.5, 0, 0.25],
    "rebeccapurple",
    "transparent",
]
EFFECTS: list[Any] = [
    {"kind": "blur", "params": {"radius_px": 3}},
    {"kind": "blur"},
    {"blur": {"radius": 3}},
    {"blur": {"sigma": "=vars.size"}},
    {"blur": {"radius_x": 3, "radius_y": 0}},
    {"blur": {"keyframes": [{"frame": 0, "value": 1}]}},
    {"opacity_mul": 0.5},
    {"transform_post": {"translate": [1, 2], "rotation_deg": 3, "scale": 2}},
    {"transform_post": {"affine": [1, 0, 0, 1, 5, 6]}},
    {"drop_shadow": {"offset": [2, 2], "radius_px": 4, "color": "black", "spread": 1, "only": True}},
    {"inner_shadow": {}},
    {"glow": {"sigma": 4, "color": "#ff0"}},
    {"brightness": 1.2},
    {"hue_rotate": 90},
    {"hue_rotate": {"degrees": SINE}},
    {"tint": "red"},
    {"tint": {"h": 1, "s": 1, "l": 0.5}},
    {"tint": {"color": "red", "amount": 0.5}},
    {"color_matrix": [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]},
    {"clip_rect": [0, 0, 10, "=vars.size"]},
    {"clip_rect": {"rect": [0, 0, 10, 10], "radius": 3}},
    {"clip_path": "M0 0L10 0L0 10Z"},
    {"sepia": 1, "name": "old", "meta": [1]},
]
TRANSITIONS: list[Any] = [
    {"kind": "crossfade", "duration_frames": 5},
    {"kind": "wipe", "duration_frames": "0.5s", "ease": "expo_in", "params": {"dir": "ltr", "soft_edge": 0.2}},
    {"kind": "slide", "duration_frames": 5, "params": {"dir": "up", "push": True}},
    {"kind": "zoom", "duration_frames": 5, "params": {"origin": [0.5, 0.5], "from_scale": 0.5}},
    {"kind": "iris", "duration_frames": 5, "ease": {"spring": {"stiffness": 1, "damping": 1, "mass": 1}}},
]
ASSETS: dict[str, Any] = {
    "image": {"image": {"source": "a.png", "filter": "nearest", "name": "A", "meta": None}},
    "svg": {"svg": {"source": "data:image/svg+xml,<svg/>"}},
    "path": {
        "path": {
            "svg_path_d": "M0 0L9 9",
            "fill": {"gradient": {"start": "red", "end": "blue"}},
            "fill_rule": "evenodd",
            "stroke": {
                "color": "red",
                "width": SINE,
                "cap": "round",
                "join": "bevel",
                "miter_limit": 2,
                "dash": [3, 4],
                "dash_offset": 1,
            },
            "trim": {"start": 0, "end": "=time.progress", "offset": 0.1},
        }
    },
    "bare_path": {
        "path": {"svg_path_d": "M0 0L9 9", "fill": "none", "stroke": {"gradient": {"start": "red", "end": "blue"}}}
    },
    "text": {
        "text": {
            "text": "Hi {{title}}",
            "font_source": "f.ttf",
            "size_px": 20,
            "color": "red",
            "max_width_px": 100,
            "max_lines": 2,
            "overflow": "ellipsis",
            "align": "center",
            "line_height": 1.1,
            "letter_spacing_px": 0.5,
            "weight": 600,
            "axes": {"wght": 600},
            "features": {"liga": 0, "tnum": True},
            "reveal": {
                "unit": "word",
                "start": 0,
                "end": "=time.progress",
                "offset": 0.1,
                "softness": 2.5,
                "ease": "back_out",
                "opacity": 0.2,
                "transform": {"translate": [0, 20], "rotation_deg": 9, "scale": 0.5, "anchor": "baseline"},
            },
        }
    },
    "runs": {
        "text": {"runs": [{"text": "a"}, {"text": "b", "color": "red", "size_px": 3}], "features": ["tnum", "-liga"]}
    },
    "video": {
        "video": {
            "source": "a.mp4",
            "trim_start_sec": 1,
            "trim_end_sec": 2.5,
            "playback_rate": 2,
            "volume": 0.5,
            "mute": True,
            "fade_in_sec": 1,
            "fade_out_sec": 0,
        }
    },
    "audio": {"audio": {"source": "a.mp3"}},
    "rect": {"solid_rect": {"color": "=vars.brand", "radius_px": 3}},
    "grad": {
        "gradient": {
            "type": "radial",
            "stops": [[0, "red"], [0.5, "=vars.brand"], [0.5, "#000"]],
            "center": [0.5, 0.5],
            "radius": 1,
        }
    },
    "line": {"gradient": {"stops": [[0, "red"], [1, "blue"]], "from": [0, 0], "to": [1, 1]}},
    "turn": {"gradient": {"stops": [[0, "red"], [1, "blue"]], "angle_deg": 45}},
    "cone": {"gradient": {"type": "conic", "start": "red", "end": "blue", "center": [0.5, 0.5], "angle_deg": SINE}},
    "noise": {"noise": {"seed": 3}},
    "null": "null",
}
VARIABLES: dict[str, Any] = {
    "size": 3,
    "flag": True,
    "point": [1, 2],
    "brand": "#ff5500",
    "title": "Hello",
    "n": {"type": "number", "default": 3, "label": "N", "min": 0, "max": 9},
    "b": {"type": "bool", "default": False},
    "v": {"type": "vec2", "default": {"x": 1, "y": 2}},
    "c": {"type": "color", "default": "red"},
    "t": {"type": "text", "required": True},
    "a": {"type": "asset", "default": "image"},
    "ch": {"type": "choice", "choices": ["x", "y"], "default": "x"},
    "rows": {"type": "list", "default": [{"name": "a"}, {"name": "b"}]},
}
MASKS: list[Any] = [
    {"source": {"node": "n0"}, "mode": "luma"},
    {"source": {"asset": "image"}, "mode": {"stencil": {"threshold": 0.5}}, "inverted": True},
    {"source": {"shape": {"rect": {"width": 3, "height": 4}}}},
    {"source": {"shape": {"rounded_rect": {"x": 1, "y": 2, "width": 3, "height": 4, "radius": 1}}}, "mode": "alpha"},
    {"source": {"shape": {"ellipse": {"rx": 3, "ry": 4}}}},
    {"source": {"shape": {"path": {"svg_path_d": "M0 0"}}}},
]
LAYOUTS: list[Any] = [
    {},
    {
        "display": "flex",
        "direction": "column",
        "wrap": "wrap",
        "justify_content": "space_between",
        "align_items": "center",
        "align_content": "stretch",
        "align_self": "end",
        "position": "absolute",
        "gap_px": [3, "=vars.size"],
        "padding_px": 3,
        "margin_px": {"top": 1, "left": SINE},
        "flex_grow": 1,
        "flex_shrink": 0,
        "flex_basis": "50%",
        "size": {"width": "auto", "height": {"px": 30}},
        "min_size": {"width": {"percent": 0.5}},
        "max_size": [100, "50%"],
        "aspect_ratio": 1.5,
        "inset_px": {"left": 3, "top": "10%"},
    },
    {
        "display": "grid",
        "template_columns": ["1fr", "auto", 30, {"fr": 2}],
        "template_rows": ["50%"],
        "column": [1, 3],
        "row": "span 2",
    },
    {"gap_px": 4, "padding_px": [1, 2, 3, 4], "column": 2, "row": {"start": 1, "span": 2}, "inset_px": 0},
]
TRANSFORMS: list[Any] = [
    {},
    {
        "translate": {"x": 1, "y": 2},
        "rotation_deg": 3,
        "scale": {"x": 1, "y": 2},
        "anchor": {"x": 0, "y": 0},
        "skew_deg": [1, 0],
    },
    {"anchor": ["50%", "25.5%"]},
    {"anchor": ["50%", 10]},
    {"anchor": [3, 4], "scale": "=vars.point"},
    {"anchor": "=vars.point", "rotation_rad": 1},
]


def leaf(node_id: str, asset: str = "rect", **fields: Any) -> dict[str, Any]:
    """Return a leaf node."""
    return {"id": node_id, "kind": {"leaf": {"asset": asset}}, **fields}


def document(children: list[Any], mode: Any = "stack", **fields: Any) -> dict[str, Any]:
    """Return a document with all assets and variables above and the given children."""
    return {
        "version": "0.3",
        "canvas": {"width": 64, "height": 48},
        "duration": 90,
        "variables": VARIABLES,
        "assets": ASSETS,
        "root": {"id": "root", "kind": {"collection": {"mode": mode, "children": children}}},
        **fields,
    }


INNER: dict[str, Any] = {
    "canvas": {"width": 8, "height": 8},
    "fps": 25,
    "duration": "2s",
    "variables": {"t": "x", "n": 3},
    "root": {"id": "root", "kind": {"collection": {"mode": "group", "children": []}}},
}


def everything() -> dict[str, Any]:
    """Return a document that uses every form once."""
    nodes = [leaf(f"a{i}", asset=key) for i, key in enumerate(ASSETS)]
    nodes += [leaf(f"n{i}", opacity=anim) for i, anim in enumerate(ANIMS)]
    nodes += [leaf(f"v{i}", transform={"translate": anim}) for i, anim in enumerate(VEC2_ANIMS)]
    nodes += [leaf(f"e{i}", effects=[effect]) for i, effect in enumerate(EFFECTS)]
    nodes += [leaf(f"c{i}", effects=[{"tint": {"color": colour}}]) for i, colour in enumerate(COLOURS)]
    nodes += [leaf(f"x{i}", transition_in=t, transition_out=t) for i, t in enumerate(TRANSITIONS)]
    nodes += [leaf(f"m{i}", mask=mask, mask_only=i == 1) for i, mask in enumerate(MASKS)]
    nodes += [leaf(f"l{i}", layout=layout) for i, layout in enumerate(LAYOUTS)]
    nodes += [leaf(f"t{i}", transform=transform) for i, transform in enumerate(TRANSFORMS)]
    nodes += [
        {
            "id": "switch",
            "kind": {"collection": {"mode": {"switch": {"active": "=vars.size"}}, "children": [leaf("s0")]}},
        },
        {"id": "ref", "kind": {"comp_ref": {"composition": "inner", "variables": {"t": "y", "n": "=vars.size"}}}},
        {
            "id": "ref2",
            "kind": {"comp_ref": {"composition": INNER, "time": {"offset": "1s", "scale": -2, "clip": [0, "1s"]}}},
        },
        {"id": "repeat", "kind": {"repeat": {"items": 3, "mode": "group", "child": leaf("r")}}},
        {
            "id": "rows",
            "enabled": "=vars.flag",
            "kind": {"repeat": {"items": "=vars.rows", "child": leaf("r2", enabled=False, blend="color_dodge")}},
        },
        {
            "id": "seq",
            "kind": {
                "collection": {
                    "mode": "sequence",
                    "children": [
                        leaf("q0", range=[0, "1s"]),
                        leaf("q1", asset="video"),
                        {"id": "q2", "kind": {"comp_ref": {"composition": "inner"}}},
                    ],
                }
            },
        },
        {
            "id": "sized",
            "kind": {"leaf": {"asset": "image", "size": "canvas", "fit": "cover", "align": [0, 1], "volume": SINE}},
        },
        {
            "id": "sized2",
            "name": "named",
            "meta": {"a": [1]},
            "kind": {"leaf": {"asset": "image", "size": [10, "=vars.size"]}},
        },
    ]
    return document(
        nodes, compositions={"inner": INNER}, **{"$schema": "x.json", "name": "all", "meta": {"golden": [0]}}
    )
