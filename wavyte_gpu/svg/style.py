"""The cascade: style sheets and `style` attributes become plain attributes, so that nothing else has to know of CSS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

import cssselect2
import tinycss2
from lxml import etree

from wavyte_gpu.svg.source import SVG, XLINK, Element
from wavyte_gpu.svg.values import parse_colour

__all__ = ["INHERITED", "apply_styles"]

_INHERITED = """
    clip-rule color color-interpolation color-interpolation-filters direction dominant-baseline fill fill-opacity fill-rule
    font-family font-size font-stretch font-style font-variant font-weight image-rendering letter-spacing marker-end
    marker-mid marker-start paint-order shape-rendering stroke stroke-dasharray stroke-dashoffset stroke-linecap
    stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering visibility
    word-spacing writing-mode
"""
INHERITED = frozenset(_INHERITED.split())
_OTHER = """
    alignment-baseline baseline-shift clip-path cx cy d display filter flood-color flood-opacity height isolation
    lighting-color mask mask-type mix-blend-mode opacity overflow r rx ry stop-color stop-opacity transform transform-origin
    unicode-bidi vector-effect width x y
"""
_OTHERS = frozenset(_OTHER.split())
_KNOWN = INHERITED | _OTHERS
_MAX_RULES = 10_000
_SERVER = re.compile(r"\s*url\(")
_ICC = re.compile(r"\s*icc-color\(.*", re.DOTALL)
_WORDS = frozenset(("none", "inherit", "unset", "initial", "context-fill", "context-stroke", ""))

Note: TypeAlias = tuple[str, int | None]
"""A message and a line."""
Declaration: TypeAlias = tuple[str, str, bool]
"""Name, value, whether it is `!important`."""


def apply_styles(root: Element) -> list[Note]:
    """Write what style sheets and `style` attributes say into the elements' attributes; drop references to other files.

    Returns:
        (message, line) of what was left out.
    """
    notes: list[Note] = []
    sheets = list(root.iter(SVG + "style"))
    rules = _rules(sheets, notes)
    matcher = cssselect2.Matcher()
    for order, (selector, declarations) in enumerate(rules):
        matcher.add_selector(selector, (order, declarations))
    if rules:
        for wrapper in cssselect2.ElementWrapper.from_xml_root(root).iter_subtree():
            element = wrapper.etree_element
            if not isinstance(element.tag, str):
                continue
            found = sorted(matcher.match(wrapper), key=lambda m: (m[0], m[1]))
            _write(element, [d for *_, (_, declarations) in found for d in declarations])
    else:
        for element in root.iter(etree.Element):
            _write(element, [])
    for sheet in sheets:
        parent = sheet.getparent()
        if parent is not None:
            sheet.tail = None
            parent.remove(sheet)
    _cut_links(root, notes)
    _drop_unknown_colours(root, notes)
    return notes


def _rules(
    sheets: Iterable[Element], notes: list[Note]
) -> list[tuple[cssselect2.parser.CompiledSelector, list[Declaration]]]:
    out: list[tuple[Any, list[Declaration]]] = []
    for sheet in sheets:
        if sheet.get("type", "text/css") not in ("", "text/css"):
            continue
        text = "".join(sheet.itertext())
        for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
            if rule.type == "at-rule":
                notes.append((f"@{rule.at_keyword} in a style sheet is left out", sheet.sourceline))
            if rule.type != "qualified-rule" or len(out) >= _MAX_RULES:
                continue
            try:
                selectors = cssselect2.compile_selector_list(rule.prelude)
            except cssselect2.SelectorError:
                continue
            declarations = _declarations(tinycss2.parse_blocks_contents(rule.content))
            out += [(selector, declarations) for selector in selectors if selector.pseudo_element is None]
    return out


def _declarations(parsed: Iterable[tinycss2.ast.Node]) -> list[Declaration]:
    """Return (name, value, important) of what is known."""
    out: list[Declaration] = []
    for item in parsed:
        if item.type != "declaration":
            continue
        value = tinycss2.serialize(item.value).strip()
        if item.lower_name in _KNOWN:
            out.append((item.lower_name, value, item.important))
        elif item.lower_name == "marker":
            out += [(f"marker-{where}", value, item.important) for where in ("start", "mid", "end")]
        elif item.lower_name == "font":
            out += _font(item.value, item.important)
    return out


def _font(tokens: Iterable[tinycss2.ast.Node], important: bool) -> list[Declaration]:
    """Split the shorthand `font` as far as it matters here: style, weight, size and families."""
    out: list[Declaration] = []
    rest = [t for t in tokens if t.type != "comment"]
    while rest:
        token = rest.pop(0)
        if token.type == "ident" and token.lower_value in ("italic", "oblique"):
            out.append(("font-style", token.lower_value, important))
        elif (token.type == "ident" and token.lower_value in ("bold", "bolder", "lighter")) or token.type == "number":
            out.append(("font-weight", tinycss2.serialize([token]), important))
        elif token.type in ("dimension", "percentage"):
            out.append(("font-size", tinycss2.serialize([token]), important))
            if any(t == "/" for t in rest[:2]):
                rest = rest[3:]
            out.append(("font-family", tinycss2.serialize(rest).strip(), important))
            break
    return out


def _write(element: Element, declared: list[Declaration]) -> None:
    """Set attributes: style sheets beat attributes, `style` beats both, `!important` beats all."""
    style = element.attrib.pop("style", None)
    if style:
        declared = declared + _declarations(tinycss2.parse_blocks_contents(style))
    for important in (False, True):
        for name, value, own in declared:
            if own == important:
                element.set(name, value)


def _drop_unknown_colours(root: Element, notes: list[Note]) -> None:
    """Remove paints that are no colours, so that what is inherited holds (CSS Syntax 3, 2.2)."""
    for element in root.iter(etree.Element):
        for name in ("fill", "stroke", "color"):
            text = element.get(name)
            if text is None or _SERVER.match(text) or text.strip() in _WORDS:
                continue
            try:
                parse_colour(_ICC.sub("", text.strip()))
            except ValueError as error:
                del element.attrib[name]
                notes.append((f"'{name}' is left out: {error}", element.sourceline))


def _cut_links(root: Element, notes: list[Note]) -> None:
    """Remove references to anything but parts of this file and `data:` URIs."""
    for element in root.iter(etree.Element):
        for name in ("href", XLINK + "href"):
            target = element.get(name)
            if target is None or element.tag == SVG + "a":
                continue
            if not target.strip().startswith(("#", "data:")):
                del element.attrib[name]
                kind = str(element.tag).rpartition("}")[2]
                what = target if len(target) <= 60 else target[:60] + "..."
                notes.append((f"'{kind}' refers to '{what}': an SVG reads no other file", element.sourceline))
        for name, value in element.attrib.items():
            if "url(" in value and "url(#" not in value.replace("'", "").replace('"', "").replace(" ", ""):
                del element.attrib[name]
                notes.append((f"'{name}' refers to another file: an SVG reads no other file", element.sourceline))
