// The weight of the incoming side of a transition at a canvas pixel. Twin: wavyte_gpu/ops/shared/transition.py.
//#include shared/pixel
//#include shared/affine

// Positions: along a wipe in 1/32768 of its ramp, t = 1 where the incoming side is whole; of an iris in units around its origin.
struct Transition {
    u: Affine,
    v: Affine,
    ramp: vec4<i32>,   // x: fraction bits of u and v; y, z: of an iris, where the ramp ends and its width, in 1/256 units; w: shift
    scale: vec4<u32>,  // x: 2^31 / (ramp.z >> shift); y: the weight of a crossfade
}

// 3t^2 - 2t^3 for t in 0..32768, as a weight 0..255.
fn smooth_weight(t: u32) -> u32 {
    let v = ((t * t) >> 15u) * (98304u - 2u * t);
    return ((v >> 15u) * 255u + 16384u) >> 15u;
}

fn transition_position(a: Affine, x: i32, y: i32, bits: u32) -> i32 {
    return (affine_at(a, x, y) + ((1 << bits) >> 1u)) >> bits;
}

fn iris_distance(a: Affine, x: i32, y: i32, bits: u32) -> u32 {
    return u32(min(abs(transition_position(a, x, y, bits)), 46340));
}

// The weight at a distance in 1/256 units.
fn iris_weight(p: Transition, distance: u32) -> u32 {
    let d = u32(clamp(p.ramp.y - i32(distance), 0, p.ramp.z)) >> u32(p.ramp.w);
    return smooth_weight(min((d * p.scale.x + 32768u) >> 16u, 32768u));
}

fn weight_constant(p: Transition, x: i32, y: i32) -> u32 {
    return p.scale.y;
}

fn weight_linear(p: Transition, x: i32, y: i32) -> u32 {
    return smooth_weight(u32(clamp(transition_position(p.u, x, y, u32(p.ramp.x)), 0, 32768)));
}

fn weight_circle(p: Transition, x: i32, y: i32) -> u32 {
    let u = iris_distance(p.u, x, y, u32(p.ramp.x));
    let v = iris_distance(p.v, x, y, u32(p.ramp.x));
    let n = u * u + v * v;
    let r = isqrt(n);
    return iris_weight(p, r * 256u + div_round((n - r * r) * 256u, 2u * r + 1u));
}

fn weight_rect(p: Transition, x: i32, y: i32) -> u32 {
    let u = iris_distance(p.u, x, y, u32(p.ramp.x));
    let v = iris_distance(p.v, x, y, u32(p.ramp.x));
    return iris_weight(p, max(u, v) * 256u);
}

fn weight_diamond(p: Transition, x: i32, y: i32) -> u32 {
    let u = iris_distance(p.u, x, y, u32(p.ramp.x));
    let v = iris_distance(p.v, x, y, u32(p.ramp.x));
    return iris_weight(p, (u + v) * 256u);
}

// a * (255 - w) + b * w, rounded once.
fn mix_pixel(a: u32, b: u32, w: u32) -> u32 {
    let v = 255u - w;
    let low = (a & 0x00ff00ffu) * v + (b & 0x00ff00ffu) * w + 0x00800080u;
    let high = ((a >> 8u) & 0x00ff00ffu) * v + ((b >> 8u) & 0x00ff00ffu) * w + 0x00800080u;
    return (((low + ((low >> 8u) & 0x00ff00ffu)) >> 8u) & 0x00ff00ffu)
        | ((high + ((high >> 8u) & 0x00ff00ffu)) & 0xff00ff00u);
}
