"""validate, plan, verify, bench and golden over the fake engine."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest


def test_validate_counts_and_exit_codes(run, comp):
    good = run("validate", comp())
    assert (good.code, good.err) == (0, "")
    assert good.out.endswith("composition.json: ok\n")
    odd = run("validate", comp(odd=True))
    assert odd.code == 0
    assert "looks odd" in odd.err
    assert run("validate", comp(odd=True), "--strict").code == 2
    bad = run("validate", comp(broken=True))
    assert bad.code == 2
    assert len(bad.err.splitlines()) == 2


def test_validate_json(run, comp):
    (report,) = run("validate", comp(broken=True), "--json").lines()
    assert (report["schema"], report["ok"], report["errors"], report["warnings"]) == (1, False, 2, 0)
    assert report["problems"][1]["path"] == "/root"
    assert report["problems"][0]["file"].endswith("composition.json")
    (missing,) = run("validate", "nowhere.json", "--json").lines()
    assert missing["ok"] is False


def test_schema_only_opens_no_assets(run, comp):
    assert run("validate", comp(), "--schema-only", "--assets", ".").code == 2


def test_plan_forms(run, comp):
    assert run("plan", comp(), "2").out == "plan of 2\n"
    assert json.loads(run("plan", comp(), "2", "--json").out) == {"schema": 1, "frame": 2}
    assert run("plan", comp(), "2", "--dot").out == "digraph {}\n"
    assert run("plan", comp(), "2", "--dot", "--json").code == 2
    assert run("plan", comp(), "6").code == 2


def test_verify_equal(run, comp):
    result = run("verify", comp(), "--json")
    assert result.code == 0
    assert result.lines() == [{"schema": 1, "ok": True, "frames": 6, "first": None}]


def test_verify_names_the_first_difference(run, comp):
    result = run("verify", comp(differs=4), "--json")
    assert result.code == 1
    (report,) = result.lines()
    assert report["ok"] is False
    assert report["frames"] == 4
    assert report["first"] == {
        "frame": 4,
        "x": 2,
        "y": 1,
        "gpu": [4, 9, 0, 255],
        "reference": [4, 0, 0, 255],
        "op": 1,
        "node_id": "node_1",
    }
    text = run("verify", comp(differs=4))
    assert "frame 4 differs at (2, 1)" in text.out
    assert "node_1" in text.out


def test_bench(run, comp, tmp_path):
    out = tmp_path / "b" / "bench.json"
    result = run("bench", comp(), "--frames", "1:5", "--warmup", "2", "-o", str(out), "--json")
    report = json.loads(result.out)
    assert (report["schema"], report["frames"], report["warmup"]) == (1, 4, 2)
    assert json.loads(out.read_text()) == report
    assert "fake adapter" in run("bench", comp()).out


@pytest.fixture
def folder(comp, tmp_path) -> Path:
    comp("g/one.json")
    comp("g/deep/two.json", meta={"golden": [1, "0.1s"]})
    (tmp_path / "g" / "vars.json").write_text('{"count": 1}')
    return tmp_path / "g"


def test_golden_round_trip(run, folder):
    result = run("golden", "update", str(folder))
    assert result.code == 0
    assert "5 frames of 2 compositions" in result.out
    one = json.loads((folder / "one.golden.json").read_text())
    two = json.loads((folder / "deep" / "two.golden.json").read_text())
    assert list(one["frames"]) == ["0", "3", "5"]
    assert list(two["frames"]) == ["1", "3"]
    assert (folder / "one.golden.png").is_file()
    assert run("golden", "check", str(folder)).code == 0


def test_golden_missing_fails(run, folder):
    result = run("golden", "check", str(folder))
    assert result.code == 1
    assert result.err.count("has no golden") == 2


def test_golden_of_nothing_fails(run, tmp_path):
    assert run("golden", "check", str(tmp_path)).code == 2
    assert run("golden", "check", str(tmp_path / "nowhere")).code == 2


def test_golden_difference_report_and_junit(run, folder, tmp_path, comp):
    assert run("golden", "update", str(folder)).code == 0
    golden = folder / "one.golden.json"
    golden.write_text(golden.read_text().replace('"3": "', '"3": "0'))
    report, junit = tmp_path / "report", tmp_path / "junit.xml"
    result = run("golden", "check", str(folder), "--report", str(report), "--junit", str(junit), "--json")
    assert result.code == 1
    cases = {case["composition"]: case for case in json.loads(result.out.splitlines()[-1])["cases"]}
    assert cases["deep/two.json"]["ok"]
    assert "frame 3 differs" in cases["one.json"]["failures"][0]
    names = {path.name for path in report.iterdir()}
    assert names == {
        "index.html",
        "one.expected.png",
        "one.actual.png",
        "one.difference.png",
        "one.frame_00003.png",
    }
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "one.golden.json").write_text("{}"),
        lambda folder: (folder / "one.json").write_text("{"),
        lambda folder: (folder / "one.json").unlink(),
        lambda folder: (folder / "one.golden.json").write_text('{"frames": {"0": "00", "1": "11"}}'),
    ],
)
def test_golden_damage_fails(run, folder, damage):
    assert run("golden", "update", str(folder)).code == 0
    damage(folder)
    assert run("golden", "check", str(folder)).code in (1, 2)


def test_golden_report_belongs_to_check(run, folder, tmp_path):
    assert run("golden", "update", str(folder), "--report", str(tmp_path / "r")).code == 2


def test_golden_frames_outside(run, comp, tmp_path):
    comp("g/one.json", meta={"golden": [6]})
    assert run("golden", "update", str(tmp_path / "g")).code == 2
