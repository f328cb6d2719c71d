// The frame of a pass that makes a pixel of the pixels in its place, by its function `pixel`. Twin: wavyte_gpu/ops/shared/pixelwise.py.
//#include shared/head

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, write>;
@group(0) @binding(2) var first: texture_storage_2d<r32uint, read>;
//#if SECOND
@group(0) @binding(3) var second: texture_storage_2d<r32uint, read>;
//#end

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let at = lane_at(head.region, group, lane);
    if at.x >= head.region.z { return; }
    let a = head.bounds[0];
    let b = head.bounds[1];
//#for R ROWS
    if at.y + $R < head.region.w {
        let p = vec2<i32>(at.x, at.y + $R);
        let s = select(0u, textureLoad(first, p - a.xy).x, within(a, p));
//#if SECOND
        let d = pixel(p, s, select(0u, textureLoad(second, p - b.xy).x, within(b, p)));
//#else
        let d = pixel(p, s);
//#end
        textureStore(dest, p - head.origin.xy, vec4<u32>(d, 0u, 0u, 0u));
    }
//#end
}
