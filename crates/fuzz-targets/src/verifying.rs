//! The whole verifier: an honest bundle is the only one that is accepted, and every other gets a typed error within
//! bounded memory.

use crate::bases::{Bundle, bases, reseal};
use crate::edits::{edit_bytes, edit_commitment, edit_plan, edit_statement};
use crate::meter::bounded;
use crate::source::Source;
use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, Plan, Statement};
use affidavit_protocol::{ProtocolError, Session, count};

/// Bytes that verification may have live at once (spec 8.1).
fn budget(bundle: &Bundle) -> usize {
    let parts = [&bundle.plan, &bundle.statement, &bundle.model, &bundle.proof];
    let given: usize = parts.iter().map(|part| part.len()).sum();
    (1 << 30) + 64 * given
}

/// Verifies; panics on an accepted bundle that is not one of the honest ones.
fn judge(bundle: &Bundle) {
    let answer = bounded("verify", budget(bundle), || bundle.verify());
    match answer {
        Ok(_) => assert!(bases().contains(bundle), "a bundle that nobody made is accepted"),
        Err(error) => assert!(!error.to_string().is_empty() && !error.code().is_empty()),
    }
}

/// Replaces the parts that a mask selects: public ones by raw bytes, the proof by an honest start and raw bytes.
fn replace(source: &mut Source<'_>, bundle: &mut Bundle, mask: u8) {
    if mask & 1 != 0 {
        bundle.plan = source.part().to_vec();
    }
    if mask & 2 != 0 {
        bundle.statement = source.part().to_vec();
    }
    if mask & 4 != 0 {
        bundle.model = source.part().to_vec();
    }
    if mask & 8 != 0 {
        bundle.input = source.bool().then(|| source.part().to_vec());
    }
    if mask & 16 != 0 {
        reseal(bundle);
    }
    if mask & 32 != 0 {
        let kept = source.below(bundle.proof.len() + 1);
        if source.bool() {
            bundle.proof.truncate(kept);
            bundle.proof.extend_from_slice(source.0);
        } else {
            // Over the honest bytes, with honest ones after them.
            for (byte, &new) in bundle.proof.iter_mut().skip(kept).zip(source.0) {
                *byte = new;
            }
        }
    }
}

fn base(source: &mut Source<'_>) -> Bundle {
    bases()[source.below(bases().len())].clone()
}

/// Raw bytes in place of parts of an honest bundle.
pub fn verifier_raw(data: &[u8]) {
    let mut source = Source(data);
    let mut bundle = base(&mut source);
    let mask = source.byte();
    replace(&mut source, &mut bundle, mask);
    judge(&bundle);
}

/// An honest public side with raw bytes in its proof.
pub fn proof(data: &[u8]) {
    let mut source = Source(data);
    let mut bundle = base(&mut source);
    replace(&mut source, &mut bundle, 32);
    judge(&bundle);
}

/// A certificate whose statement and proof are raw bytes, digests made to fit.
pub fn certificate(data: &[u8]) {
    let mut source = Source(data);
    let certificates: Vec<&Bundle> = bases().iter().filter(|bundle| bundle.certifies()).collect();
    let mut bundle = certificates[source.below(certificates.len())].clone();
    let mask = source.byte() & (2 | 16 | 32);
    replace(&mut source, &mut bundle, mask);
    judge(&bundle);
}

/// Decodes a part, changes it, and writes it again.
macro_rules! through {
    ($type:ty, $bytes:expr, $source:expr, $edit:expr) => {
        if let Ok(mut value) = <$type>::decode($bytes) {
            $edit($source, &mut value);
            *$bytes = value.encode();
        }
    };
}

fn edit(source: &mut Source<'_>, bundle: &mut Bundle, kinds: u8) {
    match source.byte() % kinds {
        0..=3 => through!(Plan, &mut bundle.plan, source, edit_plan),
        4..=7 => through!(Statement, &mut bundle.statement, source, edit_statement),
        8 => through!(Commitment, &mut bundle.model, source, edit_commitment),
        9 => match &mut bundle.input {
            Some(input) => through!(Commitment, input, source, edit_commitment),
            None => bundle.input = source.bool().then(|| bundle.model.clone()),
        },
        _ => edit_bytes(source, &mut bundle.proof),
    }
}

fn edited(source: &mut Source<'_>, kinds: u8) -> Bundle {
    let mut bundle = base(source);
    let sealed = source.bool();
    for _ in 0..12 {
        if source.is_empty() {
            break;
        }
        edit(source, &mut bundle, kinds);
    }
    if sealed {
        reseal(&mut bundle);
    }
    bundle
}

/// Changes of decoded parts, digests made to fit, through the whole verifier.
pub fn verifier(data: &[u8]) {
    judge(&edited(&mut Source(data), 16));
}

/// The same up to the first message; a session that opens has a run without an open end.
pub fn session(data: &[u8]) {
    let bundle = edited(&mut Source(data), 10);
    let open = || Session::open(&bundle.plan, &bundle.statement, &bundle.model, bundle.input.as_deref(), true);
    let Ok(session) = bounded("Session::open", budget(&bundle), open) else { return };
    let counted = bounded("count", budget(&bundle), || match session.field {
        FieldId::KoalaBear => count::<KoalaBearPair>(&session.circuit, &session.layout),
        FieldId::Goldilocks => count::<GoldilocksPair>(&session.circuit, &session.layout),
    });
    if let Err(ProtocolError::Internal(what)) = counted {
        panic!("a session leads to an internal error: {what}");
    }
}
