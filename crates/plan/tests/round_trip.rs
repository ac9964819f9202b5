//! Encoding and decoding agree, and nothing but the canonical bytes is accepted.

mod common;

use affidavit_plan::*;

fn decoded_again<T: PartialEq + std::fmt::Debug>(
    value: &T,
    encode: impl Fn(&T) -> Vec<u8>,
    decode: impl Fn(&[u8]) -> Result<T, FormatError>,
) {
    let bytes = encode(value);
    assert_eq!(decode(&bytes).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "truncated to {end} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(decode(&longer), Err(FormatError::TrailingBytes { left: 1, .. })));
    let mut accepted = 0;
    for at in 0..bytes.len() {
        for value in 0..=255u8 {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(other) = decode(&changed) {
                assert_eq!(encode(&other), changed, "byte {at} set to {value}");
                accepted += 1;
            }
        }
    }
    assert!(accepted > bytes.len(), "the mutation test accepted next to nothing");
}

#[test]
fn plan() {
    decoded_again(&common::sample(), Plan::encode, Plan::decode);
}

#[test]
fn mutated_plans_are_judged_without_panic() {
    let bytes = common::sample().encode();
    let mut judged = 0;
    for at in 0..bytes.len() {
        for value in [0, 1, 2, 5, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(plan) = Plan::decode(&changed) {
                // Accepted or refused; the error must be printable either way.
                judged += plan.validate().map_or_else(|error| error.to_string().len(), |_| 1);
                assert!(affidavit_plan::certificate_plan(&plan).tensors.len() <= plan.tensors.len());
            }
        }
    }
    assert!(judged > 0);
}

#[test]
fn random_plans() {
    for seed in 0..300 {
        let plan = common::random::plan(seed);
        assert_eq!(Plan::decode(&plan.encode()), Ok(plan));
    }
}

#[test]
fn statements() {
    decoded_again(&common::statement(), Statement::encode, Statement::decode);
    decoded_again(&common::committed_statement(), Statement::encode, Statement::decode);
    let mut unbound = common::statement();
    unbound.inputs = vec![InputClaim::Unbound];
    unbound.purpose = Purpose::Renewal { renewed: [8; 32] };
    decoded_again(&unbound, Statement::encode, Statement::decode);
}

#[test]
fn commitment_and_schema() {
    let commitment = common::commitment();
    decoded_again(&commitment, Commitment::encode, Commitment::decode);
    decoded_again(
        &Commitment { role: Role::Input, batch: 1 << 20, field: FieldId::Goldilocks, ..commitment.clone() },
        Commitment::encode,
        Commitment::decode,
    );
    let schema = schema_of(&common::sample(), &commitment).unwrap();
    decoded_again(&schema, Schema::encode, Schema::decode);
}

#[test]
fn commitment_batch_and_pads() {
    let refused = |commitment: Commitment, name: &str| match Commitment::decode(&commitment.encode()) {
        Err(FormatError::BadValue { field, .. }) => assert_eq!(field, name),
        other => panic!("{other:?}"),
    };
    let good = common::commitment();
    refused(Commitment { batch: 1, ..good.clone() }, "commitment.batch");
    refused(Commitment { role: Role::Input, batch: 0, ..good.clone() }, "commitment.batch");
    refused(Commitment { role: Role::Input, batch: (1 << 20) + 1, ..good.clone() }, "commitment.batch");
    refused(Commitment { pads: 1 << 12, ..good.clone() }, "commitment.pads");
    assert!(Commitment::decode(&Commitment { pads: (1 << 12) - 1, ..good }.encode()).is_ok());
}

#[test]
fn errors_name_the_field_and_its_offset() {
    let bytes = common::sample().encode();
    let changed = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        Plan::decode(&changed)
    };
    assert_eq!(Plan::decode(&[]), Err(FormatError::Truncated { field: "plan.magic", offset: 0 }));
    assert_eq!(changed(0, b'B'), Err(FormatError::BadMagic { field: "plan.magic", offset: 0 }));
    let version = FormatError::UnsupportedVersion { field: "plan.version", offset: 8, version: 2 };
    assert_eq!(changed(8, 2), Err(version));
    assert_eq!(changed(10, 3), Err(FormatError::UnknownTag { field: "plan.field", offset: 10, tag: 3 }));
    let why = "a control character";
    assert_eq!(changed(15, b'\n'), Err(FormatError::BadValue { field: "plan.name", offset: 11, why }));
    let why = "not UTF-8";
    assert_eq!(changed(15, 0xff), Err(FormatError::BadValue { field: "plan.name", offset: 11, why }));
}

