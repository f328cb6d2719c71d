"""No shader uses what may differ between drivers: only integers, and floats as hints that integers correct."""

from __future__ import annotations

import re

import pytest

from wavyte_gpu.ops.source import read, root, shader_names

HINTS = {"digits", "div_round", "isqrt"}  # the functions that may use a float

FUNCTION = re.compile(r"\bfn\s+(\w+)\s*\(")
# What may stand nowhere.
FORBIDDEN = {
    "sampler": r"\bsampler\w*|\btexture(?:Sample|Gather)\w*",
    "format": r"\b\w*(?:unorm|snorm|srgb|float|Unorm|Snorm|Float)\w*\b",
    "texture type": r"\btexture_(?!storage_2d<\s*(?:(?:rgba32|rg32|r32)uint\b|\$(?:IN|OUT)\b)|2d<\s*u32\s*>)\w+(?:<[^>]*>)?",
    "float type": r"\bf16\b|\bf64\b|\bvec\d[fh]\b|\bmat\dx\d\w*|\bbitcast\b",
    "float atomic": r"\batomic<\s*f",
    "subgroup": r"\bsubgroup\w*|\bquad(?:Broadcast|Swap)\w*|\benable\b",
    "derivative": r"\b(?:dpdx|dpdy|fwidth)\w*",
}
# What may stand only in hint functions.
FLOAT = {
    "float": r"\bf32\b|(?<![\w.])\d+\.\d*|\b\d+f\b|\b\d+e-?\d+",
    "float function": r"\b(?:sqrt|inverseSqrt|sin|cos|tan|asin|acos|atan|atan2|exp|exp2|log|log2|pow|floor|ceil|round"
    r"|trunc|fract|mix|smoothstep|step|length|distance|normalize|degrees|radians|fma)\s*\(",
}
UNSIGNED = r"\s*(?:(?:\d+u|0x[0-9a-fA-F]+u|\$[A-Z]+u)\b|u32\()"  # a literal, a value that the joiner puts in, or what is made one


def violations(text: str) -> list[str]:
    """Return what a shader does that it may not."""
    code = re.sub(r"//[^\n]*", "", text)
    found: list[str] = []
    for name, body in functions(code):
        for what, pattern in FORBIDDEN.items():
            found += [f"{name}: {what}: {m.group()}" for m in re.finditer(pattern, body)]
        if name not in HINTS:
            for what, pattern in FLOAT.items():
                found += [f"{name}: {what}: {m.group()}" for m in re.finditer(pattern, body)]
            # Signed remainders and quotients differ between drivers; the divisor shows that it is unsigned.
            found += [f"{name}: division: {m.group()}" for m in re.finditer(rf"[%/](?!{UNSIGNED}).{{0,12}}", body)]
        else:
            found += [f"{name}: remainder: {m.group()}" for m in re.finditer(r"%.{0,12}", body)]
        if name:
            found += [f"{name}: no initialiser: {m.group()}" for m in re.finditer(r"\bvar\s+\w+\s*(?::[^=;]+)?;", body)]
    for m in re.finditer(r"var<\s*workgroup\s*>\s*(\w+)", code):
        start = code.split("@compute", 1)[-1].split("workgroupBarrier", 1)[0]
        if not re.search(rf"\b{m.group(1)}\b(?:\[[^\]]*\])?\s*=[^=]|atomicStore\(\s*&{m.group(1)}", start):
            found.append(f"workgroup memory not written before the first barrier: {m.group(1)}")
    return found


def functions(code: str) -> list[tuple[str, str]]:
    """Split WGSL into functions, by name; what stands outside has the name ""."""
    parts: list[tuple[str, str]] = []
    at = 0
    for m in FUNCTION.finditer(code):
        if m.start() < at:
            continue
        parts.append(("", code[at : m.start()]))
        i = code.index("{", m.end())
        depth = 0
        for j in range(i, len(code)):
            depth += (code[j] == "{") - (code[j] == "}")
            if depth == 0:
                at = j + 1
                break
        parts.append((m.group(1), code[m.start() : at]))
    parts.append(("", code[at:]))
    return parts


