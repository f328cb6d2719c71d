// Give one colour everywhere. Twin: wavyte_gpu/ops/draw/solid.py.

struct Params {
    color: vec4<u32>,  // x: premultiplied pixel
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    return p.color.x;
}
