// Convolve a surface along one axis. Twin: wavyte_gpu/ops/passes/blur_fir.py.
//#include shared/neighbours

struct Params {
    head: Head,
    size: vec4<i32>,  // x: radius
    // t: with the halved weights of texel t - radius for the four texels of a lane the sum and the difference of the outer two, and of
    // the inner two; a texel's weights sum to 65536
    taps: array<vec4<i32>, 13>,
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let p = lane_at(head.region, group, lane);
    if p.x >= head.region.z { return; }
    let b = head.bounds[0];
    let q = p - b.xy;
    let r = params.size.x;
//#if ALONG
    let size = u32(select(0, b.z - b.x, p.y >= b.y && p.y < b.w));
    let first = q.x - r;
    let last = q.x + r + 3;
//#else
    let size = u32(select(0, b.w - b.y, p.x >= b.x && p.x < b.z));
    let first = q.y - r;
    let last = q.y + r + 3;
//#end
    // A texel weighs for the first of a lane's four as its mirror image does for the fourth, so the sums and differences of the two
    // make the sum and the difference of the results: half of the products. Differences wrap, and what they add up to does not.
    var outer_sum = Wide(0u);
    var outer_difference = Wide(0u);
    var inner_sum = Wide(0u);
    var inner_difference = Wide(0u);
    for (var t = 0; t < r + 2; t++) {
        let i = first + t;
        let j = last - t;
//#if ALONG
        let c = to_wide(select(vec4<u32>(0u), textureLoad(image, vec2<i32>(i, q.y)), u32(i) < size));
        let d = to_wide(select(vec4<u32>(0u), textureLoad(image, vec2<i32>(j, q.y)), u32(j) < size));
//#else
        let c = to_wide(select(vec4<u32>(0u), textureLoad(image, vec2<i32>(q.x, i)), u32(i) < size));
        let d = to_wide(select(vec4<u32>(0u), textureLoad(image, vec2<i32>(q.x, j)), u32(j) < size));
//#end
        let w = vec4<u32>(params.taps[t]);
        let both = c + d;
        let difference = c - d;
        outer_sum += both * w.x;
        outer_difference += difference * w.y;
        inner_sum += both * w.z;
        inner_difference += difference * w.w;
    }
    let sum_0 = outer_sum + outer_difference;
    let sum_1 = inner_sum + inner_difference;
    let sum_2 = inner_sum - inner_difference;
    let sum_3 = outer_sum - outer_difference;
//#for R FOUR
    {
        let to = p + select(vec2<i32>(0, $R), vec2<i32>($R, 0), $ALONG == 1);
        if to.x < head.region.z && to.y < head.region.w {
            textureStore(dest, to - head.origin.xy, from_wide(sum_$R, 16u));
        }
    }
//#end
}
