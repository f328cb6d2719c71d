// Convert the planes of a video frame to a surface, or to a mip level of it. Twin: wavyte_gpu/ops/draw/video.py.
//#include shared/pixel

// Planes lie in words of $SAMPLES samples, the left one in the lowest bits.
struct Params {
    size: vec4<i32>,    // x, y: width and height of the frame in px; z: mip level; w: the luma sample that is black
    window: vec4<i32>,  // px of the mip level to write, end exclusive, x0, y0, x1, y1, x0 a multiple of 8
    origin: vec4<i32>,  // x, y: the px of the mip level that dest begins with
    chroma: vec4<i32>,  // x, y: last column and row of the chroma planes; z: 16 times the chroma sample that is grey; w: the opaque alpha sample, 0: no alpha
    siting: vec4<i32>,  // chroma position of luma pixel (x, y) in quarter samples: x * x + z, y * y + w
    matrix: vec4<i32>,  // Q16: luma; red from V; blue from U; w: the bits that a sample takes
    green: vec4<i32>,   // Q16: green from U; from V; from luma
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var plane_y: texture_storage_2d<r32uint, read>;
@group(0) @binding(3) var plane_u: texture_storage_2d<r32uint, read>;
@group(0) @binding(4) var plane_v: texture_storage_2d<r32uint, read>;
//#if ALPHA
@group(0) @binding(5) var plane_a: texture_storage_2d<r32uint, read>;
//#end

// Sample x of a row, of the word that holds it.
fn sample(word: u32, x: i32) -> u32 {
    return (word >> (u32(x & ($SAMPLES - 1)) * $BITSu)) & $MASKu;
}

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
//#if ALPHA

// The premultiplied pixel of a straight colour and a sample of alpha.
fn with_alpha(c: vec3<u32>, sample_a: u32) -> vec4<u32> {
    let top = u32(params.chroma.w);
    let a = (sample_a * 510u + top) / u32(2u * top);
    return vec4<u32>(mul8(c.x, a), mul8(c.y, a), mul8(c.z, a), a);
}
//#end

// The words that hold chroma samples: of U and V in row rows.x, and in rows.y.
fn chroma_words(column: i32, rows: vec2<i32>) -> vec4<u32> {
    let a = vec2<i32>(column, rows.x);
    let b = vec2<i32>(column, rows.y);
    return vec4<u32>(textureLoad(plane_u, a).x, textureLoad(plane_v, a).x, textureLoad(plane_u, b).x, textureLoad(plane_v, b).x);
}

// Four times the chroma of sample x, between the rows of its words: w / 4 of the second.
fn chroma_between(words: vec4<u32>, x: i32, w: u32) -> u32 {
    let above = sample(words.x, x) | (sample(words.y, x) << 16u);
//#if HALFY
    let below = sample(words.z, x) | (sample(words.w, x) << 16u);
    return above * (4u - w) + below * w;
//#else
    return above * 4u;
//#end
}
//#if MIP

// The pixel at (x, y), the frame's edges repeated.
fn convert(x: i32, y: i32) -> vec4<u32> {
    let at = min(vec2<i32>(x, y), params.size.xy - 1);
    let cx = at.x * params.siting.x + params.siting.z;
    let cy = at.y * params.siting.y + params.siting.w;
    let rows = clamp(vec2<i32>(cy >> 2u, (cy >> 2u) + 1), vec2<i32>(0), params.chroma.yy);
    let columns = clamp(vec2<i32>(cx >> 2u, (cx >> 2u) + 1), vec2<i32>(0), params.chroma.xx);
    let left = chroma_between(chroma_words(columns.x >> $LOGu, rows), columns.x, u32(cy & 3));
    let right = chroma_between(chroma_words(columns.y >> $LOGu, rows), columns.y, u32(cy & 3));
    let w = u32(cx & 3);
    let word = vec2<i32>(at.x >> $LOGu, at.y);
    let c = to_rgb(sample(textureLoad(plane_y, word).x, at.x), left * (4u - w) + right * w);
//#if ALPHA
    return with_alpha(c, sample(textureLoad(plane_a, word).x, at.x));
//#else
    return vec4<u32>(c, 255u);
//#end
}

// The mean of a block of 2^level by 2^level pixels, rounded once.
fn block_mean(x: i32, y: i32) -> vec4<u32> {
    let level = u32(params.size.z);
    let side = 1 << level;
    var sum = vec4<u32>(0u);
    for (var j = 0; j < side; j++) {
        // Two at a time: a level of 8 takes 32,768 rounds, and some drivers end loops after 65,535.
        for (var i = 0; i < side; i += 2) {
            sum += convert(x * side + i, y * side + j) + convert(x * side + i + 1, y * side + j);
        }
    }
    return (sum + ((1u << (2u * level)) >> 1u)) >> vec4<u32>(2u * level);
}
//#end

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
//#if MIP
    let x = params.window.x + i32(group.x * $WIDTHu + lane.x);
    let y = params.window.y + i32(group.y * $ROWSu);
    if x >= params.window.z { return; }
    textureStore(dest, vec2<i32>(x, y) - params.origin.xy, vec4<u32>(pack(block_mean(x, y)), 0u, 0u, 0u));
//#else
    // A lane writes eight pixels of a row, the last ones perhaps beyond the window, where nobody reads; eight lanes lie side by
    // side, and the others below them.
    let x = params.window.x + i32(group.x * $WIDTHu + (lane.x & 7u) * 8u);
    let y = params.window.y + i32(group.y * $ROWSu + (lane.x >> 3u));
    if x >= params.window.z || y >= params.window.w { return; }
    let cy = y * params.siting.y + params.siting.w;
    let w = u32(cy & 3);
    let rows = clamp(vec2<i32>(cy >> 2u, (cy >> 2u) + 1), vec2<i32>(0), params.chroma.yy);
    var chroma = array<u32, 8>();  // sixteen times that of each pixel
//#if HALFX
    // The samples under the pixels, one before and one after them; beyond the edges those at the edges.
    let first = x >> 1u;
    var between = array<u32, 6>();
//#for K CHROMA
    let words_$K = chroma_words((first >> $LOGu) + $K, rows);
//#for I SAMPLES
    between[$K * $SAMPLES + $I + 1] = chroma_between(words_$K, $I, w);
//#end
//#end
//#for I THREE
    between[$I + 2] = select(between[$I + 2], between[$I + 1], first + $I + 1 > params.chroma.x);
//#end
    let next = min(first + 4, params.chroma.x) >> $LOGu;
    between[5] = select(chroma_between(chroma_words(next, rows), 0, w), between[4], first + 4 > params.chroma.x);
//#if LEFT
//#for I FOUR
    chroma[2 * $I] = between[$I + 1] * 4u;
    chroma[2 * $I + 1] = (between[$I + 1] + between[$I + 2]) * 2u;
//#end
//#else
    let before = max(first - 1, 0) >> $LOGu;
    between[0] = select(chroma_between(chroma_words(before, rows), -1, w), between[1], first == 0);
    let back = u32(-params.siting.z);
//#for I FOUR
    chroma[2 * $I] = between[$I] * back + between[$I + 1] * (4u - back);
    chroma[2 * $I + 1] = between[$I + 1] * (2u + back) + between[$I + 2] * (2u - back);
//#end
//#end
//#else
//#for K WORDS
    let words_$K = chroma_words((x >> $LOGu) + $K, rows);
//#for I SAMPLES
    chroma[$K * $SAMPLES + $I] = chroma_between(words_$K, $I, w) * 4u;
//#end
//#end
//#end
    let at = vec2<i32>(x, y) - params.origin.xy;
//#for K WORDS
    {
        let word = vec2<i32>((x >> $LOGu) + $K, y);
        let luma = textureLoad(plane_y, word).x;
//#if ALPHA
        let alpha = textureLoad(plane_a, word).x;
//#end
//#for I SAMPLES
        {
            let c = to_rgb(sample(luma, $I), chroma[$K * $SAMPLES + $I]);
//#if ALPHA
            let p = pack(with_alpha(c, sample(alpha, $I)));
//#else
            let p = pack(vec4<u32>(c, 255u));
//#end
            textureStore(dest, at + vec2<i32>($K * $SAMPLES + $I, 0), vec4<u32>(p, 0u, 0u, 0u));
        }
//#end
    }
//#end
//#end
}
