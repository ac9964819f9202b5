//! Each relation in a proof of its own hides every witness direction, exactly as the simulator has it.

use super::chain::Chain;
use super::circuits::*;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};

/// Every chain of one proof: its name, free cells, and labels of scalars that it must send.
pub fn all() -> Vec<(&'static str, Chain, usize, &'static [&'static str])> {
    let dense_model: &[&[usize]] = &[&[3, 2], &[3]];
    vec![
        (
            "lookups over a dense layer",
            alone(dense(), dense_witness(), dense_model, Some(&[&[2]]), 7),
            11,
            &[
                "root fraction",
                "root denominator",
                "root inverse",
                "layer round",
                "layer end",
                "tensor value",
                "stage round",
            ],
        ),
        ("a certificate", alone(certificate(), nothing(), dense_model, None, 7), 9, &["layer end", "tensor value"]),
        (
            "products",
            alone(products(), products_witness(), &[&[3]], Some(&[&[3]]), 6),
            6,
            &["factor", "stage round", "tensor value", "batch round", "oracle value", "mask value"],
        ),
        ("views", alone(views(), views_witness(), &[&[3, 2]], None, 6), 6, &["stage round"]),
        ("a public sum", alone(bind(), bind_witness(), &[&[3]], None, 6), 3, &["tensor value"]),
    ]
}

fn exact<P: FieldPair>() {
    for (name, chain, cells, labels) in all() {
        let witnesses = witnesses(cells);
        let sent = chain.sent::<P>(0, &witnesses[5], &chain.no_pads::<P>(), &chain.no_draws(&chain.links[0]));
        for label in labels {
            assert!(sent.labels.contains(label), "{name} sends no {label}");
        }
        chain.assert_affine::<P>([&witnesses[0], &witnesses[witnesses.len() - 1]]);
        let image = chain.image::<P>(&witnesses[0]);
        assert_eq!(image.rank(), chain.simulated_rank::<P>(), "{name}");
        assert!(chain.hides(&image, &witnesses), "{name}");
    }
}

#[test]
fn every_relation_hides_over_koalabear() {
    exact::<KoalaBearPair>();
}

#[test]
fn every_relation_hides_over_goldilocks() {
    exact::<GoldilocksPair>();
}
