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
    let q = p - b.xy;
//#if ALONG
    let size = select(0, b.z - b.x, p.y >= b.y && p.y < b.w);
    let first = q.x - params.size.x;
//#else
    let size = select(0, b.w - b.y, p.x >= b.x && p.x < b.z);
    let first = q.y - params.size.x;
//#end
    var sum_0 = Wide(0u);
    var sum_1 = Wide(0u);
    var sum_2 = Wide(0u);
    var sum_3 = Wide(0u);
    // Two taps a round: software drivers keep what a loop carries in memory. Weights beyond the last tap are 0.
    for (var t = 0; t < 2 * params.size.x + 4; t += 2) {
//#for T TWO
        {
            let i = first + t + $T;
            let at = select(vec2<i32>(q.x, i), vec2<i32>(i, q.y), $ALONG == 1);
            let c = to_wide(select(vec4<u32>(0u), textureLoad(image, at), u32(i) < u32(size)));
            let w = params.taps[t + $T];
            sum_0 += c * w.x;
            sum_1 += c * w.y;
            sum_2 += c * w.z;
            sum_3 += c * w.w;
        }
//#end
    }
//#for R FOUR
    {
        let to = p + select(vec2<i32>(0, $R), vec2<i32>($R, 0), $ALONG == 1);
        if to.x < head.region.z && to.y < head.region.w {
            textureStore(dest, to - head.origin.xy, from_wide(sum_$R, 16u));
        }
    }
//#end
}
