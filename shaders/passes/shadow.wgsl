// Colour a moved alpha as a shadow, under its content, or inside it. Twin: wavyte_gpu/ops/passes/shadow.py.
//#include shared/pixel
//#include shared/blend
//#include shared/head

struct Params {
    head: Head,
    offset: vec4<i32>,  // x, y: whole px that the alpha moves by, rounded down; z, w: the rest, 0..255 of 256
    color: vec4<u32>,   // x: premultiplied pixel
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var alpha: texture_storage_2d<r32uint, read>;
//#if CONTENT
@group(0) @binding(3) var content: texture_storage_2d<r32uint, read>;
//#end

// The alpha at a texel in 8.8.
fn alpha_at(p: vec2<i32>) -> u32 {
    let b = params.head.bounds[0];
    let a = select(0u, textureLoad(alpha, p - b.xy).x, within(b, p));
//#if INALPHA
    return a;
//#else
    return (a >> 24u) << 8u;
//#end
}

// One channel of the colour, weighed by an alpha in 8.8.
fn shade(c: u32, a: u32) -> u32 {
    return (c * a + 32640u) / 65280u;
}

// s where c is, over c.
fn atop(s: u32, c: u32) -> u32 {
    let v = c >> 24u;
    let w = 255u - (s >> 24u);
    let low = (s & 0x00ff00ffu) * v + (c & 0x00ff00ffu) * w + 0x00800080u;
    let high = ((s >> 8u) & 0x00ff00ffu) * v + ((c >> 8u) & 0x00ff00ffu) * w + 0x00800080u;
    return (((low + ((low >> 8u) & 0x00ff00ffu)) >> 8u) & 0x00ff00ffu)
        | ((high + ((high >> 8u) & 0x00ff00ffu)) & 0xff00ff00u);
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let at = lane_at(head.region, group, lane);
    let x = at.x;
    let y = at.y;
    if x >= head.region.z { return; }
    let right = u32(params.offset.z);
    let down = u32(params.offset.w);
    let color = channels(params.color.x);
    // Each row of lanes meets the row above it once.
    let q = vec2<i32>(x, y) - params.offset.xy;
    var above = alpha_at(q + vec2<i32>(-1, -1)) * right + alpha_at(q + vec2<i32>(0, -1)) * (256u - right);
//#for R ROWS
    if y + $R < head.region.w {
        let p = vec2<i32>(x, y + $R);
        let row = alpha_at(q + vec2<i32>(-1, $R)) * right + alpha_at(q + vec2<i32>(0, $R)) * (256u - right);
        var a = (above * down + row * (256u - down) + 32768u) >> 16u;
        above = row;
//#if INNER
        a = 65280u - a;
//#end
        var s = shade(color.x, a) | (shade(color.y, a) << 8u) | (shade(color.z, a) << 16u) | (shade(color.w, a) << 24u);
//#if CONTENT
        let b = head.bounds[1];
        let c = select(0u, textureLoad(content, p - b.xy).x, within(b, p));
//#if INNER
//#if ONLY
        s = scale_pixel(s, c >> 24u);
//#else
        s = atop(s, c);
//#end
//#else
        s = blend_normal(c, s);
//#end
//#end
        textureStore(dest, p - head.origin.xy, vec4<u32>(s, 0u, 0u, 0u));
    }
//#end
}
