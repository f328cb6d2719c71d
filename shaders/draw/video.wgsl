// Convert the planes of a video frame to an opaque surface, or to a mip level of it. Twin: wavyte_gpu/ops/draw/video.py.
//#include shared/pixel

struct Params {
    size: vec4<i32>,    // x, y: width and height of the frame in px; z: mip level; w: the luma sample that is black
    chroma: vec4<i32>,  // x, y: last column and row of the chroma planes; z: 16 times the chroma sample that is grey
    siting: vec4<i32>,  // chroma position of luma pixel (x, y) in quarter samples: x * x + z, y * y + w
    matrix: vec4<i32>,  // Q16: luma; red from V; blue from U
    green: vec4<i32>,   // Q16: from U; from V
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var plane_y: texture_2d<u32>;
@group(0) @binding(3) var plane_u: texture_2d<u32>;
@group(0) @binding(4) var plane_v: texture_2d<u32>;

// Sixteen times the bilinear chroma at a position in quarter samples, less grey.
fn chroma_at(x: i32, y: i32) -> vec2<i32> {
    let a = clamp(vec2<i32>(x >> 2u, y >> 2u), vec2<i32>(0), params.chroma.xy);
    let b = clamp(vec2<i32>(x >> 2u, y >> 2u) + 1, vec2<i32>(0), params.chroma.xy);
    let wx = x & 3;
    let wy = y & 3;
    let w = vec4<i32>((4 - wx) * (4 - wy), wx * (4 - wy), (4 - wx) * wy, wx * wy);
    let ba = vec2<i32>(b.x, a.y);
    let ab = vec2<i32>(a.x, b.y);
    let u = i32(textureLoad(plane_u, a, 0).x) * w.x + i32(textureLoad(plane_u, ba, 0).x) * w.y
        + i32(textureLoad(plane_u, ab, 0).x) * w.z + i32(textureLoad(plane_u, b, 0).x) * w.w;
    let v = i32(textureLoad(plane_v, a, 0).x) * w.x + i32(textureLoad(plane_v, ba, 0).x) * w.y
        + i32(textureLoad(plane_v, ab, 0).x) * w.z + i32(textureLoad(plane_v, b, 0).x) * w.w;
    return vec2<i32>(u, v) - params.chroma.z;
}

fn to_channel(n: i32) -> u32 {
    return u32(clamp((n + 0x80000) >> 20u, 0, 255));
}

// The pixel at (x, y), the frame's edges repeated.
fn convert(x: i32, y: i32) -> vec3<u32> {
    let at = min(vec2<i32>(x, y), params.size.xy - 1);
    let luma = (i32(textureLoad(plane_y, at, 0).x) - params.size.w) * 16 * params.matrix.x;
    let c = chroma_at(at.x * params.siting.x + params.siting.z, at.y * params.siting.y + params.siting.w);
    let r = to_channel(luma + c.y * params.matrix.y);
    let g = to_channel(luma + c.x * params.green.x + c.y * params.green.y);
    let b = to_channel(luma + c.x * params.matrix.z);
    return vec3<u32>(r, g, b);
}

// The mean of a block of 2^level by 2^level pixels, rounded once.
fn block_mean(x: i32, y: i32) -> vec3<u32> {
//#if MIP
    let level = u32(params.size.z);
    let side = 1 << level;
    var sum = vec3<u32>(0u);
    for (var j = 0; j < side; j++) {
        for (var i = 0; i < side; i++) {
            sum += convert(x * side + i, y * side + j);
        }
    }
    return (sum + ((1u << (2u * level)) >> 1u)) >> vec3<u32>(2u * level);
//#else
    return convert(x, y);
//#end
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let level = u32(params.size.z);
    let size = (params.size.xy + (1 << level) - 1) >> vec2<u32>(level);
    let x = i32(group.x * $WIDTHu + lane.x);
    let y = i32(group.y * $ROWSu);
    if x >= size.x { return; }
//#for R ROWS
    if y + $R < size.y {
        let c = block_mean(x, y + $R);
        textureStore(dest, vec2<i32>(x, y + $R), vec4<u32>(pack(vec4<u32>(c, 255u)), 0u, 0u, 0u));
    }
//#end
}
