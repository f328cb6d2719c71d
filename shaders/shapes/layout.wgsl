// Where the numbers lie that the kernels of shapes read. Twin: wavyte_gpu/ops/shapes/layout.py.

// Words of `input`: eight of a head, eight of every shape, the shape of every row of tiles, the shape of every edge, and x0, y0, x1
// and y1 of every edge: all x0 first.
struct Head {
    edges: u32,
    rows: u32,  // of tiles, of all shapes
    rows_at: u32,
    owners_at: u32,
    spans_at: u32,
    sheet_at: u32,  // where in the sheet the texels go that are made: first three of every edge
    tiles_at: u32,  // then one of every tile
    backdrops_at: u32,  // then two of every tile, one word for each row of pixels
}

struct Shape {
    corner: vec2<i32>,  // canvas px
    size: vec2<i32>,  // in tiles
    cell: i32,  // of its first tile, among those of all shapes
    row: i32,  // its first row of tiles
    layer: u32,  // << 22: in its op
    even_odd: bool,
}

fn header() -> Head {
    return Head(
        u32(input[0]), u32(input[1]), u32(input[2]), u32(input[3]), u32(input[4]), u32(input[5]), u32(input[6]), u32(input[7]),
    );
}

fn shape_of(index: u32) -> Shape {
    let i = 8u + 8u * index;
    return Shape(
        vec2<i32>(input[i], input[i + 1u]), vec2<i32>(input[i + 2u], input[i + 3u]), input[i + 4u], input[i + 5u],
        u32(input[i + 6u]), input[i + 7u] != 0,
    );
}

// Words of `bins`: the number of entries so far that are no edge's own, then of every tile: the latest entry of its list or 0, the
// directions of edges that cross the whole height of the tile left of it, the height of each row of pixels that other edges leave to it, in 1/1024 px.
fn bin_of(cell: i32) -> u32 {
    return 1u + u32(cell) * $BINu;
}
