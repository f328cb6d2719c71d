"""Directions: embedding levels of a paragraph and the visual order of a line (UAX #9, Unicode 15.0).

Levels are even for left to right, odd for right to left. Characters are given by their Bidi_Class, an index into
`unicode.BIDI`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text import unicode as uc

__all__ = ["base_level", "levels", "line_levels", "visual_order"]

MAX_DEPTH = 125

_B = {name: index for index, name in enumerate(uc.BIDI)}
L, R, AL, EN, ES, ET, AN, CS, NSM, BN, B, S, WS, ON, LRE, LRO, RLE, RLO, PDF, LRI, RLI, FSI, PDI = range(len(uc.BIDI))
_INITIATORS = frozenset((LRI, RLI, FSI))
_EXPLICIT = {LRE: (0, ON), RLE: (1, ON), LRO: (0, L), RLO: (1, R)}
_REMOVED = frozenset((LRE, RLE, LRO, RLO, PDF, BN))
_NEUTRAL = frozenset((B, S, WS, ON, LRI, RLI, FSI, PDI))
_PLAIN = np.array([name in ("L", "EN", "ES", "ET", "CS", "NSM", "BN", "B", "S", "WS", "ON") for name in uc.BIDI])

Bytes = npt.NDArray[np.uint8]


def base_level(classes: Bytes) -> int | None:
    """Return the level of a paragraph by its first strong character outside isolates (P2, P3), None without one."""
    depth = 0
    strong = np.isin(classes, (L, R, AL, LRI, RLI, FSI, PDI))
    for cls in classes[strong].tolist():
        if cls in _INITIATORS:
            depth += 1
        elif cls == PDI:
            depth = max(0, depth - 1)
        elif depth == 0:
            return 0 if cls == L else 1
    return None


def levels(chars: npt.NDArray[np.uint32], classes: Bytes, base: int) -> Bytes:
    """Return the resolved level of every character of one paragraph, before rule L1.

    Args:
        chars: (N,) code points, for the paired brackets.
        classes: (N,) their Bidi_Class.
        base: level of the paragraph, 0 or 1.

    Returns:
        (N,) uint8. Characters that X9 removes have the level of the character before them.
    """
    if base == 0 and _PLAIN[classes].all():
        return np.zeros(len(classes), np.uint8)
    original = classes.tolist()
    level, cls = _explicit(original, base)
    for run, start, end in list(_sequences(original, level, base)):  # before levels change
        _resolve(run, original, cls, level, chars, start, end)
    previous = base
    for index, kind in enumerate(original):
        if kind in _REMOVED:
            level[index] = previous
        previous = level[index]
    return np.array(level, np.uint8)


def line_levels(original: Bytes, resolved: Bytes, base: int) -> Bytes:
    """Return the levels of one line after rule L1: separators, and white space before them or at the end, are at `base`."""
    out = resolved.copy()
    blank = np.isin(original, (WS, LRI, RLI, FSI, PDI, LRE, RLE, LRO, RLO, PDF, BN))
    separator = np.isin(original, (S, B))
    count = len(out)
    if count == 0 or not (separator.any() or blank[-1]):
        return out
    solid = np.flatnonzero(~blank)
    following = np.append(solid, count)[np.searchsorted(solid, np.arange(count))]
    hit = blank & np.append(separator, True)[following] | separator
    out[hit] = base
    return out


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """Return the indices of a line's runs from left to right (L2)."""
    order = list(range(len(run_levels)))
    if not order:
        return order
    odd = [level for level in run_levels if level & 1]
    for level in range(max(run_levels), min(odd, default=max(run_levels) + 1) - 1, -1):
        start = 0
        while start < len(order):
            if run_levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return order


def _isolated_levels(original: list[int]) -> dict[int, int]:
    """Return what `base_level` says of the inside of each isolate, by its initiator; isolates without a strong character are left out."""
    out: dict[int, int] = {}
    stack: list[int] = []
    for index, cls in enumerate(original):
        if cls in _INITIATORS:
            stack.append(index)
        elif cls == PDI:
            if stack:
                stack.pop()
        elif stack and cls in (L, R, AL):
            out.setdefault(stack[-1], int(cls != L))
    return out


