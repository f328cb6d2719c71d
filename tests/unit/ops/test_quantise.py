"""Host quantisation: what the other tests do not reach."""

from __future__ import annotations

import numpy as np
import pytest

from wavyte_gpu.ops import quantise


def test_affine_words_split() -> None:
    hi, lo = quantise.affine_words([1.5, -1 / 3], [0.0, 0.0], [-3.0, 40000.0])
    assert hi.dtype == lo.dtype == np.int32 and hi.shape == lo.shape == (2, 4)
    assert hi[0].tolist() == [3 << 15, 0, -3 << 16, 0] and lo[0].tolist() == [0, 0, 0, 0]
    # -1/3 in 16.32, rounded half up, in two's complement.
    q = int(np.floor(-(2.0**32) / 3 + 0.5))
    assert (int(hi[1, 0]) << 16) + int(lo[1, 0]) == q
    assert hi[1, 2] == (40000 - 65536) << 16  # modulo 2^16


def test_affine_words_of_values_just_below_zero() -> None:
    hi, lo = quantise.affine_words(-1e-30, -(2.0**-32), 0.0)
    assert hi[0].tolist() == [0, -1, 0, 0] and lo[0].tolist() == [0, 65535, 0, 0]


def test_edges_point_down_and_unused_ones_are_empty() -> None:
    quad = np.array([[[1.0, 2], [5, 2], [5, 9], [1, 9]]])
    edges = quantise.edge_records(quad, 8)[0]
    used = edges["span"][:, 1] < edges["span"][:, 3]
    assert used.sum() == 2
    assert sorted(edges["line"][used, 3].tolist()) == [-1, 1]
    assert not edges["span"][~used].any() and not edges["line"][~used].any()


def test_vertices_round_half_up() -> None:
    quad = np.array([[[0.5 / 256, -0.5 / 256], [4.0, 0], [4, 4], [0.5 / 256, 4]]])
    edges = quantise.edge_records(quad)[0]
    assert edges["span"][3].tolist() == [1 << 2, 0, 1 << 2, 4 << 10]


def test_large_quads_need_a_clip_rectangle() -> None:
    quad = np.array([[[-20000.0, 0], [20000, 0], [20000, 50], [-20000, 50]]])
    assert quantise.needs_clipping(quad).tolist() == [True]
    with pytest.raises(AssertionError):
        quantise.edge_records(quad, 4)
    edges = quantise.edge_records(quad, 8, (0.0, 0.0, 100.0, 100.0))[0]
    used = edges[edges["span"][:, 1] < edges["span"][:, 3]]
    assert sorted(used["span"][:, 0].tolist()) == [-64 << 10, 164 << 10]


def test_quads_outside_the_clip_rectangle_vanish() -> None:
    quad = np.array([[[20000.0, 0], [30000, 0], [30000, 50], [20000, 50]]])
    edges = quantise.edge_records(quad, 8, (0.0, 0.0, 100.0, 100.0))
    assert not edges["span"].any()


def test_no_quads() -> None:
    assert quantise.edge_records(np.zeros((0, 4, 2))).shape == (0, 4)
    assert quantise.pixel_bounds(np.zeros((0, 4, 2))).shape == (0, 4)


def test_pixel_bounds() -> None:
    quad = np.array([[[0.2, 1.0], [3.0, 1.0], [3.0, 4.001], [0.2, 4.001]]])
    assert quantise.pixel_bounds(quad)[0].tolist() == [0, 1, 3, 4]  # 4.001 rounds to 4
    assert quantise.pixel_bounds(quad * 1e12)[0].tolist()[2:] == [2**30, 2**30]
