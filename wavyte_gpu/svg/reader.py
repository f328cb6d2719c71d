"""Read an SVG file: walk its elements and collect what they draw, in px of the picture (SVG 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.raster.gradient import Affine, Box, compose, invert
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.shapes import rect
from wavyte_gpu.raster.unite import Budget
from wavyte_gpu.svg.clips import clip_items, joined
from wavyte_gpu.svg.context import Context, opacity
from wavyte_gpu.svg.images import image_fill
from wavyte_gpu.svg.painting import NeedsRaster, faded, paint_shape
from wavyte_gpu.svg.remains import cut_out, definitions
from wavyte_gpu.svg.scene import Fill, Group, Item, Scene, SvgError
from wavyte_gpu.svg.servers import href
from wavyte_gpu.svg.shapes import SHAPES, shape_outline
from wavyte_gpu.svg.source import SVG, Element, parse
from wavyte_gpu.svg.style import apply_styles
from wavyte_gpu.svg.text import is_plain, text_spans
from wavyte_gpu.svg.values import fit_viewbox, length, numbers, transform
from wavyte_gpu.text import FontBook

__all__ = ["MAX_DEPTH", "MAX_DRAWN", "MAX_REMAINS", "MAX_SIZE_PX", "MAX_WORK", "read_svg"]

MAX_SIZE_PX = 1e6
MAX_DRAWN = 20_000
MAX_DEPTH = 128
MAX_WORK = 1 << 28  # for uniting paths, of 8,000 strokes that are simple: half a minute
MAX_REMAINS = 32  # elements that resvg draws, each in a process of its own; of more it draws the whole picture
_CLIPPED = 10  # elements that one counts as which is clipped inside a clip path
_MAX_NOTES = 32
_DEFAULT_SIZE = (300.0, 150.0)  # CSS, replaced elements without any size

_CONTAINERS = frozenset(SVG + name for name in ("g", "a"))
_SILENT_NAMES = """
    defs symbol clipPath mask marker pattern linearGradient radialGradient filter style title desc metadata script view
    cursor font font-face animate animateTransform animateMotion animateColor set solidcolor
