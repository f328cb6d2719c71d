// What the parameters of every pass kernel begin with. Twin: wavyte_gpu/ops/shared/head.py.

struct Head {
    region: vec4<i32>,  // px to write, end exclusive
    origin: vec4<i32>,  // x, y: position of the output's first texel
    bounds: array<vec4<i32>, 4>,  // of each input; beyond them it is transparent
}

// The first px of a lane that writes COLUMNS x ROWS of them.
fn lane_at(region: vec4<i32>, group: vec3<u32>, lane: vec3<u32>) -> vec2<i32> {
    return region.xy + vec2<i32>(vec2<u32>((group.x * $WIDTHu + lane.x) * $COLUMNSu, group.y * $ROWSu));
}

fn within(b: vec4<i32>, p: vec2<i32>) -> bool {
    return p.x >= b.x && p.y >= b.y && p.x < b.z && p.y < b.w;
}
