// A 32-bit hash of integers. Twin: wavyte_gpu/ops/shared/noise.py.

// Mix the bits of a word; a permutation.
fn mix_bits(n: u32) -> u32 {
    var h = (n ^ (n >> 16u)) * 0x7feb352du;
    h = (h ^ (h >> 15u)) * 0x846ca68bu;
    return h ^ (h >> 16u);
}

fn hash3(seed: u32, x: u32, y: u32) -> u32 {
    return mix_bits(mix_bits(seed ^ (x * 0x9e3779b1u)) ^ (y * 0x85ebca77u));
}
