"""Which adapter the tests run on. In continuous integration it is stated and must be there."""

from __future__ import annotations

import os

import pytest

from wavyte_gpu.render.gpu.device import describe_adapters


@pytest.mark.gpu
def test_adapter_is_the_expected_one(capsys):
    """WAVYTE_EXPECT_ADAPTER is a part of the adapter's name; with CI set, no adapter is a failure."""
    reports = describe_adapters(os.environ.get("WAVYTE_ADAPTER") or None)
    chosen = next((report.info for report in reports if report.chosen), None)
    with capsys.disabled():
        print(f"\nadapter: {chosen or 'none'}")
    if chosen is None and not os.environ.get("CI"):
        pytest.skip("no adapter on this machine; with CI set this fails")
    assert chosen is not None
    assert os.environ.get("WAVYTE_EXPECT_ADAPTER", "").lower() in str(chosen).lower()
