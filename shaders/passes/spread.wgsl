// Grow or shrink an alpha along one axis. Twin: wavyte_gpu/ops/passes/spread.py.
//#include shared/neighbours

struct Params {
    head: Head,
    size: vec4<i32>,  // x: whole px; y: the rest, 0..255 of 256; z: 65280 shrinks, 0 grows
}

// The alpha `k` texels along the axis; of what is outside it, if it shrinks.
fn along(p: vec2<i32>, k: i32) -> u32 {
    let q = p + select(vec2<i32>(0, k), vec2<i32>(k, 0), $AXIS == 1);
    return u32(abs(params.size.z - i32(load(q.x, q.y))));
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let p = lane_at(head.region, group, lane);
    if p.x >= head.region.z { return; }
    let n = params.size.x;
    var most = (max(along(p, -n - 1), along(p, n + 1)) * u32(params.size.y) + 128u) >> 8u;
    for (var k = -n; k <= n; k++) {
        most = max(most, along(p, k));
    }
    textureStore(dest, p - head.origin.xy, vec4<u32>(u32(abs(params.size.z - i32(most))), 0u, 0u, 0u));
}
