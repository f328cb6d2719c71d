// Read an image under an affine map, bilinear. Twin: wavyte_gpu/ops/draw/image_bilinear.py.
//#use image
//#include shared/affine

struct Params {
    rect: vec4<i32>,  // first and last texel of the image in its texture: x0, y0, x1, y1
    u: Affine,        // texel position in x, from the image's corner, less half a texel
    v: Affine,
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let u = affine_at(p.u, x, y) + 128;  // weights are 8 bits: round by 1/512 texel
    let v = affine_at(p.v, x, y) + 128;
    let t = p.rect.xy + vec2<i32>(u >> 16u, v >> 16u);
    let a = clamp(t, p.rect.xy, p.rect.zw);
    let b = clamp(t + 1, p.rect.xy, p.rect.zw);
    let wx = u32(u >> 8u) & 255u;
    let wy = u32(v >> 8u) & 255u;
    let p00 = textureLoad(image, a).x;
    let p10 = textureLoad(image, vec2<i32>(b.x, a.y)).x;
    let p01 = textureLoad(image, vec2<i32>(a.x, b.y)).x;
    let p11 = textureLoad(image, b).x;
    let w11 = wx * wy;
    let w10 = wx * 256u - w11;
    let w01 = wy * 256u - w11;
    let w00 = 65536u - w10 - w01 - w11;
    // 255 * 65536 leaves no room for two channels in one word: one rounding a channel.
    let c = channels(p00) * w00 + channels(p10) * w10 + channels(p01) * w01 + channels(p11) * w11;
    return pack((c + 32768u) >> vec4<u32>(16u));
}
