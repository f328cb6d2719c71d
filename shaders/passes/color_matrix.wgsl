// Apply a colour matrix. Twin: wavyte_gpu/ops/passes/color_matrix.py.
//#include shared/matrix
//#include shared/head

struct Params {
    head: Head,
    matrix: Matrix,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let x = head.region.x + i32(group.x * $WIDTHu + lane.x);
    let y = head.region.y + i32(group.y * $ROWSu);
    if x >= head.region.z { return; }
    let a = head.bounds[0];
//#for R ROWS
    if y + $R < head.region.w {
        let p = vec2<i32>(x, y + $R);
        let s = select(0u, textureLoad(image, p - a.xy).x, within(a, p));
        textureStore(dest, p - head.origin.xy, vec4<u32>(matrix_$FORM(params.matrix, s), 0u, 0u, 0u));
    }
//#end
}
