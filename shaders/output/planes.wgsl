// Convert a surface to the planes of a pixel format. Twin: wavyte_gpu/ops/output/planes.py.
//#include shared/pixel
//#include shared/blend

struct Params {
    size: vec4<i32>,   // x, y: width and height in px; z, w: words of a row of luma and of a row of chroma
    first: vec4<i32>,  // x, y, z: words before U, V and alpha
    color: vec4<u32>,  // x: opaque pixel that forms without alpha flatten on
    luma: vec4<i32>,   // Q16: from R, G, B; w: black
    u: vec4<i32>,      // Q16: from R, G, B; w: grey
    v: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

// The pixel at (x, y), the edges repeated.
fn pixel_at(x: i32, y: i32) -> vec4<u32> {
    let p = textureLoad(image, clamp(vec2<i32>(x, y), vec2<i32>(0), params.size.xy - 1)).x;
//#if ALPHA
    return channels(p);
//#else
    return channels(blend_normal(p, params.color.x));
//#end
}

// R, G, B of a sum of pixels, in which opaque white is `full`, as if every pixel were opaque.
fn straight(c: vec4<u32>, full: u32) -> vec3<i32> {
//#if ALPHA
    let a = max(c.w, 1u);
    let rgb = vec3<u32>(div_round(c.x * full, a), div_round(c.y * full, a), div_round(c.z * full, a));
    return vec3<i32>(min(rgb, vec3<u32>(full)));
//#else
    return vec3<i32>(c.xyz);
//#end
}

fn weigh(m: vec4<i32>, c: vec3<i32>) -> i32 {
    return m.x * c.x + m.y * c.y + m.z * c.z;
}

fn luma_of(c: vec3<i32>) -> u32 {
    return u32((weigh(params.luma, c) + params.luma.w + 0x8000) >> 16u);
}

// U or V of the sum of 2^SHIFT pixels.
fn chroma_of(m: vec4<i32>, c: vec3<i32>) -> u32 {
    return u32(clamp((weigh(m, c) + (m.w << $SHIFTu) + (0x8000 << $SHIFTu)) >> (16u + $SHIFTu), 0, $TOP));
}

// A lane writes COLUMNS x ROWS pixels: whole words of each plane.
@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let column = i32(group.x * $WIDTHu + lane.x);
    let x = column * $COLUMNS;
    let y = i32(group.y) * $ROWS;
    if x >= params.size.x { return; }
//#if PACKED
//#for J ROWS
    {
        let c = pixel_at(x, y + $J);
        let s = vec3<u32>(straight(c, 255u));
        words[(y + $J) * params.size.z + x] = (s.x << $REDu) | (s.y << 8u) | (s.z << $BLUEu) | (c.w << 24u);
    }
//#end
//#else
    var sums = array<vec4<u32>, $SPAN>();  // of the rows, from column x - 1 on
//#for J ROWS
    {
        let at = (y + $J) * params.size.z + column * $WORDS;
//#if HALFX
        sums[0] += pixel_at(x - 1, y + $J);
//#end
//#for K WORDS
        {
            var luma = 0u;
            var alpha = 0u;
//#for I SAMPLES
            {
                let c = pixel_at(x + $K * $SAMPLES + $I, y + $J);
                luma |= luma_of(straight(c, 255u)) << ($I * $BITSu);
                alpha |= ((c.w * $TOPu + 127u) / 255u) << ($I * $BITSu);
                sums[$K * $SAMPLES + $I + 1] += c;
            }
//#end
            words[at + $K] = luma;
//#if ALPHA
            words[params.first.z + at + $K] = alpha;
//#end
        }
//#end
    }
//#end
    var u = 0u;
    var v = 0u;
//#for I CHROMA
    {
//#if HALFX
        // Sited at even columns and between the rows: weights [1, 2, 1] by [1, 1].
        let c = straight(sums[2 * $I] + 2u * sums[2 * $I + 1] + sums[2 * $I + 2], 255u << $SHIFTu);
//#else
        let c = straight(sums[$I + 1], 255u << $SHIFTu);
//#end
        u |= chroma_of(params.u, c) << ($I * $STEPu);
        v |= chroma_of(params.v, c) << ($I * $STEPu);
    }
//#end
    let at = (y >> $HALFYu) * params.size.w + column;
//#if PAIRS
    words[params.first.x + at] = u | (v << 8u);
//#else
    words[params.first.x + at] = u;
    words[params.first.y + at] = v;
//#end
//#end
}
