// Convert the planes of a video frame to a surface, or to a mip level of it. Twin: wavyte_gpu/ops/draw/video.py.
//#include shared/pixel

struct Params {
    size: vec4<i32>,    // x, y: width and height of the frame in px; z: mip level; w: the luma sample that is black
    window: vec4<i32>,  // px of the mip level to write, end exclusive, x0, y0, x1, y1, y0 even; dest begins at (x0, y0)
    chroma: vec4<i32>,  // x, y: last column and row of the chroma planes; z: 16 times the chroma sample that is grey; w: the opaque alpha sample, 0: no alpha
    siting: vec4<i32>,  // chroma position of luma pixel (x, y) in quarter samples: x * x + z, y * y + w
    matrix: vec4<i32>,  // Q16: luma; red from V; blue from U
    green: vec4<i32>,   // Q16: green from U; from V; from luma
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var plane_y: texture_2d<u32>;
@group(0) @binding(3) var plane_u: texture_2d<u32>;
@group(0) @binding(4) var plane_v: texture_2d<u32>;
//#if ALPHA
@group(0) @binding(5) var plane_a: texture_2d<u32>;
//#end

fn to_channel(n: i32) -> u32 {
    return u32(clamp((n + 0x80000) >> 20u, 0, 255));
}

// The pixel of a luma sample and of sixteen times the chroma, U in bits 0..15 and V in 16..31.
fn to_rgb(y: u32, uv: u32) -> vec3<u32> {
    let luma = (i32(y) - params.size.w) * 16;
    let u = i32(uv & 0xffffu) - params.chroma.z;
    let v = i32(uv >> 16u) - params.chroma.z;
    let r = to_channel(luma * params.matrix.x + v * params.matrix.y);
    let g = to_channel(luma * params.green.z + u * params.green.x + v * params.green.y);
    let b = to_channel(luma * params.matrix.x + u * params.matrix.z);
    return vec3<u32>(r, g, b);
}

// The premultiplied pixel at (x, y) of a straight colour.
fn with_alpha(c: vec3<u32>, at: vec2<i32>) -> vec4<u32> {
//#if ALPHA
    let top = u32(params.chroma.w);
    let a = (textureLoad(plane_a, at, 0).x * 510u + top) / u32(2u * top);
    return vec4<u32>(mul8(c.x, a), mul8(c.y, a), mul8(c.z, a), a);
//#else
    return vec4<u32>(c, 255u);
//#end
}

// Four times the chroma of a row of samples at a column in quarter samples.
fn chroma_row(x: i32, row: i32) -> u32 {
    let a = vec2<i32>(clamp(x >> 2u, 0, params.chroma.x), clamp(row, 0, params.chroma.y));
    let b = vec2<i32>(clamp((x >> 2u) + 1, 0, params.chroma.x), a.y);
    let w = u32(x & 3);
    let left = textureLoad(plane_u, a, 0).x | (textureLoad(plane_v, a, 0).x << 16u);
    let right = textureLoad(plane_u, b, 0).x | (textureLoad(plane_v, b, 0).x << 16u);
    return left * (4u - w) + right * w;
}
//#if MIP

// The pixel at (x, y), the frame's edges repeated.
fn convert(x: i32, y: i32) -> vec4<u32> {
    let at = min(vec2<i32>(x, y), params.size.xy - 1);
    let cx = at.x * params.siting.x + params.siting.z;
    let cy = at.y * params.siting.y + params.siting.w;
    let w = u32(cy & 3);
    let uv = chroma_row(cx, cy >> 2u) * (4u - w) + chroma_row(cx, (cy >> 2u) + 1) * w;
    return with_alpha(to_rgb(textureLoad(plane_y, at, 0).x, uv), at);
}

// The mean of a block of 2^level by 2^level pixels, rounded once.
fn block_mean(x: i32, y: i32) -> vec4<u32> {
    let level = u32(params.size.z);
    let side = 1 << level;
    var sum = vec4<u32>(0u);
    for (var j = 0; j < side; j++) {
        for (var i = 0; i < side; i++) {
            sum += convert(x * side + i, y * side + j);
        }
    }
    return (sum + ((1u << (2u * level)) >> 1u)) >> vec4<u32>(2u * level);
}
//#else

fn write_row(x: i32, y: i32, uv: u32) {
    let at = vec2<i32>(x, y);
    let c = with_alpha(to_rgb(textureLoad(plane_y, at, 0).x, uv), at);
    if y < params.window.w {
        textureStore(dest, at - params.window.xy, vec4<u32>(pack(c), 0u, 0u, 0u));
    }
}
//#end

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let x = params.window.x + i32(group.x * $WIDTHu + lane.x);
    let y = params.window.y + i32(group.y * $ROWSu);
    if x >= params.window.z { return; }
//#if MIP
//#for R ROWS
    if y + $R < params.window.w {
        let c = block_mean(x, y + $R);
        textureStore(dest, vec2<i32>(x, y + $R) - params.window.xy, vec4<u32>(pack(c), 0u, 0u, 0u));
    }
//#end
//#else
    let cx = x * params.siting.x + params.siting.z;
//#if HALVED
    // Rows share the chroma samples between them: rows 2m and 2m + 1 lie around samples m - 1, m and m + 1.
    let first = (y >> 1u) - 1;
    let w = u32(-params.siting.w);
    let above = chroma_row(cx, first);
    let chroma_0 = chroma_row(cx, first + 1);
    let chroma_1 = chroma_row(cx, first + 2);
    let chroma_2 = chroma_row(cx, first + 3);
    let chroma_3 = chroma_row(cx, first + 4);
    let below = chroma_row(cx, first + 5);
    write_row(x, y, above * w + chroma_0 * (4u - w));
    write_row(x, y + 1, chroma_0 * (2u + w) + chroma_1 * (2u - w));
    write_row(x, y + 2, chroma_0 * w + chroma_1 * (4u - w));
    write_row(x, y + 3, chroma_1 * (2u + w) + chroma_2 * (2u - w));
    write_row(x, y + 4, chroma_1 * w + chroma_2 * (4u - w));
    write_row(x, y + 5, chroma_2 * (2u + w) + chroma_3 * (2u - w));
    write_row(x, y + 6, chroma_2 * w + chroma_3 * (4u - w));
    write_row(x, y + 7, chroma_3 * (2u + w) + below * (2u - w));
//#else
//#for R ROWS
    write_row(x, y + $R, chroma_row(cx, y + $R) * 4u);
//#end
//#end
//#end
}
