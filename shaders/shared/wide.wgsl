// Texels of the three surface formats as 8.8 fixed point: sums of them, rounded once. Twin: wavyte_gpu/ops/shared/wide.py.
//#if OUTALPHA
alias Wide = u32;
//#else
alias Wide = vec4<u32>;
//#end

fn to_wide(texel: vec4<u32>) -> Wide {
//#if OUTALPHA
//#if INALPHA
    return texel.x;
//#else
    return (texel.x >> 24u) << 8u;
//#end
//#else
//#if INWIDE
    return vec4<u32>(texel.x & 0xffffu, texel.x >> 16u, texel.y & 0xffffu, texel.y >> 16u);
//#else
    return vec4<u32>(texel.x << 8u, texel.x, texel.x >> 8u, texel.x >> 16u) & vec4<u32>(0xff00u);
//#end
//#end
}

// A texel of the output from a sum of weight 2^bits.
fn from_wide(sum: Wide, bits: u32) -> vec4<u32> {
//#if OUTWIDE
    let c = (sum + ((1u << bits) >> 1u)) >> vec4<u32>(bits);
    return vec4<u32>(c.x | (c.y << 16u), c.z | (c.w << 16u), 0u, 0u);
//#else
//#if OUTALPHA
    return vec4<u32>((sum + ((1u << bits) >> 1u)) >> bits, 0u, 0u, 0u);
//#else
    let c = (sum + ((256u << bits) >> 1u)) >> vec4<u32>(bits + 8u);
    return vec4<u32>(c.x | (c.y << 8u) | (c.z << 16u) | (c.w << 24u), 0u, 0u, 0u);
//#end
//#end
}
