// Mix two surfaces by the weight of a transition. Twin: wavyte_gpu/ops/passes/mix.py.
//#include shared/transition
//#include shared/head

struct Params {
    head: Head,
    sides: vec4<u32>,  // x, y: of the outgoing and the incoming side, all ones, or 0 if it is not there
    weight: Transition,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var outgoing: texture_storage_2d<r32uint, read>;
@group(0) @binding(3) var incoming: texture_storage_2d<r32uint, read>;

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let x = head.region.x + i32(group.x * $WIDTHu + lane.x);
    let y = head.region.y + i32(group.y * $ROWSu);
    if x >= head.region.z { return; }
    let a = head.bounds[0];
    let b = head.bounds[1];
//#for R ROWS
    if y + $R < head.region.w {
        let p = vec2<i32>(x, y + $R);
        let gone = select(0u, textureLoad(outgoing, p - a.xy).x, within(a, p)) & params.sides.x;
        let comes = select(0u, textureLoad(incoming, p - b.xy).x, within(b, p)) & params.sides.y;
        let w = weight_$SHAPE(params.weight, p.x, p.y);
        textureStore(dest, p - head.origin.xy, vec4<u32>(mix_pixel(gone, comes, w), 0u, 0u, 0u));
    }
//#end
}
