"""Whatever is valid renders; what is missing is found by `check`."""

from __future__ import annotations

import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene


def test_what_is_switched_off_or_not_shown_needs_no_support() -> None:
    hidden = leaf("words", "off", effects=[{"blur": 3}], enabled=False)
    assets = {"words": {"svg": {"source": "absent.svg"}}}
    document = scene(
        leaf("#ff0000", "a"), collection("g", hidden, enabled=False), hidden | {"id": "off2"}, assets=assets
    )
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=wv.SessionOptions(backend="reference"))
    assert (frame.rgba == [255, 0, 0, 255]).all()


def test_missing_sound_is_found_by_check() -> None:
    assets = {"song": {"audio": {"source": "song.mp3"}}}
    comp = wv.Composition.from_json(scene(leaf("song", "tune"), leaf("#ff0000", "a"), assets=assets))
    assert [(p.code, p.path, p.severity) for p in comp.check()] == [("missing_asset", "/assets/song", "error")]


def test_a_sequence_child_of_unknown_length_is_an_error() -> None:
    assets = {"song": {"audio": {"source": "song.mp3"}}}
    document = scene(
        collection("s", leaf("song", "tune"), leaf("#ff0000", "a", range=[0, 3]), mode="sequence"), assets=assets
    )
    with pytest.raises(wv.WavyteError) as caught:
        wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference"))
    assert caught.value.exit_code in (1, 2)
