"""Which adapter the tests run on: in continuous integration it is stated beforehand."""

from __future__ import annotations

import os

import pytest

from wavyte_gpu.render.gpu.device import describe_adapters


@pytest.mark.gpu
def test_adapter_is_the_expected_one():
    """WAVYTE_EXPECT_ADAPTER is a part of the adapter's name; without it any adapter will do."""
    (chosen,) = [report.info for report in describe_adapters(os.environ.get("WAVYTE_ADAPTER") or None) if report.chosen]
    assert os.environ.get("WAVYTE_EXPECT_ADAPTER", "").lower() in str(chosen).lower()
