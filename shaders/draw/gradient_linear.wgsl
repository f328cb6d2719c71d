// Give a linear gradient, held at its ends. Twin: wavyte_gpu/ops/draw/gradient_linear.py.
//#use image
//#include shared/affine
//#include shared/gradient

struct Params {
    table: vec4<i32>,  // x, y: first entry in the page; z: log2 of the number of entries; w: fraction bits of the position
    t: Affine,         // position in entries, with w fraction bits
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let k = affine_at(p.t, x, y) >> u32(p.table.w);
    return table_entry(p.table, clamp(k, 0, (1 << u32(p.table.z)) - 1));
}
