"""Where lines end: greedy filling at the opportunities of UAX #14, in px."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text.analyse import TAB, Analysis
from wavyte_gpu.text.segment import MANDATORY, NO_BREAK

__all__ = ["SLACK_PX", "SOFT_HYPHEN", "Breaker", "Span"]

SLACK_PX = 2.0**-10  # what a line may exceed its width by, so that a text fits into its own width
SOFT_HYPHEN = 0xAD

F64s = npt.NDArray[np.float64]


class Span(NamedTuple):
    """The characters start to end of one line, terminators left out.

    `soft`: more of the same paragraph line follows. `emergency`: it ends inside a word because nothing else fitted.
    `last` is the end with the terminator.
    """

    start: int
    end: int
    soft: bool
    emergency: bool
    last: int


class Breaker:
    """Measures and divides the lines of an analysed text.

    Args:
        advance_px: (N,) what every cluster advances, at its first character, its letter spacing included.
        spacing_px: (N,) the letter spacing alone, at the first character of a cluster.
        tab_px: (N,) distance of tab stops where the character is a tab.
        hyphen_px: width of the hyphen that a soft hyphen before a break becomes, by the character's index.
        reshaped_px: exact width of a span whose borders are unsafe, trailing spaces and last spacing left out.
    """

    def __init__(
        self,
        text: Analysis,
        advance_px: F64s,
        spacing_px: F64s,
        tab_px: F64s,
        hyphen_px: Callable[[int], float],
        reshaped_px: Callable[[int, int], float],
    ) -> None:
        self.text = text
        count = len(text.chars)
        self.sums = np.zeros(count + 1)
        np.cumsum(advance_px, out=self.sums[1:])
        # The end of what is visible before each place, and the letter spacing that ends there.
        solid = np.where(text.hangs, 0, np.arange(1, count + 1))
        self.ends = np.zeros(count + 1, np.intp)
        if count:
            np.maximum.accumulate(solid, out=self.ends[1:])
        after = np.zeros(count + 1)
        if count:
            after[1:] = spacing_px[text.cluster]
        self._end_spacing = after[self.ends]
        self.visible = np.maximum.accumulate(self.sums[self.ends] - self._end_spacing)
        self._tab_px = tab_px
        self.tabs = np.flatnonzero(text.chars == TAB)
        self._hyphen_px, self._reshaped_px = hyphen_px, reshaped_px
        self._opportunities = np.flatnonzero(text.breaks[: count + 1] != NO_BREAK)
        first = np.ones(count + 1, np.bool_)
        first[:count] = text.cluster == np.arange(count)
        self._clusters = np.flatnonzero(first)
        self._hard = np.flatnonzero(text.breaks == MANDATORY)

    def hard_lines(self) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, end with terminator) of what stands between mandatory breaks."""
        start, terminator = 0, self.text.terminator
        for last in self._hard.tolist():
            end = last
            while end > start and terminator[end - 1]:
                end -= 1
            yield start, end, last
            start = last

    def hard_count(self) -> int:
        """Return the number of hard lines."""
        return len(self._hard)

    def lines(self, width_px: float | None) -> Iterator[Span]:
        """Yield lines no wider than `width_px`; one cluster alone may be wider."""
        for start, end, last in self.hard_lines():
            if width_px is None:
                yield Span(start, end, False, False, last)
                continue
            place = start
            while True:
                stop, emergency = self._fill(place, end, width_px)
                if stop >= end:
                    yield Span(place, end, False, emergency, last)
                    break
                yield Span(place, stop, True, emergency, stop)
                place = stop

    def width(self, start: int, end: int) -> float:
        """Return the width of a line, hanging spaces and the last letter spacing left out."""
        if self._unsafe(start) or self._unsafe(end):
            return self._reshaped_px(start, end)
        if self._has_tabs(start, end):
            return self.tabbed(start, end)
        return self._plain(start, end)

    def tabbed(self, start: int, end: int) -> float:
        """Return the width of a line by walking from tab stop to tab stop."""
        stop = max(int(self.ends[end]), start)
        low, high = np.searchsorted(self.tabs, (start, stop))
        x, place = 0.0, start
        for tab in self.tabs[low:high].tolist():
            x = self.next_stop(x + float(self.sums[tab] - self.sums[place]), tab)
            place = tab + 1
        if stop > place:
            x += float(self.sums[stop] - self.sums[place] - self._end_spacing[end])
        return x

    def next_stop(self, x: float, tab: int) -> float:
        """Return the tab stop after `x` px from the start of the line."""
        step = float(self._tab_px[tab])
        return (x // step + 1.0) * step if step > 0.0 else x

    def _plain(self, start: int, end: int) -> float:
        if self.ends[end] <= start:
            return 0.0
        return float(self.sums[self.ends[end]] - self.sums[start] - self._end_spacing[end])

    def _unsafe(self, place: int) -> bool:
        text = self.text
        if place <= 0 or place >= len(text.chars) or text.item_of[place] != text.item_of[place - 1]:
            return False
        return bool(text.unsafe[place]) or int(text.cluster[place]) != place

    def _has_tabs(self, start: int, end: int) -> bool:
        if len(self.tabs) == 0:
            return False
        low, high = np.searchsorted(self.tabs, (start, end))
        return bool(high > low)

    def _fits(self, start: int, end: int, width_px: float) -> bool:
        width = self.width(start, end)
        if end < len(self.text.chars) and end > start and self.text.chars[end - 1] == SOFT_HYPHEN:
            width += float(self._end_spacing[end]) + self._hyphen_px(end - 1)
        return width <= width_px + SLACK_PX

    def _fill(self, start: int, end: int, width_px: float) -> tuple[int, bool]:
        """Return where the line that begins at `start` ends, and whether that is inside a word."""
        if start >= end:
            return end, False
        limit = float(self.sums[start]) + width_px + SLACK_PX
        stop = self._last_fit(self._opportunities, start, end, limit, width_px)
        if stop is not None:
            return stop, False
        stop = self._last_fit(self._clusters, start, end, limit, width_px)
        if stop is not None:
            return stop, stop < end
        after = int(self._clusters[np.searchsorted(self._clusters, start, "right")])
        return min(after, end), True

    def _last_fit(
        self, places: npt.NDArray[np.intp], start: int, end: int, limit: float, width_px: float
    ) -> int | None:
        """Return the last of `places` behind `start`, or `end`, whose line fits; None when none does."""
        low = int(np.searchsorted(places, start, "right"))
        high = int(np.searchsorted(places, end, "left"))  # places[low:high], then `end`

        def at(index: int) -> int:
            return end if index >= high else int(places[index])

        if self._has_tabs(start, end):
            return self._gallop(at, low, high, start, width_px)
        if self.visible[end] <= limit:
            index = high
        else:
            index = low + int(np.searchsorted(self.visible[places[low:high]], limit, "right")) - 1
        # The estimate is exact where borders are safe; elsewhere its neighbours are tried too.
        while index < high and self._unsafe_near(start, at(index + 1)) and self._fits(start, at(index + 1), width_px):
            index += 1
        while index >= low and not self._fits(start, at(index), width_px):
            index -= 1
        return at(index) if index >= low else None

    def _unsafe_near(self, start: int, end: int) -> bool:
        return self._unsafe(start) or self._unsafe(end)

    def _gallop(self, at: Callable[[int], int], low: int, high: int, start: int, width_px: float) -> int | None:
        """Return the last fit by doubling steps and bisection: the cost follows the line, not the paragraph."""
        if not self._fits(start, at(low), width_px):
            return None
        step, good = 1, low
        while good + step <= high and self._fits(start, at(good + step), width_px):
            good, step = good + step, step * 2
        bad = min(good + step, high + 1)
        while bad - good > 1:
            middle = (good + bad) // 2
            if self._fits(start, at(middle), width_px):
                good = middle
            else:
                bad = middle
        return at(good)
