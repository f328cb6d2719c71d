// Halve a surface by [1, 5, 10, 10, 5, 1] / 32 along one axis or both. Twin: wavyte_gpu/ops/passes/blur_down.py.
//#include shared/neighbours

struct Params {
    head: Head,
}

// A row at a column of the output: six texels, or the one of the same column.
fn line(x: i32, y: i32) -> Wide {
//#if X
    let i = 2 * x;
    return load(i - 2, y) + load(i + 3, y) + 5u * (load(i - 1, y) + load(i + 2, y)) + 10u * (load(i, y) + load(i + 1, y));
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
    var a = line(x, 2 * y - 2);
    var b = line(x, 2 * y - 1);
    var c = line(x, 2 * y);
    var d = line(x, 2 * y + 1);
//#for R ROWS
    if y + $R < head.region.w {
        let e = line(x, 2 * (y + $R) + 2);
        let f = line(x, 2 * (y + $R) + 3);
        let sum = a + f + 5u * (b + e) + 10u * (c + d);
        textureStore(dest, p + vec2<i32>(0, $R), from_wide(sum, 5u * ($Xu + 1u)));
        a = c;
        b = d;
        c = e;
        d = f;
    }
//#end
//#else
//#for R ROWS
    if y + $R < head.region.w {
        textureStore(dest, p + vec2<i32>(0, $R), from_wide(line(x, y + $R), 5u));
    }
//#end
//#end
}
