"""When nodes play: exact maps from the composition's frames to a node's, and the overlaps of a sequence's children."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["Clock", "Side", "overlaps", "time_map"]

_I64_MAX = 2**63 - 1


class Clock(NamedTuple):
    """A node's time: local frame = frame of the document * scale + add, exactly. `fps` is that of the node's composition."""

    scale: Fraction
    add: Fraction
    fps: Fraction

    def later(self, frames: int) -> Clock:
        """Return the time of a child that begins at a local frame."""
        return self._replace(add=self.add - frames)

    def inside(self, offset: int, scale: float, fps: Fraction) -> Clock:
        """Return the time in a referenced composition: inner seconds = (local - offset) * scale."""
        rate = Fraction(repr(scale)) * fps / self.fps
        return Clock(self.scale * rate, (self.add - offset) * rate, fps)

    def integers(self, duration: int, node_id: str) -> tuple[int, int, int]:
        """Return num, add, den with local = (frame * num + add) / den, for frames of [0, duration).

        Raises:
            LimitError: they do not fit 64 bits.
        """
        den = lcm(self.scale.denominator, self.add.denominator)
        num, add = self.scale * den, self.add * den
        if den > _I64_MAX or abs(num) * max(duration, 1) + abs(add) > _I64_MAX:
            text = "the time map of this node is too fine or too far away to be exact"
            raise LimitError(Problem("error", "limit", text, node_id=node_id, allowed="64-bit fractions of frames"))
        return int(num), int(add), den


def time_map(ir: CompositionIR, node: int) -> tuple[Fraction, Fraction]:
    """Return (scale, add) of a node: local seconds = seconds of the document * scale + add. Scale 0 stands still, below 0 runs back."""
    nodes = ir.nodes
    den = int(nodes.time_den[node])
    fps = Fraction(int(nodes.fps_num[node]), int(nodes.fps_den[node]))
    return Fraction(int(nodes.time_num[node]), den) * ir.fps / fps, Fraction(int(nodes.time_add[node]), den) / fps


class Side(NamedTuple):
    """A transition at one end of a sequence's child: what must be equal for two of them to pair, and how long it is in frames."""

    kind: Hashable
    frames: int


def overlaps(durations: Sequence[int], ins: Sequence[Side | None], outs: Sequence[Side | None]) -> list[int]:
    """Return by how many frames each child of a sequence overlaps the next.

    Neighbours overlap by a transition when both carry equal ones, or only one carries one; never longer than either child, and never
    so long that a child's two overlaps meet: the later one shrinks.

    Args:
        durations: of the children, in frames. ins, outs: their transitions.

    Returns:
        One overlap for each pair of neighbours.
    """
    out: list[int] = []
    for i in range(len(durations) - 1):
        going, coming = outs[i], ins[i + 1]
        one = going or coming
        if one is None or (going is not None and coming is not None and going != coming):
            out.append(0)
            continue
        left = durations[i] - (out[-1] if out else 0)
        out.append(max(min(one.frames, left, durations[i + 1]), 0))
    return out