def _matching_pdi(original: list[int]) -> dict[int, int]:
    """Return the index of the PDI that closes each isolate initiator (BD9); unclosed ones are left out."""
    out, stack = {}, []
    for index, cls in enumerate(original):
        if cls in _INITIATORS:
            stack.append(index)
        elif cls == PDI and stack:
            out[stack.pop()] = index
    return out


def _explicit(original: list[int], base: int) -> tuple[list[int], list[int]]:
    """Return levels and classes after X1 to X8."""
    inner = _isolated_levels(original) if FSI in original else {}
    level, out = [base] * len(original), list(original)
    stack = [(base, ON, False)]
    over_isolate = over_embedding = valid = 0
    for index, cls in enumerate(original):
        current, override, _ = stack[-1]
        if cls in _EXPLICIT:  # X2 to X5
            level[index] = current
            odd, forced = _EXPLICIT[cls]
            new = _above(current, odd)
            if new <= MAX_DEPTH and not over_isolate and not over_embedding:
                stack.append((new, forced, False))
            elif not over_isolate:
                over_embedding += 1
        elif cls in _INITIATORS:  # X5a to X5c
            level[index] = current
            if override != ON:
                out[index] = override
            odd = inner.get(index, 0) if cls == FSI else int(cls == RLI)
            new = _above(current, odd)
            if new <= MAX_DEPTH and not over_isolate and not over_embedding:
                valid += 1
                stack.append((new, ON, True))
            else:
                over_isolate += 1
        elif cls == PDI:  # X6a
            if over_isolate:
                over_isolate -= 1
            elif valid:
                over_embedding = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                valid -= 1
            current, override, _ = stack[-1]
            level[index] = current
            if override != ON:
                out[index] = override
        elif cls == PDF:  # X7
            level[index] = current
            if over_isolate:
                continue
            if over_embedding:
                over_embedding -= 1
            elif not stack[-1][2] and len(stack) > 1:
                stack.pop()
        elif cls == B:  # X8
            level[index] = base
        else:  # X6
            level[index] = current
            if override != ON and cls != BN:
                out[index] = override
    return level, out


def _above(level: int, odd: int) -> int:
    return level + 1 if (level + 1) & 1 == odd else level + 2


