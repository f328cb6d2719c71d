"""Renders documents in tests, by sessions that share one device."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest import mock

import numpy as np
import numpy.typing as npt

import wavyte_gpu as wv

__all__ = ["Renderer"]

Pixels = npt.NDArray[np.uint8]


class Renderer:
    """Renders documents on one backend: `draw(document)` or `draw(document, frame)` gives (H, W, 4) uint8, premultiplied."""

    gpu_class: ClassVar[Any] = None

    def __init__(self, backend: str) -> None:
        self.backend = backend

    @contextmanager
    def session(self, document: Any, **options: Any) -> Any:
        """Open a session for a document or a Composition."""
        comp = document if isinstance(document, wv.Composition) else wv.Composition.from_json(document)
        with mock.patch("wavyte_gpu.render.gpu.backend.GpuBackend", self.gpu_class) if self.gpu_class else _nothing():
            session = wv.RenderSession(comp, options=wv.SessionOptions(backend=self.backend, **options))  # type: ignore[arg-type]
        with session:
            assert session.backend_name == self.backend
            yield session

    def __call__(self, document: Any, frame: int = 0) -> Pixels:
        with self.session(document) as session:
            return session.render_frame(frame).rgba

    def frames(self, document: Any, frames: Sequence[int]) -> list[Pixels]:
        """Render several frames of one session."""
        with self.session(document) as session:
            return [session.render_frame(frame).rgba for frame in frames]


@contextmanager
def _nothing() -> Any:
    yield
