// Convolve a surface along one axis. Twin: wavyte_gpu/ops/passes/blur_fir.py.
//#include shared/head
//#include shared/wide

struct Params {
    head: Head,
    size: vec4<i32>,  // x: radius
    taps: array<vec4<u32>, 26>,  // t: the weights of texel t - radius for the first to fourth texel of a lane; a texel's sum to 65536
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var dest: texture_storage_2d<$OUT, write>;
@group(0) @binding(2) var image: texture_storage_2d<$IN, read>;

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let p = head.region.xy + vec2<i32>(vec2<u32>((group.x * $WIDTHu + lane.x) * $COLUMNSu, group.y * $ROWSu));
    if p.x >= head.region.z { return; }
    let b = head.bounds[0];
    let step = vec2<i32>(select(0, 1, $COLUMNS > 1), select(1, 0, $COLUMNS > 1));
    let first = p - step * params.size.x;
    var sum_0 = Wide(0u);
    var sum_1 = Wide(0u);
    var sum_2 = Wide(0u);
    var sum_3 = Wide(0u);
    for (var t = 0; t < 2 * params.size.x + 4; t++) {
        let q = first + step * t;
        let c = to_wide(select(vec4<u32>(0u), textureLoad(image, q - b.xy), within(b, q)));
        let w = params.taps[t];
        sum_0 += c * w.x;
        sum_1 += c * w.y;
        sum_2 += c * w.z;
        sum_3 += c * w.w;
    }
//#for R FOUR
    {
        let q = p + step * $R;
        if q.x < head.region.z && q.y < head.region.w {
            textureStore(dest, q - head.origin.xy, from_wide(sum_$R, 16u));
        }
    }
//#end
}
