"""Colours as the document writes them, turned into one form: straight (not premultiplied) float64 RGBA in 0..1.

Values are sRGB-encoded, as CSS has them. Named colours are those of CSS Color 4, section 6.1, and `transparent`.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from wavyte_gpu.foundation.errors import nearest

__all__ = ["NAMED_COLOURS", "TRANSPARENT", "WHITE", "ColourError", "Rgba", "parse_colour", "premultiply_8bit"]


class Rgba(NamedTuple):
    """A straight colour, sRGB-encoded, every component a float64 in 0..1."""

    r: float
    g: float
    b: float
    a: float


class ColourError(ValueError):
    """What was written is no colour. `found`, `allowed` and `hint` go into the `Problem`."""

    def __init__(self, message: str, *, found: str, allowed: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.found = found
        self.allowed = allowed
        self.hint = hint


TRANSPARENT = Rgba(0.0, 0.0, 0.0, 0.0)
WHITE = Rgba(1.0, 1.0, 1.0, 1.0)

_NAMES = """
aliceblue:f0f8ff antiquewhite:faebd7 aqua:00ffff aquamarine:7fffd4 azure:f0ffff beige:f5f5dc bisque:ffe4c4
black:000000 blanchedalmond:ffebcd blue:0000ff blueviolet:8a2be2 brown:a52a2a burlywood:deb887 cadetblue:5f9ea0
chartreuse:7fff00 chocolate:d2691e coral:ff7f50 cornflowerblue:6495ed cornsilk:fff8dc crimson:dc143c cyan:00ffff
darkblue:00008b darkcyan:008b8b darkgoldenrod:b8860b darkgray:a9a9a9 darkgreen:006400 darkgrey:a9a9a9
darkkhaki:bdb76b darkmagenta:8b008b darkolivegreen:556b2f darkorange:ff8c00 darkorchid:9932cc darkred:8b0000
darksalmon:e9967a darkseagreen:8fbc8f darkslateblue:483d8b darkslategray:2f4f4f darkslategrey:2f4f4f
darkturquoise:00ced1 darkviolet:9400d3 deeppink:ff1493 deepskyblue:00bfff dimgray:696969 dimgrey:696969
dodgerblue:1e90ff firebrick:b22222 floralwhite:fffaf0 forestgreen:228b22 fuchsia:ff00ff gainsboro:dcdcdc
ghostwhite:f8f8ff gold:ffd700 goldenrod:daa520 gray:808080 green:008000 greenyellow:adff2f grey:808080
honeydew:f0fff0 hotpink:ff69b4 indianred:cd5c5c indigo:4b0082 ivory:fffff0 khaki:f0e68c lavender:e6e6fa
lavenderblush:fff0f5 lawngreen:7cfc00 lemonchiffon:fffacd lightblue:add8e6 lightcoral:f08080 lightcyan:e0ffff
lightgoldenrodyellow:fafad2 lightgray:d3d3d3 lightgreen:90ee90 lightgrey:d3d3d3 lightpink:ffb6c1
lightsalmon:ffa07a lightseagreen:20b2aa lightskyblue:87cefa lightslategray:778899 lightslategrey:778899
lightsteelblue:b0c4de lightyellow:ffffe0 lime:00ff00 limegreen:32cd32 linen:faf0e6 magenta:ff00ff maroon:800000
mediumaquamarine:66cdaa mediumblue:0000cd mediumorchid:ba55d3 mediumpurple:9370db mediumseagreen:3cb371
mediumslateblue:7b68ee mediumspringgreen:00fa9a mediumturquoise:48d1cc mediumvioletred:c71585
midnightblue:191970 mintcream:f5fffa mistyrose:ffe4e1 moccasin:ffe4b5 navajowhite:ffdead navy:000080
oldlace:fdf5e6 olive:808000 olivedrab:6b8e23 orange:ffa500 orangered:ff4500 orchid:da70d6 palegoldenrod:eee8aa
palegreen:98fb98 paleturquoise:afeeee palevioletred:db7093 papayawhip:ffefd5 peachpuff:ffdab9 peru:cd853f
pink:ffc0cb plum:dda0dd powderblue:b0e0e6 purple:800080 rebeccapurple:663399 red:ff0000 rosybrown:bc8f8f
royalblue:4169e1 saddlebrown:8b4513 salmon:fa8072 sandybrown:f4a460 seagreen:2e8b57 seashell:fff5ee
sienna:a0522d silver:c0c0c0 skyblue:87ceeb slateblue:6a5acd slategray:708090 slategrey:708090 snow:fffafa
springgreen:00ff7f steelblue:4682b4 tan:d2b48c teal:008080 thistle:d8bfd8 tomato:ff6347 turquoise:40e0d0
violet:ee82ee wheat:f5deb3 white:ffffff whitesmoke:f5f5f5 yellow:ffff00 yellowgreen:9acd32
"""
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", re.ASCII)
_FORMS = '"#rgb", "#rrggbb", "#rrggbbaa", {r, g, b, a}, {h, s, l, a}, [r, g, b], [r, g, b, a] or a CSS name'


def _from_hex(text: str) -> Rgba:
    digits = text[1:]
    if len(digits) <= 4:
        digits = "".join(d * 2 for d in digits)
    values = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
    return Rgba(values[0], values[1], values[2], values[3] if len(values) == 4 else 1.0)


NAMED_COLOURS: dict[str, Rgba] = {
    name: _from_hex("#" + value) for name, value in (entry.split(":") for entry in _NAMES.split())
}
NAMED_COLOURS["transparent"] = TRANSPARENT


def parse_colour(raw: Any) -> Rgba:
    """Return the colour that a JSON value writes.

    Args:
        raw: any form of the document: `#hex`, a CSS name, an object of r, g, b, a (0..1) or of h (degrees), s, l, a
            (0..1), or a list of three or four numbers in 0..1.

    Raises:
        ColourError: when it is none of them, or a component is outside its range.
    """
    if isinstance(raw, Rgba):
        return raw
    if isinstance(raw, str):
        return _from_text(raw)
    if isinstance(raw, list | tuple):
        if len(raw) not in (3, 4):
            raise ColourError("a colour list has three or four numbers", found=f"{len(raw)} items", allowed=_FORMS)
        return Rgba(*(_unit(value, f"component {i}") for i, value in enumerate([*raw, 1.0][:4])))
    if isinstance(raw, dict):
        return _from_object(raw)
    raise ColourError("a colour is expected", found=_brief(raw), allowed=_FORMS)


def premultiply_8bit(rgba: Rgba) -> tuple[int, int, int, int]:
    """Return the premultiplied 8-bit form of a straight colour, every channel rounded once and colour <= alpha.

    Args:
        rgba: straight float64 in 0..1; values outside are clamped first.

    Returns:
        r, g, b, a in 0..255: `a = floor(255 a + 1/2)`, `c = min(floor(255 c a + 1/2), a)`.
    """
    r, g, b, a = (min(max(float(v), 0.0), 1.0) for v in rgba)
    alpha = math.floor(a * 255 + 0.5)
    red, green, blue = (min(math.floor(v * a * 255 + 0.5), alpha) for v in (r, g, b))
    return red, green, blue, alpha


def _from_text(text: str) -> Rgba:
    if text.startswith("#"):
        if _HEX.fullmatch(text):
            return _from_hex(text)
        raise ColourError("this is no hex colour", found=repr(text), allowed='"#rgb", "#rrggbb" or "#rrggbbaa"')
    colour = NAMED_COLOURS.get(text.strip().lower())
    if colour is None:
        raise ColourError(
            "unknown colour", found=repr(text[:80]), allowed=_FORMS, hint=nearest(text[:80].lower(), NAMED_COLOURS)
        )
    return colour


def _from_object(raw: dict[Any, Any]) -> Rgba:
    keys = set(raw)
    if keys in ({"r", "g", "b"}, {"r", "g", "b", "a"}):
        return Rgba(*(_unit(raw.get(key, 1.0), key) for key in "rgba"))
    if keys in ({"h", "s", "l"}, {"h", "s", "l", "a"}):
        hue = _number(raw["h"], "h")
        return _from_hsl(hue, _unit(raw["s"], "s"), _unit(raw["l"], "l"), _unit(raw.get("a", 1.0), "a"))
    found = ", ".join(sorted(str(key)[:20] for key in list(raw)[:8]))
    raise ColourError("a colour object has r, g, b or h, s, l, and may have a", found=f"{{{found}}}", allowed=_FORMS)


def _from_hsl(hue_deg: float, saturation: float, lightness: float, alpha: float) -> Rgba:
    """CSS Color 4, section 7.1 (hsl to rgb)."""
    chroma = saturation * min(lightness, 1.0 - lightness)

    def channel(n: int) -> float:
        k = (n + hue_deg / 30.0) % 12.0
        return min(max(lightness - chroma * max(-1.0, min(k - 3.0, 9.0 - k, 1.0)), 0.0), 1.0)

    return Rgba(channel(0), channel(8), channel(4), alpha)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ColourError(f"colour {what} is a number", found=_brief(value))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ColourError(f"colour {what} must be finite", found=_brief(value))
    return number


def _unit(value: Any, what: str) -> float:
    number = _number(value, what)
    if 0.0 <= number <= 1.0:
        return number
    hint = f"divide by 255: {min(number, 255.0) / 255:.4g}" if number > 1.0 else None
    raise ColourError(f"colour {what} is outside 0..1", found=_brief(value), allowed="0..1", hint=hint)


def _brief(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."
