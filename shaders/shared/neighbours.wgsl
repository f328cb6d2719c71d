// The frame of a pass that sums texels around its own: bindings and reads. Twin: wavyte_gpu/ops/shared/neighbours.py.
//#include shared/head
//#include shared/wide

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<$OUT, write>;
@group(0) @binding(2) var image: texture_storage_2d<$IN, read>;

// A texel of the input, nothing beyond its bounds.
fn load(x: i32, y: i32) -> Wide {
    let b = params.head.bounds[0];
    let p = vec2<i32>(x, y);
    return to_wide(select(vec4<u32>(0u), textureLoad(image, p - b.xy), within(b, p)));
}
