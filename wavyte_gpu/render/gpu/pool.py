"""The textures of a backend: surfaces by slot (bounded), asset pages and video planes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from wavyte_gpu.compile.plan import RenderPlan, VideoFrameRef
from wavyte_gpu.foundation.errors import DeviceError, LimitError
from wavyte_gpu.ops.video_words import plane_words
from wavyte_gpu.render.backend import AssetPages
from wavyte_gpu.render.surfaces import SlotKey, check_plan_bytes, slot_bytes, slot_keys

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["AssetTextures", "SurfacePool", "Texture", "TextureMaker"]

# Plane textures that so many plans in a row did not show are destroyed when new ones are made.
_PLANES_KEPT_FOR_PLANS = 64

# GPUTextureUsage
_COPY_SRC, _COPY_DST, _TEXTURE_BINDING, _STORAGE_BINDING = 1, 2, 4, 8


class Texture:
    """A texture and its only view. A backend never uses an `id` twice, so that it may stand in cache keys."""

    __slots__ = ("byte_size", "height", "id", "last_plan", "view", "wgpu", "width")

    def __init__(self, number: int, wgpu_texture: Any, width: int, height: int, byte_size: int) -> None:
        self.id = number
        self.wgpu = wgpu_texture
        self.view = wgpu_texture.create_view()
        self.width = width
        self.height = height
        self.byte_size = byte_size
        self.last_plan = 0


class TextureMaker:
    """Creates and destroys textures, counts them, and tells who caches things by them."""

    def __init__(self, device: Device, on_destroy: Callable[[Texture], None]) -> None:
        self._device = device
        self._on_destroy = on_destroy
        self.created = 0
        self.destroyed = 0

    def surface(self, width: int, height: int, words: int = 1) -> Texture:
        """Create a texture of one or two u32 a texel that kernels read and write."""
        pixel_format = "r32uint" if words == 1 else "rg32uint"
        return self._create(width, height, pixel_format, 4 * words, _STORAGE_BINDING | _COPY_SRC | _COPY_DST)

    def sheet(self, width: int, height: int) -> Texture:
        """Create a texture of four words a texel, for a frame's shapes."""
        return self._create(width, height, "rgba32uint", 16, _STORAGE_BINDING | _COPY_DST)

    def write(self, texture: Texture, x: int, y: int, rows: npt.NDArray[Any], width: int, column: int = 0) -> None:
        """Upload `width` texels of each row, from `column` on, to (x, y). A row is one piece of memory; rows may lie further apart."""
        height, size = rows.shape[0], rows.itemsize
        pitch = rows.strides[0] if height > 1 else rows.shape[1] * size
        memory = as_strided(rows[:, column:], ((height - 1) * (pitch // size) + rows.shape[1] - column,), (size,))
        self._device.queue.write_texture(
            {"texture": texture.wgpu, "origin": (x, y, 0)},
            memory,
            {"offset": 0, "bytes_per_row": pitch, "rows_per_image": height},
            (width, height, 1),
        )

    def destroy(self, texture: Texture) -> None:
        """Destroy a texture; the GPU frees it when the frames under way no longer need it."""
        self._on_destroy(texture)
        self.destroyed += 1
        texture.wgpu.destroy()

    def _create(self, width: int, height: int, pixel_format: str, pixel_bytes: int, usage: int) -> Texture:
        limit = self._device.max_texture_px
        if width > limit or height > limit:
            raise LimitError(
                f"a surface of {width}x{height} px is larger than this adapter's textures: at most {limit} px a side "
                f"({self._device.info.name}); use a smaller canvas, or --backend reference"
            )
        made = self._device.wgpu.create_texture(size=(width, height, 1), format=pixel_format, usage=usage)
        self.created += 1
        return Texture(self.created, made, width, height, width * height * pixel_bytes)


class SurfacePool:
    """One texture per slot key, shared by all frames. Never holds more than `max_bytes`."""

    def __init__(self, maker: TextureMaker, max_bytes: int) -> None:
        self._maker = maker
        self._max_bytes = max_bytes
        self._textures: dict[SlotKey, Texture] = {}
        self._plan = 0
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._textures)

    def acquire(self, plan: RenderPlan) -> list[Texture]:
        """Return the texture of each slot of a plan, creating those that are missing.

        Above the cap textures that this plan does not use are destroyed, the least recently used first.

        Raises:
            LimitError: the plan alone needs more than the cap, or a slot is larger than the adapter's textures.
        """
        check_plan_bytes(plan, self._max_bytes)
        self._plan += 1
        keys = slot_keys(plan.slots)
        for surface in plan.surfaces:
            if surface.held and keys[surface.slot] not in self._textures:
                raise DeviceError("a surface of an earlier frame is gone")
        missing = 0
        for key in keys:
            texture = self._textures.get(key)
            if texture is None:
                missing += slot_bytes(key)
            else:
                texture.last_plan = self._plan
        if missing:
            self._make_room(missing)
            for key in keys:
                if key not in self._textures:
                    texture = self._textures[key] = self._maker.surface(key.width, key.height, key.words)
                    texture.last_plan = self._plan
                    self.held_bytes += texture.byte_size
        return [self._textures[key] for key in keys]

    def clear(self) -> None:
        """Destroy all textures."""
        for key in list(self._textures):
            self._drop(key)

    def _make_room(self, need: int) -> None:
        if self.held_bytes + need <= self._max_bytes:
            return
        for key in sorted(self._textures, key=lambda k: self._textures[k].last_plan):
            if self._textures[key].last_plan == self._plan or self.held_bytes + need <= self._max_bytes:
                return
            self._drop(key)

    def _drop(self, key: SlotKey) -> None:
        texture = self._textures.pop(key)
        self.held_bytes -= texture.byte_size
        self._maker.destroy(texture)


class AssetTextures:
    """The store's pages and the planes of the video frames that plans show, mirrored on the GPU."""

    def __init__(self, maker: TextureMaker, store: AssetPages) -> None:
        self._maker = maker
        self._store = store
        self._cursor = 0
        self._pages: dict[int, Texture] = {}
        self._planes: dict[tuple[int, int], tuple[int, tuple[Texture, ...]]] = {}
        self._plan = 0

    @property
    def page_bytes(self) -> int:
        """Bytes of all page textures."""
        return sum(t.byte_size for t in self._pages.values())

    @property
    def plane_bytes(self) -> int:
        """Bytes of all video plane textures."""
        return sum(t.byte_size for _, planes in self._planes.values() for t in planes)

    def sync_pages(self) -> None:
        """Upload what was added to the store's pages since the last call."""
        self._plan += 1
        uploads = self._store.uploads
        end = len(uploads)
        if self._cursor == end:
            return
        for page, x, y, width, height in (uploads[i] for i in range(self._cursor, end)):
            rows = self._store.pages[page][y : y + height]
            if not rows.flags.c_contiguous:
                rows = np.ascontiguousarray(rows)
            if page not in self._pages:
                self._pages[page] = self._maker.surface(*self._store.page_sizes[page])
            self._maker.write(self._pages[page], x, y, rows, width, x)
        self._cursor = end

    def page(self, page: int) -> Texture:
        """Return the texture of a page."""
        return self._pages[page]

    def planes(self, ref: VideoFrameRef) -> tuple[Texture, ...]:
        """Return the y, u, v and, if there is one, alpha texture of a plane set, as words; upload the frame unless it is resident."""
        key = ref.asset, ref.plane_set
        resident = self._planes.get(key)
        textures = resident[1] if resident is not None else None
        if textures is None or resident is None or resident[0] != ref.frame:
            arrays = [plane_words(p) for p in self._store.planes(ref.asset, ref.frame)]
            if textures is None or any((t.height, t.width) != a.shape for t, a in zip(textures, arrays, strict=True)):
                self._drop_stale(key)
                textures = tuple(self._maker.surface(a.shape[1], a.shape[0]) for a in arrays)
            for texture, array in zip(textures, arrays, strict=True):
                self._maker.write(texture, 0, 0, array, array.shape[1])
            self._planes[key] = ref.frame, textures
        for texture in textures:
            texture.last_plan = self._plan
        return textures

    def clear(self) -> None:
        """Destroy all textures."""
        for texture in [*self._pages.values()] + [t for _, planes in self._planes.values() for t in planes]:
            self._maker.destroy(texture)
        self._pages.clear()
        self._planes.clear()
        self._cursor = 0

    def _drop_stale(self, replaced: tuple[int, int]) -> None:
        for key, (_, textures) in list(self._planes.items()):
            if key == replaced or textures[0].last_plan < self._plan - _PLANES_KEPT_FOR_PLANS:
                del self._planes[key]
                for texture in textures:
                    self._maker.destroy(texture)