"""
_SILENT = frozenset(SVG + name for name in _SILENT_NAMES.split())


def read_svg(data: bytes, book: FontBook) -> Scene:
    """Return what an SVG file draws.

    Args:
        book: owner of fonts and glyph outlines.

    Raises:
        SvgError: it is no SVG file, or exceeds a bound.
    """
    root = parse(data)
    reader = _Reader(root, book, apply_styles(root))
    try:
        size, items = reader.picture()
    except LimitError as error:
        raise SvgError(str(error), limit=True) from None
    return Scene(size, items, tuple(reader.notes))


class _TooManyRemains(Exception):
    """The picture is left to resvg as a whole."""


class _Extent(NamedTuple):
    """The geometry of a shape, in its own space, and the map to px of the picture."""

    outline: Outline
    matrix: Affine


class _Reader:
    def __init__(self, root: Element, book: FontBook, notes: list[tuple[str, int | None]]) -> None:
        self.root, self.book = root, book
        self.notes = notes[:_MAX_NOTES]
        self._ids: dict[str, Element] = {}
        for element in root.iter(SVG + "*"):
            key = element.get("id")
            if key:
                self._ids.setdefault(key, element)
        self._extents: list[_Extent] = []
        self._drawn = self._remains = 0
        self._budget, self._spent = Budget(MAX_WORK), False
        self._shared: str | None = None
        self._size = (0.0, 0.0)

    # the picture

    def picture(self) -> tuple[tuple[float, float], tuple[Item, ...]]:
        """Return size and items of the root element."""
        root = self.root
        try:
            box = self._viewbox(root)
            self._size = width, height = self._root_size(box)
            matrix = fit_viewbox(box, root.get("preserveAspectRatio", ""), width, height) if box else None
        except ValueError as error:
            raise SvgError(f"the size of the root element: {error}", root.sourceline) from None
        if not (0.0 < width <= MAX_SIZE_PX and 0.0 < height <= MAX_SIZE_PX):
            raise SvgError(f"it is {width:g} x {height:g} px; allowed: above 0, at most {MAX_SIZE_PX:g}", limit=True)
        context = Context((box[2], box[3]) if box else (width, height), {}).inside(root)
        if matrix is not None:
            context = context.moved(matrix)
        try:
            items = self._stages(root, context, self._children(root, context), 0)
        except _TooManyRemains:
            self.notes.clear()
            self._remains = -1
            items = self._raster(root, Context(self._size, {}), f"more than {MAX_REMAINS} elements that need it")
        frame = rect(0.0, 0.0, width, height)
        return (width, height), tuple(clip_items(items, frame, False, Budget(MAX_WORK)))

    def _root_size(self, box: list[float] | None) -> tuple[float, float]:
        texts = [self.root.get(name, "auto").strip() for name in ("width", "height")]
        default = (box[2], box[3]) if box else _DEFAULT_SIZE
        found = [None if t in ("", "auto") else length(t, w) for t, w in zip(texts, default, strict=True)]
        width, height = found
        if width is None and height is None:
            return default
        if width is None or height is None:
            if box is None:
                return default[0] if width is None else width, default[1] if height is None else height
            return (width, width * box[3] / box[2]) if width is not None else (height * box[2] / box[3], height)  # type: ignore[operator,return-value]
        return width, height

    def _viewbox(self, element: Element) -> list[float] | None:
        text = element.get("viewBox")
        if text is None:
            return None
        box = numbers(text)
        if len(box) != 4:
            raise ValueError(f"a viewBox takes 4 numbers, not {len(box)}")
        return box if box[2] > 0.0 and box[3] > 0.0 else None

    # elements

    def draw(self, element: Element, parent: Context) -> list[Item]:
        """Return what an element draws."""
        tag = element.tag
        if not isinstance(tag, str) or not tag.startswith(SVG) or tag in _SILENT:
            return []
        if element.get("display", "").strip() == "none":
            return []
        self._count(element)
        if parent.depth > MAX_DEPTH:
            raise SvgError(f"its elements nest deeper than {MAX_DEPTH}", element.sourceline, limit=True)
        first = len(self._extents)
        try:
            context = parent.inside(element).moved(transform(element.get("transform", "")))
            if invert(context.matrix) is None:
                return []
            if element.get("filter", "none").strip() not in ("none", ""):
                raise NeedsRaster("a filter")
            items = self._content(element, context)
            return self._stages(element, context, items, first)
        except NeedsRaster as reason:
            del self._extents[first:]
            return self._raster(element, parent, str(reason))
        except ValueError as error:
            self.note(f"'{tag.removeprefix(SVG)}' is not drawn: {error}", element)
            return []

    def _count(self, element: Element, weight: int = 1) -> None:
        self._drawn += weight
        if self._drawn > MAX_DRAWN:
            raise SvgError(
                f"it draws more than {MAX_DRAWN} elements, references counted", element.sourceline, limit=True
            )

    def note(self, message: str, element: Element) -> None:
        """Note what can't be followed, once."""
        if len(self.notes) < _MAX_NOTES and (message, element.sourceline) not in self.notes:
            self.notes.append((message, element.sourceline))

    def find(self, key: str) -> Element | None:
        """Return the element of an id."""
        return self._ids.get(key)

    def _children(self, element: Element, context: Context) -> list[Item]:
        return [item for child in element for item in self.draw(child, context)]

    def _content(self, element: Element, context: Context) -> list[Item]:
        tag = element.tag
        if tag in SHAPES:
            outline = shape_outline(element, context.viewport, context.font_px, lambda m: self.note(m, element))
            return self._shape(element, outline, context)
        if tag in _CONTAINERS:
            return self._children(element, context)
        match tag.removeprefix(SVG):
            case "svg":
                return self._viewport(element, context, element)
            case "use":
                return self._use(element, context)
            case "switch":
                chosen = next((child for child in element if _passes(child)), None)
                return [] if chosen is None else self.draw(chosen, context)
            case "text":
                return self._text(element, context)
            case "image":
                return self._image(element, context)
            case kind:
                self.note(f"'{kind}' is not drawn", element)
                return []

    def _shape(self, element: Element, outline: Outline, context: Context) -> list[Item]:
        self._extents.append(_Extent(outline, context.matrix))
        items = paint_shape(outline, context, self.find, self._budget)
        if self._budget.left < 0 and not self._spent:
            self._spent = True
            self.note("the file's paths make too much work: from here on, parts of one that overlap show at their edges", element)
        return items

    def _text(self, element: Element, context: Context) -> list[Item]:
        if not is_plain(element):
            raise NeedsRaster("text on a path or with special marks")
        out: list[Item] = []
        for span in text_spans(element, context, self.book, lambda m: self.note(m, element)):
            out += self._shape(element, span.outline, replace(span.context, matrix=context.matrix))
        return out

    def _image(self, element: Element, context: Context) -> list[Item]:
        found = image_fill(element, context)
        if found is None:
            return []
        outline, fill = found
        self._extents.append(_Extent(outline, context.matrix))
        return [] if context.get("visibility", "visible") != "visible" else [fill]

    def _use(self, element: Element, context: Context) -> list[Item]:
        key = href(element)
        target = None if key is None else self.find(key)
        if target is None:
            if key is not None:
                self.note(f"'use' refers to nothing: '{key[:60]}'", element)
            return []
        if any(e is target for e in (*context.uses, *element.iterancestors())):
            self.note(f"'use' refers to '{key}', which holds it", element)
            return []
        width, height = context.viewport
        x = length(element.get("x", "0"), width, context.font_px)
        y = length(element.get("y", "0"), height, context.font_px)
        inner = replace(context.moved((1.0, 0.0, 0.0, 1.0, x, y)), uses=(*context.uses, target))
        if target.tag in (SVG + "symbol", SVG + "svg"):
            if target.get("display", "").strip() == "none":
                return []
            inner = inner.inside(target).moved(transform(target.get("transform", "")))
            first = len(self._extents)
            return self._stages(target, inner, self._viewport(target, inner, element), first)
        return self.draw(target, inner)

    def _viewport(self, element: Element, context: Context, sized: Element) -> list[Item]:
        """Return the content of an inner `svg`, or of a `symbol` that `sized` uses."""
        width, height = context.viewport

        def get(name: str, whole: float, default: str) -> float:
            text = next((t for e in (sized, element) if (t := e.get(name)) not in (None, "auto")), default)
            assert text is not None
            return length(text, whole, context.font_px)

        w, h = get("width", width, "100%"), get("height", height, "100%")
        if element is sized or element.tag == SVG + "svg":
            x, y = (length(element.get(n, "0"), v, context.font_px) for n, v in (("x", width), ("y", height)))
            context = context.moved((1.0, 0.0, 0.0, 1.0, x, y))
        if not (w > 0.0 and h > 0.0):
            return []
        box = self._viewbox(element)
        frame = rect(0.0, 0.0, w, h)
        inner = replace(context, viewport=(box[2], box[3]) if box else (w, h))
        if box is not None:
            inner = inner.moved(fit_viewbox(box, element.get("preserveAspectRatio", ""), w, h))
        items = self._children(element, inner)
        if element.get("overflow", "hidden") in ("visible", "auto"):
            return items
        return clip_items(items, _placed(frame, context.matrix), False, self._budget)

    # what happens to an element as a whole

    def _stages(self, element: Element, context: Context, items: list[Item], first: int) -> list[Item]:
        """Clip, weigh and composite what an element draws; its geometry are the extents from `first` on."""
        if not items:
            return []
        clip = self._referred(element, "clip-path", "clipPath")
        if clip is not None:
            found = self._clip(clip, context, first)
            items = clip_items(items, *found, self._budget) if not found[0].is_empty else []
        mask = self._referred(element, "mask", "mask")
        group = Group(tuple(items))
        if mask is not None and items:
            group = replace(group, mask=self._mask(mask, context, first), luma=mask.get("mask-type") != "alpha")
            if not group.mask:
                return []
        alpha = opacity(element.get("opacity"))
        if alpha <= 0.0 or not items:
            return []
        blend = element.get("mix-blend-mode", "normal").strip()
        isolated = element.get("isolation") == "isolate"
        if blend == "normal" and group.mask is None and not isolated:
            return faded(items, alpha)
        return [replace(group, opacity=alpha, blend=blend, isolated=isolated)]

    def _referred(self, element: Element, name: str, kind: str) -> Element | None:
        text = element.get(name, "none").strip()
        if text in ("none", ""):
            return None
        key = _url(text)
        found = None if key is None else self.find(key)
        if found is None or found.tag != SVG + kind:
            self.note(f"{name}: '{text[:60]}' refers to no {kind}", element)
            return None
        return found

    def _around(self, element: Element, context: Context) -> Context:
        """Return the context of what a clip path or mask holds: its own styles, the space of what refers to it."""
        if element in context.uses:
            raise ValueError(f"'{element.get('id')}' refers to itself")
        if context.depth > MAX_DEPTH:
            raise SvgError(f"its references nest deeper than {MAX_DEPTH}", element.sourceline, limit=True)
        styled = Context(context.viewport, {})
        for above in reversed([element, *element.iterancestors(SVG + "*")]):
            styled = styled.inside(above)
        depth = context.depth + 1
        return replace(styled, matrix=context.matrix, uses=(*context.uses, element), depth=depth)

    def _box(self, first: int, matrix: Affine) -> Box | None:
        """Return the bounds of the extents from `first` on, in the space of a matrix."""
        back = invert(matrix)
        if back is None:
            return None
        boxes = []
        for outline, own in self._extents[first:]:
            if len(outline.points):
                boxes.append((outline if own == matrix else _placed(outline, compose(back, own))).bounds())
        if not boxes:
            return None
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)

    def _in_box(self, context: Context, first: int) -> Context | None:
        """Return the context whose unit is the bounding box."""
        box = self._box(first, context.matrix)
        if box is None or not (box[2] > box[0] and box[3] > box[1]):
            return None
        moved = context.moved((box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1]))
        return replace(moved, viewport=(1.0, 1.0))

    def _clip(self, clip: Element, context: Context, first: int) -> tuple[Outline, bool]:
        """Return the outline of a clip path in px of the picture, and whether its rule is even-odd."""
        inner: Context | None = self._around(clip, context)
        assert inner is not None
        if clip.get("clipPathUnits") == "objectBoundingBox":
            inner = self._in_box(inner, first)
        if inner is None:
            return Outline.empty(), False
        inner = inner.moved(transform(clip.get("transform", "")))
        shapes: list[tuple[Outline, bool]] = []
        for child in clip.iterchildren(SVG + "*"):
            shapes += self._clip_shapes(child, inner)
        found = joined(shapes, self._budget)
        above = self._referred(clip, "clip-path", "clipPath")
        if above is not None:
            other = self._clip(above, replace(context, uses=inner.uses, depth=inner.depth), first)
            found = joined([found], self._budget, other)
        return found

    def _clip_shapes(self, element: Element, parent: Context) -> list[tuple[Outline, bool]]:
        self._count(element)
        if element.get("display", "").strip() == "none":
            return []
        context = parent.inside(element).moved(transform(element.get("transform", "")))
        if context.get("visibility", "visible") != "visible":
            return []
        if element.tag == SVG + "use":
            key = href(element)
            target = None if key is None else self.find(key)
            if target is None or target in context.uses or target.tag not in SHAPES | {SVG + "text"}:
                return []
            x = length(element.get("x", "0"), context.viewport[0], context.font_px)
            y = length(element.get("y", "0"), context.viewport[1], context.font_px)
            moved = replace(context.moved((1.0, 0.0, 0.0, 1.0, x, y)), uses=(*context.uses, target))
            shapes = self._clip_shapes(target, moved)
        elif element.tag in SHAPES:
            outline = shape_outline(element, context.viewport, context.font_px, lambda m: self.note(m, element))
            shapes = [(_placed(outline, context.matrix), context.get("clip-rule", "nonzero") == "evenodd")]
            self._extents.append(_Extent(outline, context.matrix))
        elif element.tag == SVG + "text":
            spans = text_spans(element, context, self.book, lambda m: self.note(m, element))
            shapes = [(_placed(span.outline, context.matrix), False) for span in spans]
        else:
            return []
        above = self._referred(element, "clip-path", "clipPath")
        if above is not None and shapes:
            self._count(element, _CLIPPED)
            first = len(self._extents) - 1
            shapes = [joined(shapes, self._budget, self._clip(above, context, max(first, 0)))]
        if element.tag in SHAPES:
            self._extents.pop()
        return shapes

    def _mask(self, mask: Element, context: Context, first: int) -> tuple[Item, ...]:
        inner: Context | None = self._around(mask, context)
        assert inner is not None
        region: Context | None = inner
        if mask.get("maskUnits", "objectBoundingBox") == "objectBoundingBox":
            region = self._in_box(inner, first)
        in_box = mask.get("maskContentUnits") == "objectBoundingBox"
        content = self._in_box(inner, first) if in_box else inner
        if region is None or content is None:
            return ()
        values = []
        for name, default, whole in (("x", "-10%", 0), ("y", "-10%", 1), ("width", "120%", 0), ("height", "120%", 1)):
            values.append(length(mask.get(name, default), region.viewport[whole], inner.font_px))
        if not (values[2] > 0.0 and values[3] > 0.0):
            return ()
        start = len(self._extents)
        items = self._children(mask, content)
        del self._extents[start:]
        items = clip_items(items, _placed(rect(*values), region.matrix), False, self._budget)
        above = self._referred(mask, "mask", "mask")
        if above is not None and items:
            weighed = self._mask(above, replace(context, uses=inner.uses, depth=inner.depth), first)
            items = [Group(tuple(items), mask=weighed, luma=above.get("mask-type") != "alpha")] if weighed else []
        return tuple(items)

    def _raster(self, element: Element, parent: Context, reason: str) -> list[Item]:
        """Leave an element to resvg, except for its opacity and blend mode."""
        self._remains += 1
        if self._remains > MAX_REMAINS:
            raise _TooManyRemains
        kind = element.tag.removeprefix(SVG)
        self.note(f"'{kind}' with {reason} is drawn as pixels at the scale in use", element)
        if self._shared is None:
            self._shared = definitions(self.root)
        frame = rect(0.0, 0.0, *self._size)
        fill = Fill(frame, False, cut_out(element, parent, self._shared))
        alpha, blend = opacity(element.get("opacity")), element.get("mix-blend-mode", "normal").strip()
        if alpha <= 0.0:
            return []
        return [fill] if alpha == 1.0 and blend == "normal" else [Group((fill,), alpha, blend)]


def _placed(outline: Outline, m: Affine) -> Outline:
    return outline.transform([[m[0], m[2], m[4]], [m[1], m[3], m[5]]])


def _url(text: str) -> str | None:
    """Return the id in `url(#id)`."""
    if not text.startswith("url("):
        return None
    inner = text[4:].partition(")")[0].strip().strip("'\"").strip()
    return inner[1:] if inner.startswith("#") else None


def _passes(element: Element) -> bool:
    """Return whether `switch` takes a child: no extensions, and English or no language."""
    if not isinstance(element.tag, str) or not element.tag.startswith(SVG) or element.tag == SVG + "foreignObject":
        return False
    languages = element.get("systemLanguage")
    english = languages is None or any(part.strip().lower().startswith("en") for part in languages.split(","))
    return english and not element.get("requiredExtensions")
