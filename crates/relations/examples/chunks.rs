//! Prints how a deep MLP's weights are placed.
use affidavit_relations::{choose_shape, placement::place};
fn main() {
    let mut shapes: Vec<(usize, Vec<usize>)> = Vec::new();
    for i in 0..13 {
        shapes.push((2 * i, vec![512, 512]));
        shapes.push((2 * i + 1, vec![512]));
    }
    shapes.push((26, vec![512, 10]));
    shapes.push((27, vec![10]));
    let t = std::time::Instant::now();
    let (shape, columns) = choose_shape(&shapes, 166, 16, 16, 8, 24).unwrap();
    println!("{shape:?} {columns} columns, chosen in {:?}", t.elapsed());
    for l in 12..17 {
        if shape.pads < 1 << l {
            let t = std::time::Instant::now();
            let layout = place(&shapes, l, shape.pads);
            println!("l={l}: {} columns, {} chunks, {:?}", layout.columns, layout.chunks.len(), t.elapsed());
        }
    }
}
