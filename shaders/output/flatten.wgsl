// Put a surface over an opaque colour. Twin: wavyte_gpu/ops/output/flatten.py.
//#include shared/pixel
//#include shared/blend

struct Params {
    size: vec4<i32>,   // x, y: width and height in px
    color: vec4<u32>,  // x: opaque pixel
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let x = i32(group.x * $WIDTHu + lane.x);
    let y = i32(group.y * $ROWSu);
    if x >= params.size.x { return; }
//#for R ROWS
    if y + $R < params.size.y {
        let p = blend_normal(textureLoad(image, vec2<i32>(x, y + $R)).x, params.color.x);
        textureStore(dest, vec2<i32>(x, y + $R), vec4<u32>(p, 0u, 0u, 0u));
    }
//#end
}
