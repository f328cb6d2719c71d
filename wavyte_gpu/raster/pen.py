"""The pen that draws the commands of path data: absolute points out of relative and reflected ones."""

from __future__ import annotations

from array import array

import numpy as np

from wavyte_gpu.raster.arcs import ARC
from wavyte_gpu.raster.outline import Verb

__all__ = ["Pen"]

# The verb of each command that ends in a point given in full, and its numbers.
_CURVES = {"L": (Verb.LINE, 2), "C": (Verb.CUBIC, 6), "S": (Verb.CUBIC, 4), "Q": (Verb.QUAD, 4), "T": (Verb.QUAD, 2)}
_LONG = 64  # numbers from which on an array operation pays


class Pen:
    """Draws commands into flat lists: absolute points, and verbs with unfinished arcs."""

    def __init__(self, numbers: array[float]) -> None:
        self.numbers = numbers
        self.points: array[float] = array("d")
        self.verbs = bytearray()
        self.arcs: list[float] = []
        self.x = self.y = self.start_x = self.start_y = 0.0
        self.down = False  # the contour has its MOVE
        self.closed = False  # the last command was Z
        self.control_x = self.control_y = 0.0
        self.control_of = Verb.MOVE  # the kind of curve that left the control point, if the last command was one

    def draw(self, letter: str, first: int, end: int) -> None:
        """Draw a command with the numbers from `first` to `end`."""
        command, relative = letter.upper(), letter.islower()
        if command == "Z":
            self._close()
            return
        values = self.numbers[first:end]
        if command == "M":
            x, y = values[0], values[1]
            if relative:
                x, y = x + self.x, y + self.y
            self.x, self.y, self.start_x, self.start_y = x, y, x, y
            self.down, self.closed, self.control_of = False, False, Verb.MOVE
            values = values[2:]
            if not values:
                return
            command = "L"
        if command == "A":
            self._arcs(values, relative)
            return
        self._put_down()
        if command in "HV":
            self._axis_lines(command, values, relative)
        else:
            self._draw(command, values, relative)

    def _put_down(self) -> None:
        if not self.down:
            self.points.extend((self.start_x, self.start_y))
            self.verbs.append(Verb.MOVE)
        self.down, self.closed = True, False

    def _close(self) -> None:
        if not self.closed:
            self._put_down()
            self.verbs.append(Verb.CLOSE)
        self.down, self.closed, self.control_of = False, True, Verb.MOVE
        self.x, self.y = self.start_x, self.start_y

    def _axis_lines(self, command: str, values: array[float], relative: bool) -> None:
        x, y, put = self.x, self.y, self.points.extend
        for v in values:
            if command == "H":
                x = x + v if relative else v
            else:
                y = y + v if relative else v
            put((x, y))
        self.verbs.extend(bytes((Verb.LINE,)) * len(values))
        self.x, self.y, self.control_of = x, y, Verb.MOVE

    def _draw(self, command: str, values: array[float], relative: bool) -> None:
        verb, wanted = _CURVES[command]
        x, y = self.x, self.y
        # The control point to reflect: the current point unless a curve of the same degree came before.
        kx, ky = (self.control_x, self.control_y) if self.control_of == verb else (x, y)
        reflects = command in "ST"
        if relative and not reflects and len(values) > _LONG:
            values, relative = _absolute(values, wanted, x, y), False
        if not relative and not reflects:
            self.points.extend(values)
            kx, ky, x, y = values[-4:] if wanted > 2 else (x, y, *values[-2:])
        else:
            put = self.points.extend
            for i in range(0, len(values), wanted):
                args = values[i : i + wanted]
                if relative:
                    for k in range(0, wanted, 2):
                        args[k] += x
                        args[k + 1] += y
                if reflects:
                    put((2.0 * x - kx, 2.0 * y - ky))
                put(args)
                kx, ky, x, y = args[-4:] if wanted > 2 else (2.0 * x - kx, 2.0 * y - ky, *args)
        self.verbs.extend(bytes((verb,)) * (len(values) // wanted))
        self.x, self.y, self.control_x, self.control_y, self.control_of = x, y, kx, ky, verb

    def _arcs(self, values: array[float], relative: bool) -> None:
        for i in range(0, len(values), 7):
            rx, ry, rotation, large, sweep, x, y = values[i : i + 7]
            if relative:
                x, y = x + self.x, y + self.y
            if x == self.x and y == self.y:
                continue
            self._put_down()
            self.points.extend((x, y))
            if rx == 0.0 or ry == 0.0:
                self.verbs.append(Verb.LINE)
            else:
                self.verbs.append(ARC)
                self.arcs.extend((abs(rx), abs(ry), rotation, large, sweep))
            self.x, self.y = x, y
        self.control_of = Verb.MOVE


def _absolute(values: array[float], wanted: int, x: float, y: float) -> array[float]:
    """Return relative arguments, `wanted` numbers a command, as absolute ones; each is relative to the end of the one before."""
    steps = np.frombuffer(values, np.float64).reshape(-1, wanted // 2, 2)
    ends = np.cumsum(np.concatenate([[(x, y)], steps[:, -1]]), axis=0)
    return array("d", (steps + ends[:-1, None]).tobytes())
