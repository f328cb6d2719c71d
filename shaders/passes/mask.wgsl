// Weigh a surface by a mask. Twin: wavyte_gpu/ops/passes/mask.py.
//#include shared/pixel
//#include shared/pixelwise
//#include shared/mask

struct Params {
    head: Head,
    rule: Mask,
}

fn pixel(p: vec2<i32>, content: u32, mask: u32) -> u32 {
    return scale_pixel(content, mask_weight(params.rule, mask));
}
