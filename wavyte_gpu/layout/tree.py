"""The one place that calls Taffy: a native tree of styled nodes, with one owner and a `close`.

`stretchable` is the binding. Its own classes keep every node of the process in one tree and never free it, so its native module is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from math import inf
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import WavyteError

__all__ = ["Content", "Measure", "NativeTree"]

Measure = Callable[[float, float, float, float], tuple[float, float]]
"""(known width, known height, available width, available height) -> size, all px. Unknown is NaN; a width that is available without end
is infinite, and the least one that the content can take is asked for by 0."""

Content = Measure | tuple[Measure, Measure] | None
"""What a node is measured by: nothing, itself, or two parts, the first one down to its baseline."""

_SIDES = attrgetter("x", "y", "width", "height")
_PX, _MIN_CONTENT, _MAX_CONTENT = 1, 3, 4


@cache
def _native() -> Any:
    """Return the native module. Importing it configures the root logger, which is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from stretchable import taffylib

    root.handlers[:] = handlers
    root.setLevel(level)
    return taffylib


class NativeTree:
    """A Taffy tree that does not round. Not for several threads at once."""

    def __init__(self) -> None:
        self._lib = _native()
        self._tree: int | None = self._lib.init()
        self._lib.disable_rounding(self._tree)
        self._measures: dict[int, Measure] = {}
        self._box = self._lib.PyLayout()
        self._failed: BaseException | None = None

    def add(self, style: object, parent: int | None, measure: Measure | None = None) -> int:
        """Add a node below another; return its handle."""
        node: int = self._lib.node_create(self._tree, style)
        if parent is not None:
            self._lib.node_add_child(self._tree, parent, node)
        if measure is not None:
            self._measures[node] = measure
            self._lib.node_set_measure(self._tree, node, True)
        return node

    def restyle(self, node: int, style: object) -> None:
        """Replace a node's style."""
        self._lib.node_set_style(self._tree, node, style)

    def forget(self, node: int) -> None:
        """Drop what Taffy keeps of earlier solutions of a node and of all above it."""
        self._lib.node_mark_dirty(self._tree, node)

    def compute(self, root: int, width: float, height: float) -> None:
        """Lay out a root in an available size, px: without end for infinity, and of the least that its content can take for 0."""
        space = {"width": _space(width), "height": _space(height)}
        self._failed = None
        if self._tree is None:
            raise WavyteError("the layout can't be computed: an earlier one failed")
        try:
            done = self._lib.node_compute_layout_with_measure(self._tree, root, space, self._measure)
        except Exception:
            raise
        except BaseException as error:  # a panic of the native library is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self._tree = None  # the panic freed it
            raise WavyteError(f"the layout can't be computed: {error}") from error
        if self._failed is not None:
            raise self._failed
        if not done:
            raise WavyteError("the layout can't be computed")

    def boxes(self, nodes: list[int]) -> npt.NDArray[np.float64]:
        """Return (n, 4) x, y, width, height in px, x and y from the parent's box."""
        get, tree, box = self._lib.node_get_layout, self._tree, self._box
        out: list[float] = []
        for node in nodes:
            get(tree, node, box)
            out += _SIDES(box)
        return np.array(out, dtype=np.float64).reshape(-1, 4)

    def close(self) -> None:
        """Free the tree; a second call does nothing."""
        if self._tree is not None:
            self._lib.free(self._tree)
            self._tree = None

    def __del__(self) -> None:
        if getattr(self, "_tree", None) is not None:
            self.close()

    def _measure(self, width: float, height: float, across: Any, down: Any, node: int) -> tuple[float, float]:
        measure = self._measures.get(node)
        if measure is None or self._failed is not None:
            return 0.0, 0.0
        try:
            return measure(width, height, _available(across), _available(down))
        except BaseException as error:
            self._failed = error
            return 0.0, 0.0


def _available(space: Any) -> float:
    if space["dim"] == _PX:
        return float(space["value"])
    return 0.0 if space["dim"] == _MIN_CONTENT else inf


def _space(size: float) -> dict[str, Any]:
    return {"dim": _MIN_CONTENT if size == 0.0 else _PX if size < inf else _MAX_CONTENT, "value": size if 0.0 < size < inf else 0.0}
