// Read an image under an affine map, nearest texel. Twin: wavyte_gpu/ops/draw/image_nearest.py.
//#use image
//#include shared/affine

struct Params {
    rect: vec4<i32>,  // first and last texel of the image in its texture: x0, y0, x1, y1
    u: Affine,        // texel position in x, from the image's corner
    v: Affine,
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let t = p.rect.xy + vec2<i32>(affine_at(p.u, x, y) >> 16u, affine_at(p.v, x, y) >> 16u);
    return textureLoad(image, clamp(t, p.rect.xy, p.rect.zw)).x;
}
