"""Closed sets that several layers share. Values are stable: new members go to the end."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["AssetKind", "Blend", "Filter", "Fit", "Lane", "NodeKind", "PixelFormat", "SizeMode"]


class NodeKind(IntEnum):
    """What a node of the scene tree is."""

    LEAF = 0
    GROUP = 1
    STACK = 2
    SEQUENCE = 3
    SWITCH = 4
    COMP_REF = 5  # holds the nodes of another composition


class Lane(IntEnum):
    """Canonical property lanes (spec, section 4.4). A property is (node, lane); LAYOUT_* are reserved."""

    OPACITY = 0
    TRANSLATE_X = 1
    TRANSLATE_Y = 2
    ROTATION_RAD = 3
    SCALE_X = 4
    SCALE_Y = 5
    ANCHOR_X = 6
    ANCHOR_Y = 7
    SKEW_X = 8
    SKEW_Y = 9
    SWITCH_ACTIVE = 10
    LAYOUT_X = 11
    LAYOUT_Y = 12
    LAYOUT_WIDTH = 13
    LAYOUT_HEIGHT = 14
    SIZE_X = 15
    SIZE_Y = 16
    TRIM_START = 17
    TRIM_END = 18
    TRIM_OFFSET = 19
    VOLUME = 20  # of a leaf's sound
    ASSET_VOLUME = 21  # of the asset that it plays; times VOLUME
    PARAM = 255  # no lane of a node: the column drives a parameter (`CompositionIR.params`)


class Blend(IntEnum):
    """Blend modes; the order is that of `ops.registry.BLENDS`."""

    NORMAL = 0
    MULTIPLY = 1
    SCREEN = 2
    OVERLAY = 3
    DARKEN = 4
    LIGHTEN = 5
    COLOR_DODGE = 6
    COLOR_BURN = 7
    SOFT_LIGHT = 8
    HARD_LIGHT = 9
    DIFFERENCE = 10
    EXCLUSION = 11


class AssetKind(IntEnum):
    """What a leaf shows."""

    NULL = 0
    SOLID = 1
    GRADIENT = 2
    NOISE = 3
    IMAGE = 4
    VIDEO = 5
    AUDIO = 6
    SHAPE = 7  # outlines with paints: paths, text
    ROUNDED = 8  # a solid rectangle with rounded corners: its outline follows its box


class Fit(IntEnum):
    """How content fills its box (CSS object-fit)."""

    FILL = 0
    CONTAIN = 1
    COVER = 2
    NONE = 3
    SCALE_DOWN = 4


class SizeMode(IntEnum):
    """Where a leaf's box comes from."""

    DEFAULT = 0  # the canvas for generated assets, the intrinsic size for others
    LANES = 1  # SIZE_X, SIZE_Y
    CANVAS = 2


class Filter(IntEnum):
    """How an image is sampled between texels."""

    BILINEAR = 0
    NEAREST = 1


class PixelFormat(IntEnum):
    """What a texel of a surface is. Colours are premultiplied and sRGB-encoded; 8.8 is 256 times the value of 8 bits."""

    RGBA8_PREMUL = 0  # one u32, R in bits 0..7; in NumPy (H, W) uint32
    RGBA16_PREMUL = 1  # two u32, four channels in 8.8, R in the lowest bits; in NumPy (H, W, 4) uint16
    ALPHA16 = 2  # one u32, an alpha in 8.8; in NumPy (H, W) uint16

    @property
    def words(self) -> int:
        """How many u32 a texel has."""
        return 2 if self == PixelFormat.RGBA16_PREMUL else 1

    @property
    def texture(self) -> str:
        """The storage format of its texture."""
        return "rg32uint" if self == PixelFormat.RGBA16_PREMUL else "r32uint"
