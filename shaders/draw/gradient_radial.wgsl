// Give a radial gradient, held beyond its radius. Twin: wavyte_gpu/ops/draw/gradient_radial.py.
//#use image
//#include shared/pixel
//#include shared/affine
//#include shared/gradient

struct Params {
    table: vec4<i32>,  // x, y: first entry in the page; z: log2 of the number of entries; w: fraction bits of the position
    u: Affine,         // position from the centre, the radius 2^15, with w fraction bits
    v: Affine,
}

fn radial_position(a: Affine, x: i32, y: i32, bits: u32) -> u32 {
    let n = (affine_at(a, x, y) + ((1 << bits) >> 1u)) >> bits;
    return u32(min(abs(n), 32768));
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let u = radial_position(p.u, x, y, u32(p.table.w));
    let v = radial_position(p.v, x, y, u32(p.table.w));
    let k = (isqrt(u * u + v * v) << u32(p.table.z)) >> 15u;
    return table_entry(p.table, min(i32(k), (1 << u32(p.table.z)) - 1));
}
