// Reduce straight colours to a few levels. Twin: execute in __init__.py.
//#include shared/pixel
//#include shared/head

struct Params {
    head: Head,
    steps: vec4<u32>,  // x: levels of a channel less one, 1..255
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

// The level nearest to c / a, times a; rounded both times.
fn nearest_level(c: u32, a: u32, steps: u32) -> u32 {
    return div_round(div_round(c * steps, max(a, 1u)) * a, steps);
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let x = head.region.x + i32(group.x * $WIDTHu + lane.x);
    let y = head.region.y + i32(group.y * $ROWSu);
    if x >= head.region.z { return; }
    let b = head.bounds[0];
    let n = params.steps.x;
//#for R ROWS
    if y + $R < head.region.w {
        let p = vec2<i32>(x, y + $R);
        let c = channels(select(0u, textureLoad(image, p - b.xy).x, within(b, p)));
        let s = vec4<u32>(nearest_level(c.x, c.w, n), nearest_level(c.y, c.w, n), nearest_level(c.z, c.w, n), c.w);
        textureStore(dest, p - head.origin.xy, vec4<u32>(pack(s), 0u, 0u, 0u));
    }
//#end
}
