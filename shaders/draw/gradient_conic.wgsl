// Give a conic gradient: one turn of the table around a centre. Twin: wavyte_gpu/ops/draw/gradient_conic.py.
//#use image
//#include shared/pixel
//#include shared/affine
//#include shared/gradient

struct Params {
    table: vec4<i32>,  // x, y: first entry in the page; z: log2 of the number of entries
    u: Affine,         // position from the centre, in any unit: along the direction where the turn starts
    v: Affine,         // and a quarter of a turn on
}

// The angle of (u, v) in 2^-18 turns, at most 1e-5 turn off.
fn turn(u: i32, v: i32) -> u32 {
    let au = u32(abs(u));
    let av = u32(abs(v));
    let long = max(au, av);
    let s = u32(max(15 - i32(countLeadingZeros(long)), 0));  // 17 bits are left
    let short = min(min(au, av) >> s, 131070u);
    let q = i32(div_round(short << 15u, max(long >> s, 1u)));
    // atan(q) / 2 pi by an odd polynomial: q in Q15, the first coefficient in Q18, the others in Q20.
    let q2 = (q * q + 16384) >> 15u;
    var r = -14211 + ((3478 * q2 + 16384) >> 15u);
    r = 30065 + ((r * q2 + 16384) >> 15u);
    r = -55123 + ((r * q2 + 16384) >> 15u);
    r = (r * q2 + 16384) >> 15u;
    var angle = u32((41716 * q + ((r * q + 2) >> 2u) + 16384) >> 15u);
    angle = select(angle, 0x10000u - angle, av > au);
    angle = select(angle, 0x20000u - angle, u < 0);
    angle = select(angle, 0x40000u - angle, v < 0);
    return angle & 0x3ffffu;
}

fn source(p: Params, x: i32, y: i32) -> u32 {
    let angle = turn(affine_at(p.u, x, y), affine_at(p.v, x, y));
    return table_entry(p.table, i32(angle >> u32(18 - p.table.z)));
}
