//! Milliseconds of a proof-of-work, averaged over transcripts.

use affidavit_transcript::Transcript;
use std::time::Instant;

fn main() {
    for (bits, runs) in [(12, 200), (16, 200), (20, 40)] {
        let start = Instant::now();
        for run in 0..runs {
            let mut t = Transcript::new("bench");
            t.absorb("run", &u64::to_le_bytes(run));
            t.grind("work", bits);
        }
        println!("{bits} bits: {:.3} ms", start.elapsed().as_secs_f64() * 1e3 / runs as f64);
    }
}
