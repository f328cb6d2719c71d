"""Frames: ownership, hash, straight alpha, PNG; and the hash family."""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from wavyte_gpu.encode import Frame, write_png
from wavyte_gpu.foundation.errors import EncodeError, SchemaError
from wavyte_gpu.foundation.hashing import Hasher, frame_hash, frames_hash
from wavyte_gpu.ops.planes import Planes
from wavyte_gpu.ops.registry import PLANE_FORMS


def premultiplied(height: int = 6, width: int = 8, seed: int = 0) -> np.ndarray:
    rgba = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    rgba[..., :3] = np.minimum(rgba[..., :3], rgba[..., 3:])
    return rgba


def test_owns_its_bytes_and_is_read_only() -> None:
    rgba = premultiplied()
    frame = Frame(3, rgba)
    before = frame.hash
    rgba[:] = 0
    assert frame_hash(frame.rgba) == before == frame.hash and len(before) == 32
    with pytest.raises(ValueError):
        frame.rgba[0, 0, 0] = 1
    assert (frame.index, frame.width, frame.height) == (3, 8, 6)


def test_packed_pixels_and_adopted_arrays_are_the_same_frame() -> None:
    rgba = premultiplied()
    packed = rgba.view(np.uint32)[..., 0]
    a, b, c = Frame(0, rgba), Frame(0, packed), Frame.adopt(0, packed)
    assert a.hash == b.hash == c.hash == xxhash.xxh3_128_hexdigest(rgba.tobytes())
    assert np.shares_memory(c.rgba, packed)
    assert Frame(0, rgba[:, ::-1]).hash == frame_hash(np.ascontiguousarray(rgba[:, ::-1]))


def test_sizes_of_planes() -> None:
    form = PLANE_FORMS["nv12"]
    parts = (np.zeros((5, 7), np.uint8), np.zeros((3, 8), np.uint8))
    frame = Frame(0, premultiplied(5, 7), Planes(form, parts))
    assert frame.form == form and frame.planes is not None and not np.shares_memory(frame.planes.parts[0], parts[0])
    for wrong in ((parts[0],), parts[::-1], (parts[0].astype(np.uint16), parts[1])):
        with pytest.raises(ValueError, match=r"nv12 of 7x5 has planes of \[\(5, 7\), \(3, 8\)\]"):
            Frame(0, premultiplied(5, 7), Planes(form, wrong))
    with pytest.raises(ValueError, match="a frame is"):
        Frame(0, np.zeros((2, 2, 3), np.uint8))


def test_straight_is_exact_for_all_pairs() -> None:
    c, a = np.meshgrid(np.arange(256), np.arange(256))
    frame = Frame(0, np.stack([np.minimum(c, a)] * 3 + [a], -1).astype(np.uint8))
    c = np.minimum(c, a)
    want = np.where(a == 0, 0, (2 * c * 255 + a) // np.maximum(2 * a, 1))
    assert (frame.straight()[..., 0] == want).all() and (frame.straight()[..., 3] == a).all()
    assert frame.straight().flags.writeable


def test_png_in_a_notebook_and_on_disk(tmp_path: Path) -> None:
    frame = Frame(0, premultiplied())
    assert (iio.imread(io.BytesIO(frame._repr_png_())) == frame.straight()).all()
    frame.save(tmp_path / "f.png")
    assert (iio.imread(tmp_path / "f.png") == frame.straight()).all()
    assert [p.name for p in tmp_path.iterdir()] == ["f.png"]


def test_pickles() -> None:
    frame = Frame(4, premultiplied(), None)
    again = pickle.loads(pickle.dumps(frame))
    assert again.hash == frame.hash and again.index == 4


def test_write_png_refuses(tmp_path: Path) -> None:
    frame = Frame(0, premultiplied())
    write_png(tmp_path / "a.png", frame)
    for path, pattern in [
        ("a.png", "exists"),
        ("a.jpg", "PNG"),
        ("no/a.png", "no folder"),
    ]:
        with pytest.raises(SchemaError, match=pattern):
            write_png(tmp_path / path, frame)
    (tmp_path / "d.png").mkdir()
    with pytest.raises(SchemaError, match="directory"):
        write_png(tmp_path / "d.png", frame, overwrite=True)
    with pytest.raises(EncodeError):
        write_png(tmp_path / ("x" * 300 + ".png"), frame)


def test_a_failing_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as out:
            out.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EncodeError, match="No space"):
        write_png(tmp_path / "a.png", Frame(0, premultiplied()))
    assert list(tmp_path.iterdir()) == []


def test_hashes_are_those_of_the_encoding() -> None:
    parts = b"\x07" + b"\x01\x02\x00\x00" + b"\xff" * 8 + b"\0\0\0\0\0\0\xf0?" + b"\x02\0\0\0\0\0\0\0ab"
    assert Hasher().u8(7).u32(513).i64(-1).f64(1.0).bytes(b"ab").digest() == xxhash.xxh3_128_digest(parts)
    array = np.array([[1, 2, 3]], np.uint16)
    parts = b"\x03\0\0\0\0\0\0\0<u2" + b"\x02" + b"\x01" + b"\0" * 7 + b"\x03" + b"\0" * 7 + b"\x01\0\x02\0\x03\0"
    assert Hasher().array(array).digest() == xxhash.xxh3_128_digest(parts)


def test_hash_values_are_pinned() -> None:
    assert frame_hash(np.zeros((2, 2, 4), np.uint8)) == xxhash.xxh3_128_hexdigest(bytes(16))
    assert Hasher().digest().hex() == "99aa06d3014798d86001c324468d497f"


@given(st.integers(1, 3), st.data())
def test_arrays_hash_by_content(axes: int, data: st.DataObject) -> None:
    shape = tuple(data.draw(st.integers(0, 4)) for _ in range(axes))
    array = np.random.default_rng(1).normal(size=shape)
    want = Hasher().array(array).digest()
    assert Hasher().array(np.asfortranarray(array)).digest() == want
    assert Hasher().array(array.astype(">f8")).digest() == want
    wide = np.zeros((*shape, 2))
    wide[..., 0] = array
    assert Hasher().array(wide[..., 0]).digest() == want
    assert Hasher().array(array.astype(np.float32)).digest() != want
    assert Hasher().array(array[None]).digest() != want


def test_frames_hash_is_over_the_digests() -> None:
    hexes = [hashlib.md5(bytes([k])).hexdigest() for k in range(3)]
    assert frames_hash(hexes) == xxhash.xxh3_128_hexdigest(b"".join(bytes.fromhex(h) for h in hexes))
    assert frames_hash(hexes) != frames_hash(hexes[::-1])
