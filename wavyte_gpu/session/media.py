"""What evaluation and compilation ask of the asset store, with the composition's time base."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.assets.video import VideoFormat
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["SessionMedia"]


class SessionMedia:
    """The prepared assets of one session, in the terms of the IR."""

    def __init__(self, store: AssetStore, fps: Fraction) -> None:
        self.store = store
        self._fps = fps
        self.intrinsic_size = store.intrinsic_size
        self.image_levels = store.image_levels
        self.is_opaque = store.is_opaque
        self.place_image = store.place_image
        self.place_table = store.place_table
        self.content_hash = store.content_hash

    def source_frames(self, asset: int, local_frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the frame of a video that shows at each node-local frame."""
        video = self.store.video(asset)
        times = [Fraction(int(n)) / self._fps for n in local_frames]
        return np.array([video.frame_at_local(t) for t in times], dtype=np.int64)

    def video_format(self, asset: int) -> VideoFormat:
        """Return what the samples of a video's planes mean."""
        return self.store.video(asset).format

    def content_digest(self, ir: CompositionIR) -> bytes:
        """Return the content hashes of all stills and gradients, which the asset pages are made of."""
        kinds = (AssetKind.IMAGE, AssetKind.GRADIENT)
        return b"".join(
            self.content_hash(a) for a in range(len(ir.assets)) if ir.assets.used[a] and ir.assets.kind[a] in kinds
        )
