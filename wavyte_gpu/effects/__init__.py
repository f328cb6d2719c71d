"""Effects: what happens to the content of a node. The kinds in the order of their ids; new ones go to the end."""

from __future__ import annotations

from wavyte_gpu.effects.blur import BLUR
from wavyte_gpu.effects.colour import (
    BRIGHTNESS,
    COLOR_MATRIX,
    CONTRAST,
    GRAYSCALE,
    HUE_ROTATE,
    INVERT,
    SATURATE,
    SEPIA,
    TINT,
)
from wavyte_gpu.effects.definition import EffectDef
from wavyte_gpu.effects.inline import CLIP_PATH, CLIP_RECT, OPACITY_MUL, TRANSFORM_POST
from wavyte_gpu.effects.shadow import DROP_SHADOW, GLOW, INNER_SHADOW

__all__ = ["EFFECTS"]

EFFECTS: tuple[EffectDef, ...] = (
    OPACITY_MUL,
    TRANSFORM_POST,
    BLUR,
    DROP_SHADOW,
    INNER_SHADOW,
    GLOW,
    BRIGHTNESS,
    CONTRAST,
    SATURATE,
    GRAYSCALE,
    SEPIA,
    INVERT,
    HUE_ROTATE,
    TINT,
    COLOR_MATRIX,
    CLIP_RECT,
    CLIP_PATH,
)
