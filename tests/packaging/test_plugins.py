"""The example plugins, installed as packages of their own: documents name their effects, both backends agree on them."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wavyte_gpu as wv
from wavyte_gpu.effects.definition import Opacity
from wavyte_gpu.ops.registry import PassKernel, add_pass, pass_id, pass_kernel
from wavyte_gpu.transitions.definition import Change, Move, Sweep

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "examples" / "plugins"


def document(*effects: Any) -> dict[str, Any]:
    return {
        "version": "0.3",
        "canvas": {"width": 90, "height": 70},
        "duration": 3,
        "assets": {"sky": {"gradient": {"start": "#102040", "end": "#ffd0a0c0"}}},
        "root": {
            "id": "sky",
            "kind": {"leaf": {"asset": "sky", "size": [70, 60]}},
            "transform": {"translate": [12, 3], "rotation_deg": 8},
            "effects": list(effects),
        },
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plugins into a folder."""
    target = tmp_path_factory.mktemp("plugins")
    for name in ("vignette_from_ops", "posterize_wgsl", "dive_from_sweeps"):
        copy = tmp_path_factory.mktemp("source") / name
        subprocess.run(["cp", "-r", str(PLUGINS / name), str(copy)], check=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    return target


def wavyte(folder: Path, source: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where the plugins are installed."""
    file = folder / "scene.json"
    file.write_text(json.dumps(source))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-m", "wavyte_gpu", arguments[0], str(file), *arguments[1:]]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300)


def hashes(folder: Path, source: dict[str, Any]) -> list[str]:
    done = wavyte(folder, source, "hash", "--backend", "reference")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


VIGNETTE = {
    "vignette": {"center": [30, 30], "radius": {"keyframes": [{"frame": 0, "value": 10}, {"frame": 2, "value": 40}]}}
}


def test_installed_effects_change_what_is_drawn(folder: Path) -> None:
    plain = hashes(folder, document())
    for effect in (VIGNETTE, {"posterize": 3}):
        assert hashes(folder, document(effect)) != plain
    assert (
        hashes(folder, document({"posterize": 256}, {"vignette": {"center": [0, 0], "radius": 9, "amount": 0}}))
        == plain
    )


@pytest.mark.gpu
def test_backends_agree(folder: Path) -> None:
    done = wavyte(folder, document(VIGNETTE, {"posterize": 4}, {"blur": 3}), "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal in every bit" in done.stdout


def changing(kind: str, **params: Any) -> dict[str, Any]:
    """Two pictures that change places in the frames [2, 10)."""
    both = {"kind": kind, "duration_frames": 8, "params": params}
    children = [
        {"id": "a", "kind": {"leaf": {"asset": "sky"}}, "range": [0, 10], "transition_out": both},
        {"id": "b", "kind": {"leaf": {"asset": "dusk"}}, "range": [2, 12], "transition_in": both},
    ]
    return {
        **document(),
        "duration": 12,
        "assets": {
            "sky": {"gradient": {"start": "#102040", "end": "#ffd0a0"}},
            "dusk": {"gradient": {"type": "radial", "start": "#402030", "end": "#80c0ff"}},
        },
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": children}}},
    }


def test_an_installed_transition_changes_what_is_drawn(folder: Path) -> None:
    """Without depth it is the iris that it sweeps; with some, sides grow."""
    iris = hashes(folder, changing("iris", soft_edge=0.05))
    assert hashes(folder, changing("dive", depth=0)) == iris
    deep = hashes(folder, changing("dive"))
    same = [a == b for a, b in zip(deep[1::2], iris[1::2], strict=True)]
    assert same[:3] == [True] * 3 and not any(same[3:10]) and same[10]


def test_documents_that_name_installed_kinds_are_valid(folder: Path) -> None:
    source = changing("dive")
    source["root"]["kind"]["collection"]["children"][1]["effects"] = [VIGNETTE, {"posterize": 3}]
    done = wavyte(folder, source, "validate")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.gpu
def test_backends_agree_on_an_installed_transition(folder: Path) -> None:
    done = wavyte(folder, changing("dive", origin=[0.3, 0.6]), "verify")
    assert done.returncode == 0 and "equal in every bit" in done.stdout, done.stdout + done.stderr


def test_a_transition_of_a_registry_draws_a_side_alone() -> None:
    """It does what the built-in ones it is made of do: those are held against truth elsewhere."""

    def lower(v: Any, t: float, alone: bool) -> Change:
        return Change(Sweep(v.shape, t), Move(shift=(v.by * (1.0 - t), 0.0)), Move(shift=(v.by * t, 0.0)))

    kind = wv.TransitionDef("own", (wv.ParamSchema("shape", "string"), wv.ParamSchema("by", "f64", default=0.0)), lower)

    def drawn(frame: int, name: str, **params: Any) -> str:
        source = document()
        for end in ("in", "out"):
            source["root"][f"transition_{end}"] = {"kind": name, "duration_frames": 8, "params": params}
        comp = wv.Composition.from_json({**source, "duration": 20}, wv.Registry(transitions=(kind,)))
        return wv.render_frame(comp, frame, options=wv.SessionOptions(backend="reference")).hash

    for frame in (3, 15):
        assert drawn(frame, "own", shape="fade") == drawn(frame, "crossfade")
        assert drawn(frame, "own", shape="top_to_bottom") == drawn(frame, "wipe", dir="ttb")
        assert drawn(frame, "own", shape="diamond") == drawn(frame, "iris", shape="diamond")
        assert drawn(frame, "own", shape="fade", by=-0.5) != drawn(frame, "crossfade")
    with pytest.raises(wv.SchemaError, match="'own' sweeps in an unknown shape"):
        drawn(3, "own", shape="hexagon")


def test_what_can_not_be_drawn_is_refused_when_it_is_registered() -> None:
    with pytest.raises(wv.UnsupportedError, match=r"third party.*found mesh"):
        wv.Registry(assets=(wv.AssetKindDef("mesh"),))
    with pytest.raises(wv.SchemaError, match="twice"):
        wv.Registry(transitions=(wv.TransitionDef("wipe", (), lambda v, t, alone: Change()),))


def test_their_parameters_are_checked(folder: Path) -> None:
    done = wavyte(folder, document({"posterize": {"level": 3}}), "validate", "--schema-only")
    assert done.returncode == 2 and "did you mean 'levels'" in done.stdout + done.stderr
    done = wavyte(folder, document({"posterise": 3}), "validate")
    assert done.returncode == 2 and "did you mean 'posterize'" in done.stdout + done.stderr


def test_without_them_the_effects_are_unknown() -> None:
    with pytest.raises(wv.SchemaError, match="unknown effect"):
        wv.Composition.from_json(document({"posterize": 3}))


def test_a_broken_package_is_named(folder: Path, tmp_path: Path) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    for target, words in (("nowhere:EFFECT", "can't be loaded"), ("json:loads", "an EffectDef is expected")):
        (info / "entry_points.txt").write_text(f"[wavyte.effects]\nbad = {target}\n")
        done = wavyte(tmp_path, document(), "validate")
        text = done.stdout + done.stderr
        assert done.returncode == 2 and "'bad' of broken" in text and "Traceback" not in text
        assert words in text or "EffectDef is expected" in text


def twin(params: Any, dest: Any, inputs: Any) -> None:
    """Do nothing."""


def test_a_registry_brings_its_own_kinds() -> None:
    calls: list[float] = []

    def lower(v: Any) -> tuple[()]:
        calls.append(v.value)
        return ()

    noted = wv.EffectDef("noted", (wv.ParamSchema("value", "f64", default=2.5),), "value", lower)
    comp = wv.Composition.from_json(document("noted"), wv.Registry(effects=(noted,)))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        session.render_frame(0)
    assert calls == [2.5]


def test_a_session_draws_with_the_registry_it_is_given() -> None:
    """It wins over that of the composition; what it lacks is an error."""

    def faded(to: float) -> wv.Registry:
        return wv.Registry(effects=(wv.EffectDef("faded", lower=lambda v: (Opacity(to),)),))

    comp = wv.Composition.from_json(document("faded"), faded(0.5))
    options = wv.SessionOptions(backend="reference")

    def alpha(registry: wv.Registry | None) -> int:
        with wv.RenderSession(comp, registry, options=options) as session:
            return int(session.render_frame(0).rgba[30, 40, 3])

    assert 0 == alpha(faded(0.0)) < alpha(faded(0.25)) < alpha(None) == alpha(faded(0.5)) < alpha(faded(1.0))
    with pytest.raises(wv.SchemaError, match=r"root\.effects\[0\].*unknown effect; found \"faded\""):
        wv.RenderSession(comp, wv.Registry(), options=options)


def test_a_document_is_checked_and_read_with_the_same_kinds() -> None:
    noted = wv.Registry(effects=(wv.EffectDef("noted"),))
    assert wv.validate_schema(document({"noted": {}}), noted) == []
    assert [p.code for p in wv.validate_schema(document({"noted": {}}))] == ["unknown_effect"]


def test_installed_kinds_are_known_to_the_schema_too(folder: Path) -> None:
    program = f"import wavyte_gpu as wv; print(wv.validate_schema({document({'posterize': 3})!r}))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def lower_nothing(v: Any) -> tuple[()]:
    return ()


def test_a_composition_with_kinds_of_its_own_is_pickled() -> None:
    effect = wv.EffectDef("nothing", (wv.ParamSchema("value", "f64", default=1.0),), "value", lower_nothing)
    comp = wv.Composition.from_json(document({"nothing": 3}), wv.Registry(effects=(effect,)))
    assert pickle.loads(pickle.dumps(comp)).to_json() == comp.to_json()


def test_built_in_names_are_taken() -> None:
    with pytest.raises(wv.SchemaError, match="twice"):
        wv.Registry(effects=(wv.EffectDef("blur"),))
    with pytest.raises(wv.LimitError, match="mask"):
        wv.Registry(ops=(PassKernel("mask", code="", twin=twin),))
    kernel = PassKernel("test/nothing", code="// nothing", twin=twin)
    assert (
        add_pass(kernel) == add_pass(kernel) == pass_id("test/nothing")
        and pass_kernel(pass_id("test/nothing")) == kernel
    )
    with pytest.raises(wv.LimitError, match="test/nothing"):
        add_pass(kernel._replace(code="// other"))
