// Give opaque grey noise, one level a cell. Twin: wavyte_gpu/ops/draw/noise.py.
//#include shared/affine
//#include shared/noise

struct Params {
    seed: vec4<u32>,  // x
    u: Affine,        // position in cells
    v: Affine,
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let column = u32(affine_at(p.u, x, y) >> 16u);
    let row = u32(affine_at(p.v, x, y) >> 16u);
    let grey = hash3(p.seed.x, column, row) >> 24u;
    return grey * 0x00010101u | 0xff000000u;
}
