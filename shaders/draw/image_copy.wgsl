// Read an image at whole-pixel offsets. Twin: wavyte_gpu/ops/draw/image_copy.py.
//#use image

struct Params {
    offset: vec4<i32>,  // x, y: texel minus canvas pixel; the layer's bounds keep the reads inside the image
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    return textureLoad(image, vec2<i32>(x, y) + p.offset.xy).x;
}
