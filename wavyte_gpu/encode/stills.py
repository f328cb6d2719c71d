"""PNG stills with straight alpha."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.files import disk_error, writing
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.foundation.errors import Problem, SchemaError

__all__ = ["encode_png", "write_png"]


def encode_png(straight: npt.NDArray[np.uint8], compression: int = 1) -> bytes:
    """Return an image as PNG bytes.

    Args:
        straight: (H, W, 4) uint8, straight alpha.
        compression: zlib's level, 0..9. Level 1 is several times faster than the usual 6 and about a fifth larger.
    """
    import imageio.v3

    out = io.BytesIO()
    imageio.v3.imwrite(out, straight, plugin="pillow", extension=".png", compress_level=compression)
    return out.getvalue()


def write_png(path: str | os.PathLike[str], frame: Frame, *, overwrite: bool = False, compression: int = 1) -> None:
    """Write one frame as a PNG with straight alpha; the file appears complete or not at all.

    Raises:
        SchemaError: the path is a directory, has no folder, is no `.png`, or exists and `overwrite` is False.
        EncodeError: the disk failed.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise SchemaError(
            Problem("error", "output_format", f"a still is written as PNG, not as {path.name}", allowed=".png")
        )
    with writing(path, overwrite) as temporary:
        data = encode_png(frame.straight(), compression)
        try:
            temporary.write_bytes(data)
        except OSError as error:
            raise disk_error(path, error) from error
