// Convert a surface to the planes of a pixel format. Twin: wavyte_gpu/ops/output/planes.py.
//#include shared/pixel
//#include shared/blend

struct Params {
    size: vec4<i32>,   // x, y: width and height in px; z, w: quads of words of a row of luma and of chroma
    first: vec4<i32>,  // x, y, z: quads before U, V and alpha
    color: vec4<u32>,  // x: opaque pixel that forms without alpha flatten on; without FLATTEN black
    luma: vec4<i32>,   // Q16: from R, G, B; w: black
    u: vec4<i32>,      // Q16: from R, G, B; w: grey
    v: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> quads: array<vec4<u32>>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

// The pixel at (x, y), the edges repeated.
fn pixel_at(x: i32, y: i32) -> vec4<u32> {
    let p = textureLoad(image, clamp(vec2<i32>(x, y), vec2<i32>(0), params.size.xy - 1)).x;
//#if FLATTEN
    return channels(blend_normal(p, params.color.x));
//#else
    return channels(p);
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

// A lane writes COLUMNS x ROWS pixels, whole quads of each plane, in four steps from left to right: a software driver takes as
// long for a word as for a quad.
@compute @workgroup_size($LANESX, $LANESY)
fn main(@builtin(global_invocation_id) lane: vec3<u32>) {
    let column = i32(lane.x);
    let x = column * $COLUMNS;
    let y = i32(lane.y) * $ROWS;
    if x >= params.size.x || y >= params.size.y { return; }
//#if PACKED
//#for J ROWS
    {
        var quad = vec4<u32>();
//#for K FOUR
        {
            let c = pixel_at(x + $K, y + $J);
            let s = vec3<u32>(straight(c, 255u));
            quad[$K] = (s.x << $REDu) | (s.y << 8u) | (s.z << $BLUEu) | (c.w << 24u);
        }
//#end
        quads[(y + $J) * params.size.z + column] = quad;
    }
//#end
//#else
    var luma = array<vec4<u32>, $ROWS * $QUADS>();
//#if ALPHA
    var alpha = array<vec4<u32>, $ROWS * $QUADS>();
//#end
    var u = vec4<u32>();
    var v = vec4<u32>();
    var left = vec4<u32>();  // sum of the rows in the column before
//#if HALFX
//#for J ROWS
    left += pixel_at(x - 1, y + $J);
//#end
//#end
//#for K FOUR
    {
        var sums = array<vec4<u32>, $SPAN>();  // of the rows, from the column before on
        sums[0] = left;
//#for J ROWS
//#for I STEP
        {
            let c = pixel_at(x + $K * $STEP + $I, y + $J);
            const word = $Ku * $STEPu / $SAMPLESu + $Iu / $SAMPLESu;
            luma[$Ju * $QUADSu + word / 4u][word % 4u] |= luma_of(straight(c, 255u)) << ($Iu % $SAMPLESu * $BITSu);
//#if ALPHA
            alpha[$Ju * $QUADSu + word / 4u][word % 4u] |= ((c.w * $TOPu + 127u) / 255u) << ($Iu % $SAMPLESu * $BITSu);
//#end
            sums[$I + 1] += c;
        }
//#end
//#end
//#for I CHROMA
        {
//#if HALFX
            // Sited at even columns and between the rows: weights [1, 2, 1] by [1, 1].
            let c = straight(sums[2 * $I] + 2u * sums[2 * $I + 1] + sums[2 * $I + 2], 255u << $SHIFTu);
//#else
            let c = straight(sums[$I + 1], 255u << $SHIFTu);
//#end
            u[$K] |= chroma_of(params.u, c) << ($I * $EVERYu);
            v[$K] |= chroma_of(params.v, c) << ($I * $EVERYu);
        }
//#end
        left = sums[$STEP];
    }
//#end
//#for J ROWS
//#for K QUADS
    {
        let at = (y + $J) * params.size.z + column * $QUADS + $K;
        quads[at] = luma[$J * $QUADS + $K];
//#if ALPHA
        quads[params.first.z + at] = alpha[$J * $QUADS + $K];
//#end
    }
//#end
//#end
    let at = (y >> $HALFYu) * params.size.w + column;
//#if PAIRS
    quads[params.first.x + at] = u | (v << vec4<u32>(8u));
//#else
    quads[params.first.x + at] = u;
    quads[params.first.y + at] = v;
//#end
//#end
}