@pytest.mark.parametrize("name", shader_names())
def test_shader_is_exact(name: str) -> None:
    assert violations(read(name)) == []


@pytest.mark.parametrize("name", shader_names())
def test_shader_begins_with_what_it_does_and_its_twin(name: str) -> None:
    first = read(name).splitlines()[0]
    assert first.startswith("// ") and first.endswith(f" Twin: wavyte_gpu/ops/{name}.py.")


@pytest.mark.parametrize("name", shader_names())
def test_twin_names_its_shader(name: str) -> None:
    twin = root().parent / "wavyte_gpu" / "ops" / f"{name}.py"
    first = twin.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith('"""') and f"Twin of shaders/{name}.wgsl." in first


def test_every_twin_has_its_shader() -> None:
    ops = root().parent / "wavyte_gpu" / "ops"
    twins = {
        p.relative_to(ops).with_suffix("").as_posix()
        for folder in ("shared", "draw", "composite", "passes", "output", "shapes")
        for p in (ops / folder).glob("*.py")
        if p.name != "__init__.py"
    }
    assert twins == set(shader_names())


PLANTED = {
    "f32 result": "fn f(n: u32) -> f32 { return 1.0; }",
    "float in a helper": "fn f(n: u32) -> u32 { return u32(f32(n)); }",
    "square root": "fn f(n: u32) -> u32 { return u32(sqrt(n)); }",
    "float literal": "const A = 0.5;",
    "sampler": "@group(0) @binding(1) var s: sampler;",
    "sampling": "fn f() -> u32 { return textureSampleLevel(t, s, p, 0).x; }",
    "gather": "fn f() -> u32 { return textureGather(0, t, s, p).x; }",
    "unorm format": "@group(0) @binding(0) var t: texture_storage_2d<rgba8unorm, write>;",
    "srgb format": "@group(0) @binding(0) var t: texture_storage_2d<rgba8unorm_srgb, write>;",
    "float texture": "@group(0) @binding(0) var t: texture_2d<f32>;",
    "unorm packing": "fn f(a: u32) -> u32 { return pack4x8unorm(unpack4x8unorm(a)); }",
    "signed remainder": "fn f(a: i32, b: i32) -> i32 { return a % b; }",
    "signed remainder by a literal": "fn f(a: i32) -> i32 { return a % 3; }",
    "signed division": "fn f(a: i32) -> i32 { return a / 3; }",
    "remainder in a hint": "fn isqrt(a: u32) -> u32 { return a % 3u; }",
    "var in a loop": "fn f() { for (var i = 0; i < 3; i++) { var x: i32; x += i; } }",
    "var without type": "fn f() { loop { var x; } }",
    "float atomic": "var<storage, read_write> a: atomic<f32>;",
    "subgroups": "fn f(a: u32) -> u32 { return subgroupAdd(a); }",
    "extension": "enable subgroups;",
    "bitcast": "fn f(a: u32) -> i32 { return bitcast<i32>(a); }",
    "workgroup memory": "var<workgroup> m: array<u32, 64>;\n@compute fn main() { let a = m[0]; workgroupBarrier(); }",
}


@pytest.mark.parametrize("what", PLANTED)
def test_scan_finds_what_is_planted(what: str) -> None:
    assert violations(PLANTED[what])


def test_scan_lets_pass_what_is_allowed() -> None:
    assert not violations(
        """
        var<workgroup> m: array<u32, 64>;
        fn isqrt(n: u32) -> u32 { return u32(sqrt(f32(n))); }
        fn f(a: u32) -> u32 { var x = a % 3u; x = x / 0x10u; return x; }
        @compute @workgroup_size(64) fn main() { m[0] = 0u; workgroupBarrier(); }
        """
    )