def _sequences(original: list[int], level: list[int], base: int) -> Iterator[tuple[list[int], int, int]]:
    """Yield the isolating run sequences (X10): indices, class of their start and of their end."""
    kept = [index for index, cls in enumerate(original) if cls not in _REMOVED]
    runs: list[list[int]] = []
    for index in kept:
        if runs and level[runs[-1][-1]] == level[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    position = {index: place for place, index in enumerate(kept)} if len(runs) > 1 else {}
    match = _matching_pdi(original) if _INITIATORS.intersection(original) else {}
    closing = set(match.values())
    run_at = {run[0]: run for run in runs}
    for run in runs:
        if original[run[0]] == PDI and run[0] in closing:
            continue
        sequence = list(run)
        while original[sequence[-1]] in _INITIATORS and sequence[-1] in match:
            following = run_at.get(match[sequence[-1]])
            if following is None:
                break
            sequence += following
        here = level[sequence[0]]
        first = position.get(sequence[0], 0)
        before = level[kept[first - 1]] if first > 0 else base
        last = sequence[-1]
        place = position.get(last, len(kept) - 1) + 1
        open_isolate = original[last] in _INITIATORS and last not in match
        after = base if open_isolate or place >= len(kept) else level[kept[place]]
        yield sequence, (R if max(here, before) & 1 else L), (R if max(here, after) & 1 else L)


def _resolve(
    run: list[int],
    original: list[int],
    cls: list[int],
    level: list[int],
    chars: npt.NDArray[np.uint32],
    start: int,
    end: int,
) -> None:
    """Resolve one isolating run sequence in place (W1 to W7, N0 to N2, I1, I2)."""
    kinds = [cls[index] for index in run]
    present = set(kinds)
    embedding = level[run[0]] & 1
    _weak(kinds, present, start)
    direction = R if embedding else L
    if not _NEUTRAL.isdisjoint(kinds):
        _brackets(run, original, kinds, chars, direction, start)
        _neutral(kinds, direction, start, end)
    for index, kind in zip(run, kinds, strict=True):
        if embedding:
            level[index] += kind != R
        elif kind == R:
            level[index] += 1
        elif kind != L:
            level[index] += 2


def _weak(kinds: list[int], present: set[int], start: int) -> None:
    """Apply W1 to W7 in place."""
    count = len(kinds)
    if NSM in present:  # W1
        previous = start
        for i, kind in enumerate(kinds):
            if kind == NSM:
                kinds[i] = ON if previous in _INITIATORS or previous == PDI else previous
            previous = kinds[i]
    if EN in kinds and AL in present:  # W2
        strong = start
        for i, kind in enumerate(kinds):
            if kind in (L, R, AL):
                strong = kind
            elif kind == EN and strong == AL:
                kinds[i] = AN
    if AL in present:  # W3
        for i, kind in enumerate(kinds):
            if kind == AL:
                kinds[i] = R
    if ES in present or CS in present:  # W4
        for i in range(1, count - 1):
            before, after = kinds[i - 1], kinds[i + 1]
            if (kinds[i] == ES and before == after == EN) or (
                kinds[i] == CS and before == after and before in (EN, AN)
            ):
                kinds[i] = before
    if ET in present:  # W5
        i = 0
        while i < count:
            if kinds[i] != ET:
                i += 1
                continue
            j = i
            while j < count and kinds[j] == ET:
                j += 1
            if (i > 0 and kinds[i - 1] == EN) or (j < count and kinds[j] == EN):
                kinds[i:j] = [EN] * (j - i)
            i = j
    if not present.isdisjoint((ES, ET, CS)):  # W6
        for i, kind in enumerate(kinds):
            if kind in (ES, ET, CS):
                kinds[i] = ON
    if EN in present:  # W7
        strong = start
        for i, kind in enumerate(kinds):
            if kind in (L, R):
                strong = kind
            elif kind == EN and strong == L:
                kinds[i] = L


def _strong(kind: int) -> int | None:
    """Return L or R for what counts as strong in N0 to N2, else None."""
    return L if kind == L else R if kind in (R, EN, AN) else None


def _brackets(
    run: list[int], original: list[int], kinds: list[int], chars: npt.NDArray[np.uint32], direction: int, start: int
) -> None:
    """Apply N0 in place."""
    table = uc.tables().brackets
    text = chars[run].tolist()
    stack: list[tuple[int, int]] = []
    pairs = []
    for i, char in enumerate(text):
        if kinds[i] != ON or char not in table:
            continue
        opening, opens = table[char]
        if opens:
            if len(stack) == 63:
                break
            stack.append((opening, i))
            continue
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth][0] == opening:
                pairs.append((stack[depth][1], i))
                del stack[depth:]
                break
    pairs.sort()
    context, seen = start, 0  # the last strong kind before the opening bracket, kept while walking
    for first, last in pairs:
        found = {_strong(kind) for kind in kinds[first + 1 : last]} - {None}
        while seen < first:
            strong = _strong(kinds[seen])
            context, seen = (context if strong is None else strong), seen + 1
        if direction in found:
            value = direction
        elif found:
            value = context if context != direction else direction
        else:
            continue
        for place in (first, last):
            kinds[place] = value
            follow = place + 1
            while follow < len(run) and original[run[follow]] == NSM:
                kinds[follow] = value
                follow += 1


def _neutral(kinds: list[int], direction: int, start: int, end: int) -> None:
    """Apply N1 and N2 in place."""
    count, i, before = len(kinds), 0, start
    while i < count:
        kind = kinds[i]
        if kind not in _NEUTRAL:
            before = L if kind == L else R
            i += 1
            continue
        j = i
        while j < count and kinds[j] in _NEUTRAL:
            j += 1
        after = end if j == count else L if kinds[j] == L else R
        kinds[i:j] = [before if before == after else direction] * (j - i)
        i = j
