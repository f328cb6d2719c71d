// Double a surface by (5, 10, 1) and (1, 10, 5) / 16 along one axis or both. Twin: wavyte_gpu/ops/passes/blur_up.py.
//#include shared/neighbours

struct Params {
    head: Head,  // if y doubles, the region begins at an even row
}

// A row of the input at a column of the output: three texels, or the one of the same column.
fn line(x: i32, y: i32) -> Wide {
//#if X
    let i = x >> 1u;
    let odd = u32(x & 1);
    return (5u - 4u * odd) * load(i - 1, y) + 10u * load(i, y) + (1u + 4u * odd) * load(i + 1, y);
//#else
    return load(x, y);
//#end
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let head = params.head;
    let at = lane_at(head.region, group, lane);
    let x = at.x;
    let y = at.y;
    if x >= head.region.z { return; }
    let p = vec2<i32>(x, y) - head.origin.xy;
//#if Y
    let i = y >> 1u;
    var a = line(x, i - 1);
    var b = line(x, i);
//#for R PAIRS
    if y + 2 * $R < head.region.w {
        let c = line(x, i + $R + 1);
        textureStore(dest, p + vec2<i32>(0, 2 * $R), from_wide(5u * a + 10u * b + c, 4u * ($Xu + 1u)));
        if y + 2 * $R + 1 < head.region.w {
            textureStore(dest, p + vec2<i32>(0, 2 * $R + 1), from_wide(a + 10u * b + 5u * c, 4u * ($Xu + 1u)));
        }
        a = b;
        b = c;
    }
//#end
//#else
//#for R ROWS
    if y + $R < head.region.w {
        textureStore(dest, p + vec2<i32>(0, $R), from_wide(line(x, y + $R), 4u));
    }
//#end
//#end
}
