// Grow or shrink an alpha along one axis. Twin: wavyte_gpu/ops/passes/spread.py.
//#include shared/head
//#include shared/wide

struct Params {
    head: Head,
    size: vec4<i32>,  // x: whole px; y: the rest, 0..255 of 256; z: 65280 shrinks, 0 grows
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

// The alpha `k` texels along the axis; of what is outside it, if it shrinks.
fn load(p: vec2<i32>, k: i32) -> u32 {
    let b = params.head.bounds[0];
    let q = p + select(vec2<i32>(0, k), vec2<i32>(k, 0), $AXIS == 1);
    let a = to_wide(select(vec4<u32>(0u), textureLoad(image, q - b.xy), within(b, q)));
    return u32(abs(params.size.z - i32(a)));
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let p = head.region.xy + vec2<i32>(vec2<u32>(group.x * $WIDTHu + lane.x, group.y));
    if p.x >= head.region.z { return; }
    let n = params.size.x;
    var most = (max(load(p, -n - 1), load(p, n + 1)) * u32(params.size.y) + 128u) >> 8u;
    for (var k = -n; k <= n; k++) {
        most = max(most, load(p, k));
    }
    textureStore(dest, p - head.origin.xy, vec4<u32>(u32(abs(params.size.z - i32(most))), 0u, 0u, 0u));
}
