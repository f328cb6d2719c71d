"""Write the word lists `data/words_SCRIPT.txt.xz` from ICU's data library: `python -m wavyte_gpu.text.build_words FILE`.

Formats: ICU's data package ("CmnD"), its dictionaries (gendict.cpp) and BytesTrie (bytestrie.h).
"""

from __future__ import annotations

import lzma
import struct
import sys
from pathlib import Path

__all__ = ["build", "read_words"]

_SCRIPTS = {"Thai": "thai", "Laoo": "lao", "Khmr": "khmer", "Mymr": "burmese"}


def _items(blob: bytes) -> dict[str, int]:
    """Return the names of a data package's items and where they begin."""
    mark = blob.index(b"CmnD")
    start = next(mark - back for back in range(8, 24) if blob[mark - back + 2 : mark - back + 4] == b"\xda\x27")
    base = start + struct.unpack_from("<H", blob, start)[0]
    out = {}
    for i in range(struct.unpack_from("<I", blob, base)[0]):
        name, data = struct.unpack_from("<II", blob, base + 4 + 8 * i)
        out[blob[base + name : blob.index(b"\0", base + name)].decode()] = base + data
    return out


class _Trie:
    """A BytesTrie and the words found in it so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.words: list[bytes] = []
        self.todo: list[tuple[int, bytes]] = [(0, b"")]

    def number(self, lead: int, at: int, bounds: tuple[int, int, int, int], first: int) -> tuple[int, int]:
        """Return a number of one to five bytes whose lead byte is given, and where it ends."""
        two, three, four, five = bounds
        if lead < two:
            return lead - first, at
        size, high = (1, lead - two) if lead < three else (2, lead - three) if lead < four else (3 + (lead >= five), 0)
        return high << (8 * size) | int.from_bytes(self.data[at : at + size], "big"), at + size

    def value(self, node: int, at: int) -> tuple[int, int]:
        return self.number(node >> 1, at, (0x51, 0x6C, 0x7E, 0x7F), 0x10)

    def branch(self, at: int, length: int, prefix: bytes) -> None:
        data = self.data
        while length > 5:
            step, after = self.number(data[at + 1], at + 2, (0xC0, 0xF0, 0xFE, 0xFF), 0)
            self.branch(after + step, length >> 1, prefix)
            length, at = length - (length >> 1), after
        for _ in range(length - 1):
            word, node = prefix + data[at : at + 1], data[at + 1]
            value, at = self.value(node, at + 2)
            if node & 1:
                self.words.append(word)
            else:
                self.todo.append((at + value, word))
        self.todo.append((at + 1, prefix + data[at : at + 1]))

    def walk(self) -> list[bytes]:
        data = self.data
        while self.todo:
            at, prefix = self.todo.pop()
            node, at = data[at], at + 1
            if node >= 0x20:
                self.words.append(prefix)
                if node & 1:
                    continue
                _, at = self.value(node, at)
                node, at = data[at], at + 1
            if node >= 0x10:
                self.todo.append((at + node - 0x0F, prefix + data[at : at + node - 0x0F]))
            else:
                length, at = (node, at) if node else (data[at], at + 1)
                self.branch(at, length + 1, prefix)
        return self.words


def read_words(blob: bytes, at: int) -> list[str]:
    """Return the words of the dictionary that begins at `at`, sorted."""
    at += struct.unpack_from("<H", blob, at)[0]
    trie, _, _, end, kind, transform, _, _ = struct.unpack_from("<8i", blob, at)
    assert kind & 7 == 0, "a BytesTrie is expected"
    joiners = {0xFF: "\u200d", 0xFE: "\u200c"}
    found = _Trie(blob[at + trie : at + end]).walk()
    return sorted({"".join(joiners.get(b) or chr(b + (transform & 0x1FFFFF)) for b in word) for word in found})


def build(library: Path, folder: Path) -> None:
    """Write one list for each script."""
    blob = library.read_bytes()
    items = {name.rpartition("/")[2]: at for name, at in _items(blob).items()}
    for script, name in _SCRIPTS.items():
        text = "\n".join(read_words(blob, items[f"{name}dict.dict"]))
        (folder / f"words_{script}.txt.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(__file__).parent / "data")
