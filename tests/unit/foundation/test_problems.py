"""How problems read."""

from __future__ import annotations

import pytest

from wavyte_gpu.foundation.errors import Problem


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"message": "b.mp4 exists", "hint": "--overwrite replaces it"}, "b.mp4 exists; --overwrite replaces it"),
        ({"message": "b.mp4 is empty", "path": "/assets/m"}, "assets.m: b.mp4 is empty"),
        ({"message": "it exists"}, "b.mp4: it exists"),
        ({"message": "b.mp4 is empty", "line": 3, "column": 7}, "b.mp4:3:7: b.mp4 is empty"),
    ],
)
def test_a_file_is_named_once(fields: dict, text: str) -> None:
    assert str(Problem("error", "x", file="b.mp4", **fields)) == text