#[test]
fn digests_are_keyed_by_domain() {
    // BLAKE3 derive_key over the same bytes with the context string written out.
    let plan = common::sample();
    assert_eq!(plan.digest(), blake3::derive_key("affidavit v1 plan", &plan.encode()));
    assert_ne!(digest("plan", b"x"), digest("statement", b"x"));
    let statement = common::statement();
    assert_eq!(statement.digest(), blake3::derive_key("affidavit v1 statement", &statement.encode()));
    let commitment = common::commitment();
    assert_eq!(commitment.digest(), blake3::derive_key("affidavit v1 commitment", &commitment.encode()));
    let schema = schema_of(&plan, &commitment).unwrap();
    assert_eq!(schema.digest(), blake3::derive_key("affidavit v1 schema", &schema.encode()));
}

#[test]
fn model_commitment_has_its_written_layout() {
    let mut expected = b"AFFCOMM\x01".to_vec();
    expected.extend([1, 1]);
    expected.extend(common::sample().digest());
    expected.extend([12, 2]);
    expected.extend([3, 0, 0, 0]);
    expected.extend([160, 0]);
    expected.push(20);
    expected.extend([0x40, 0x0b, 0, 0]);
    expected.extend([0; 4]);
    expected.extend([4; 32]);
    assert_eq!(common::commitment().encode(), expected);
}

#[test]
fn a_count_without_its_bytes_fails_at_the_count() {
    // The statement's first public value list may be up to 2^32 − 1 long: only the bytes left bound it.
    let mut bytes = common::statement().encode();
    let at = 8 + 2 + 1 + 32 + 32 + 4 + 32 + 1 + 4 + 1;
    assert_eq!(bytes[at..at + 4], 8u32.to_le_bytes());
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(Statement::decode(&bytes), Err(FormatError::Truncated { field: "input.values", offset: at }));
}

#[test]
fn plan_has_its_written_layout() {
    let text = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let mut expected = b"AFFPLAN\x01\x01\x00\x02".to_vec();
    expected.extend(text("é"));
    // Tables: one, 3 and 4 ↦ −1 and 258.
    expected.extend([1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0]);
    expected.extend([[0xff; 8], [2, 1, 0, 0, 0, 0, 0, 0]].concat());
    // Tensors: a Model matrix 2 × 3 of scale −2, and its transpose with one column of zeros.
    expected.extend([2, 0, 0, 0]);
    expected.extend(text("w"));
    expected.extend([0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xfe, 0xff, 1]);
    expected.extend([[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [7, 0, 0, 0, 0, 0, 0, 0]].concat());
    expected.extend(text("v"));
    expected.extend([0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 6, 1, 0, 0, 0]);
    expected.extend([0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    // Relations: a Range of 5 bits from −1; a Zero. No ports.
    expected.extend([2, 0, 0, 0, 1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 5, 3, 1, 0, 0, 0]);
    expected.extend([0; 8]);
    let mut weight = common::tensor("w", false, &[2, 3], TensorKind::Model { lo: -8, hi: 7 });
    weight.scale = -2;
    let parts = vec![common::part(0, &[0, 1], &[3, 2], 0, &[1, 3])];
    let plan = Plan {
        field: FieldId::Goldilocks,
        name: "é".to_owned(),
        tables: vec![Table { in_lo: 3, log_size: 1, values: vec![-1, 258] }],
        tensors: vec![weight, common::tensor("v", false, &[3, 3], TensorKind::View { parts })],
        relations: vec![Relation::Range { tensor: 1, lo: -1, bits: 5 }, Relation::Zero { tensor: 1 }],
        inputs: vec![],
        outputs: vec![],
    };
    assert_eq!(plan.encode(), expected);
    assert!(plan.validate().is_ok());
}
