// Put a surface over an opaque colour and convert it to NV12 bytes. Twin: wavyte_gpu/ops/output/nv12.py.
//#include shared/pixel
//#include shared/blend

struct Params {
    size: vec4<i32>,   // x, y: width and height in px; z: words of a row; w: words of the Y plane
    color: vec4<u32>,  // x: opaque pixel
    luma: vec4<i32>,   // Q16: from R, G, B; w: black
    u: vec4<i32>,      // Q16: from R, G, B; w: grey
    v: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> bytes: array<u32>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

// The flattened pixel at (x, y), the edges repeated.
fn flat_pixel(x: i32, y: i32) -> vec3<i32> {
    let at = clamp(vec2<i32>(x, y), vec2<i32>(0), params.size.xy - 1);
    let p = blend_normal(textureLoad(image, at).x, params.color.x);
    return vec3<i32>(channels(p).xyz);
}

fn weigh(m: vec4<i32>, c: vec3<i32>) -> i32 {
    return m.x * c.x + m.y * c.y + m.z * c.z;
}

fn luma_of(c: vec3<i32>) -> u32 {
    return u32((weigh(params.luma, c) + params.luma.w + 0x8000) >> 16u);
}

// U and V of the sum of eight pixels, in bits 0..7 and 8..15.
fn chroma_of(c: vec3<i32>) -> u32 {
    let u = (weigh(params.u, c) + params.u.w * 8 + 0x40000) >> 19u;
    let v = (weigh(params.v, c) + params.v.w * 8 + 0x40000) >> 19u;
    return u32(clamp(u, 0, 255)) | (u32(clamp(v, 0, 255)) << 8u);
}

// A lane writes four columns of two rows: one word of each luma row and one of the chroma row.
@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let column = i32(group.x * $WIDTHu + lane.x);
    let x = column * 4;
    let y = i32(group.y) * 2;
    if column >= params.size.z { return; }
    // Chroma is sited at even columns, between the rows: weights [1, 2, 1] by [1, 1].
    let before = flat_pixel(x - 1, y) + flat_pixel(x - 1, y + 1);
//#for I FOUR
    let top_$I = flat_pixel(x + $I, y);
    let bottom_$I = flat_pixel(x + $I, y + 1);
    let both_$I = top_$I + bottom_$I;
//#end
    let at = y * params.size.z + column;
    let below = at + params.size.z;
    let pair = params.size.w + (y >> 1u) * params.size.z + column;
    bytes[at] = luma_of(top_0) | (luma_of(top_1) << 8u) | (luma_of(top_2) << 16u) | (luma_of(top_3) << 24u);
    bytes[below] = luma_of(bottom_0) | (luma_of(bottom_1) << 8u) | (luma_of(bottom_2) << 16u) | (luma_of(bottom_3) << 24u);
    bytes[pair] = chroma_of(before + 2 * both_0 + both_1) | (chroma_of(both_1 + 2 * both_2 + both_3) << 16u);
}
