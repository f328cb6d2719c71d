"""Path data, checked where it is written."""

from __future__ import annotations

from typing import Any

from wavyte_gpu.raster.svg_path import PathSyntaxError, parse_path
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Text

__all__ = ["PathData"]


class PathData(Text):
    """SVG path data; an error in it names the column."""

    def __init__(self) -> None:
        super().__init__(nonempty=True)

    def read(self, ctx: Reader, raw: Any) -> Any:
        text = super().read(ctx, raw)
        if text is BAD:
            return BAD
        try:
            parse_path(text)
        except PathSyntaxError as error:
            message = f"{error.message} at column {error.column + 1} of the path data"
            return ctx.error("path_data", message, text=error.found, allowed=error.allowed)
        return text
