// Affine positions in 16.32 fixed point, read at canvas pixels. Twin: wavyte_gpu/ops/shared/affine.py.

struct Affine {
    hi: vec4<i32>,  // step in x, step in y, origin: the upper words, in 16.16
    lo: vec4<i32>,  // the same: the lower 16 bits, 0..65535
}

// Position of canvas pixel (x, y) in 16.16; |x|, |y| < 16384.
fn affine_at(a: Affine, x: i32, y: i32) -> i32 {
    let f = x * a.lo.x + y * a.lo.y + a.lo.z;
    return x * a.hi.x + y * a.hi.y + a.hi.z + (f >> 16u);
}
