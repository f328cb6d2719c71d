// Apply a colour matrix. Twin: wavyte_gpu/ops/passes/color_matrix.py.
//#include shared/matrix
//#include shared/pixelwise

struct Params {
    head: Head,
    matrix: Matrix,
}

fn pixel(p: vec2<i32>, s: u32) -> u32 {
    return matrix_$FORM(params.matrix, s);
}
