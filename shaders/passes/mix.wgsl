// Mix two surfaces by the weight of a transition. Twin: wavyte_gpu/ops/passes/mix.py.
//#include shared/transition
//#include shared/pixelwise

struct Params {
    head: Head,
    sides: vec4<u32>,  // x, y: of the outgoing and the incoming side, all ones, or 0 if it is not there
    weight: Transition,
}

fn pixel(p: vec2<i32>, outgoing: u32, incoming: u32) -> u32 {
    let w = weight_$SHAPE(params.weight, p.x, p.y);
    return mix_pixel(outgoing & params.sides.x, incoming & params.sides.y, w);
}
