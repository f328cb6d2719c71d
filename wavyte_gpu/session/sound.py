"""The sound of a session's exports: the mix of a range of frames, and exports that are nothing but sound."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.audio.loudness import measure
from wavyte_gpu.audio.manifest import build_manifest
from wavyte_gpu.audio.mix import AudioMix, MixPart
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.session.options import SessionOptions

__all__ = ["SessionSound", "push_sound"]


class SessionSound:
    """Mixes what a session's sinks ask for. `warnings` grows by what an export could not follow."""

    def __init__(self, store: AssetStore, options: SessionOptions) -> None:
        self._store = store
        self._options = options
        self.warnings: list[Problem] = []

    def of(self, ir: CompositionIR, program: BoundProgram | None, frames: range, sink: object) -> MixPart | None:
        """Return the sound of frames for a sink, None where it takes none or there is none.

        Raises:
            SchemaError: a switch that holds sound changes within the frames. LimitError: a sound runs too fast.
            AssetError: a file can't be read.
        """
        self.warnings = []
        if not (self._options.enable_audio and ir.assets.sounds and getattr(sink, "sound", False)):
            return None
        if frames.step != 1:
            text = "an export that leaves frames out has no sound"
            self.warnings.append(Problem("warning", "no_sound", text, found=f"every {frames.step} frames"))
            return None
        clips = build_manifest(ir, self._store, frames, program)
        if not clips:
            return None
        mix = AudioMix(ir, clips, program)
        target = self._options.loudness
        if target is not None:
            mix = self._normalised(mix, mix.part(frames.start, len(frames)), target)
        return mix.part(frames.start, len(frames))

    def _normalised(self, mix: AudioMix, part: MixPart, target: float) -> AudioMix:
        found = measure(part)
        if not isfinite(found.integrated_lufs):
            text = "the sound is too short or too quiet to measure its loudness; it stays as it is"
            self.warnings.append(Problem("warning", "loudness", text))
            return mix
        change = target - found.integrated_lufs
        if found.true_peak_dbtp + change > 0.0:
            text = "at this loudness peaks reach full scale and are limited"
            peak = f"{found.true_peak_dbtp + change:.1f} dBTP"
            self.warnings.append(Problem("warning", "loudness", text, found=peak, allowed="0 dBTP"))
        return mix.with_gain(10.0 ** (change / 20.0))


def push_sound(sink: Any, config: SinkConfig, frames: range, on_frame: Callable[[int], None]) -> None:
    """Run a sink that writes sound alone; it is aborted when anything fails.

    Args:
        on_frame: called with how many frames' sound is written; may raise to stop.
    """
    try:
        sink.begin(config)
        for done, index in enumerate(frames, 1):
            sink.push_frame(index, None)
            on_frame(done)
        sink.end()
    except BaseException:
        sink.abort()
        raise
