// Reduce straight colours to a few levels. Twin: execute in __init__.py.
//#include shared/pixel
//#include shared/pixelwise

struct Params {
    head: Head,
    steps: vec4<u32>,  // x: levels of a channel less one, 1..255
}

// The level nearest to c / a, times a; rounded both times.
fn nearest_level(c: u32, a: u32, steps: u32) -> u32 {
    return div_round(div_round(c * steps, max(a, 1u)) * a, steps);
}

fn pixel(p: vec2<i32>, s: u32) -> u32 {
    let c = channels(s);
    let n = params.steps.x;
    return pack(vec4<u32>(nearest_level(c.x, c.w, n), nearest_level(c.y, c.w, n), nearest_level(c.z, c.w, n), c.w));
}
