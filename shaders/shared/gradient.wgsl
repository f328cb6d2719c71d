// Entries of a gradient's table, which lies in a page in rows of 1024 texels. Twin: wavyte_gpu/ops/shared/gradient.py.

// Entry k of the table at texel (table.x, table.y) with 2^table.z entries.
fn table_entry(table: vec4<i32>, k: i32) -> u32 {
    return textureLoad(image, table.xy + vec2<i32>(k & 1023, k >> 10u)).x;
}
