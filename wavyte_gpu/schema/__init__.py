"""The composition document: pydantic models in one canonical form, shorthands, checks, JSON Schema.

    reader      the state of a reading: problems, place, clock, names in scope
    spec        what a field may hold: reads, checks and describes one kind of value
    model       base of the models; an object of fields is read by the specs of its fields
    ease values anim anim_spec paint variables transform layout mask kinds effects assets node document    the models
    scope bindings node_range    names, references and times across a composition
    source positions validate    text to JSON to a document, every problem with its line and column
    json_schema    the published JSON Schema

Strings live here and nowhere below. Nothing here opens an asset or a device.
"""

from wavyte_gpu.schema.anim import (
    Anim,
    Constant,
    Expr,
    Key,
    Keyframes,
    Noise1d,
    Procedural,
    Sine,
    SplitVec2,
)
from wavyte_gpu.schema.assets import (
    Asset,
    Audio,
    Image,
    Noise,
    Null,
    Path,
    SolidRect,
    Stroke,
    Svg,
    TextAsset,
    TextRun,
    Trim,
    Video,
)
from wavyte_gpu.schema.document import Canvas, Composition, Document
from wavyte_gpu.schema.ease import CubicBezier, Ease, NamedEase, Spring
from wavyte_gpu.schema.effects import Effect, Transition
from wavyte_gpu.schema.fps import Fps
from wavyte_gpu.schema.json_schema import document_schema
from wavyte_gpu.schema.kinds import EFFECTS, TRANSITIONS, KindSpec, ParamSpec
from wavyte_gpu.schema.layout import Auto, Edges, Fr, GridLine, Inset, Layout, Padding, Percent, Px, Size
from wavyte_gpu.schema.mask import (
    EllipseShape,
    Mask,
    MaskAsset,
    MaskNode,
    PathShape,
    RectShape,
    RoundedRectShape,
    Stencil,
)
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node, Repeat, TimeMap
from wavyte_gpu.schema.paint import Gradient
from wavyte_gpu.schema.reveal import Reveal, UnitTransform
from wavyte_gpu.schema.source import load_source
from wavyte_gpu.schema.transform import Anchor, Transform
from wavyte_gpu.schema.validate import load_document, parse_document
from wavyte_gpu.schema.variables import Variable, read_variable_value

__all__ = [
    "EFFECTS",
    "TRANSITIONS",
    "Anchor",
    "Anim",
    "Asset",
    "Audio",
    "Auto",
    "Canvas",
    "Collection",
    "CompRef",
    "Composition",
    "Constant",
    "CubicBezier",
    "Document",
    "Ease",
    "Edges",
    "Effect",
    "EllipseShape",
    "Expr",
    "Fps",
    "Fr",
    "Gradient",
    "GridLine",
    "Image",
    "Inset",
    "Key",
    "Keyframes",
    "KindSpec",
    "Layout",
    "Leaf",
    "Mask",
    "MaskAsset",
    "MaskNode",
    "NamedEase",
    "Node",
    "Noise",
    "Noise1d",
    "Null",
    "Padding",
    "ParamSpec",
    "Path",
    "PathShape",
    "Percent",
    "Procedural",
    "Px",
    "RectShape",
    "Repeat",
    "Reveal",
    "RoundedRectShape",
    "Sine",
    "Size",
    "SolidRect",
    "SplitVec2",
    "Spring",
    "Stencil",
    "Stroke",
    "Svg",
    "TextAsset",
    "TextRun",
    "TimeMap",
    "Transform",
    "Transition",
    "Trim",
    "UnitTransform",
    "Variable",
    "Video",
    "document_schema",
    "load_document",
    "load_source",
    "parse_document",
    "read_variable_value",
]
