// Colour matrices over premultiplied integers. Twin: wavyte_gpu/ops/shared/matrix.py.
//#include shared/pixel

struct Matrix {
    r: vec4<i32>,  // of R, G, B and alpha: what they add to R; 1 is 2^shift
    g: vec4<i32>,
    b: vec4<i32>,
    a: vec4<i32>,
    bias: vec4<i32>,
    shift: vec4<u32>,  // x
}

fn matrix_row(row: vec4<i32>, c: vec4<i32>, half: i32, shift: u32, a: i32) -> u32 {
    return u32(clamp((row.x * c.x + row.y * c.y + row.z * c.z + row.w * a + half) >> shift, 0, a));
}

// A matrix that keeps alpha and feeds nothing of it into the colours: the fourth entry of a row is its bias.
fn matrix_keep(m: Matrix, pixel: u32) -> u32 {
    let c = vec4<i32>(channels(pixel));
    let half = 1 << (m.shift.x - 1u);
    return matrix_row(m.r, c, half, m.shift.x, c.w) | (matrix_row(m.g, c, half, m.shift.x, c.w) << 8u)
        | (matrix_row(m.b, c, half, m.shift.x, c.w) << 16u) | (pixel & 0xff000000u);
}

// A row's value for straight colour, 0..2^shift. 2^19 keeps what is divided above 0.
fn matrix_value(row: vec4<i32>, bias: i32, c: vec4<i32>, one: i32) -> u32 {
    let a = u32(max(c.w, 1));
    let n = u32(row.x * c.x + row.y * c.y + row.z * c.z) + (a << 19u);
    let q = i32(div_round(n, a)) - (1 << 19u);
    let alpha = i32((u32(row.w * c.w + 255 * (1 << 19u)) + 127u) / 255u) - (1 << 19u);
    return u32(clamp(q + alpha + bias, 0, one));
}

// Any matrix: colours are divided by alpha after summing.
fn matrix_any(m: Matrix, pixel: u32) -> u32 {
    let c = vec4<i32>(channels(pixel));
    let s = m.shift.x;
    let one = 1 << s;
    let half = (1u << s) >> 1u;
    let a = (255u * matrix_value(m.a, m.bias.w, c, one) + half) >> s;
    let r = (matrix_value(m.r, m.bias.x, c, one) * a + half) >> s;
    let g = (matrix_value(m.g, m.bias.y, c, one) * a + half) >> s;
    let b = (matrix_value(m.b, m.bias.z, c, one) * a + half) >> s;
    return pack(vec4<u32>(r, g, b, a));
}
