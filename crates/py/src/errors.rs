//! Core errors as Python exceptions with `.code`, `.detail` and `.step`.

use affidavit_protocol::{SessionError, SessionFault};
use affidavit_prover::ProveError;
use affidavit_relations::CircuitError;
use affidavit_verifier::VerifyError;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(affidavit._core, CoreError, PyException);
create_exception!(affidavit._core, CoreMalformed, CoreError);
create_exception!(affidavit._core, CoreRejected, CoreError);
create_exception!(affidavit._core, CoreUnsupported, CoreError);
create_exception!(affidavit._core, CoreInternal, CoreError);

pub fn register(py: Python<'_>, m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("CoreError", py.get_type::<CoreError>())?;
    m.add("CoreMalformed", py.get_type::<CoreMalformed>())?;
    m.add("CoreRejected", py.get_type::<CoreRejected>())?;
    m.add("CoreUnsupported", py.get_type::<CoreUnsupported>())?;
    m.add("CoreInternal", py.get_type::<CoreInternal>())
}

/// Which exception to raise.
#[derive(Clone, Copy)]
pub enum Class {
    Malformed,
    Rejected,
    Unsupported,
    Internal,
}

/// An exception of this class.
pub fn raise(class: Class, code: &str, detail: String) -> PyErr {
    raise_at(None, class, code, detail)
}

/// An exception of this class, with the verifier's step that failed (spec 8.1), if it is one.
fn raise_at(step: Option<u8>, class: Class, code: &str, detail: String) -> PyErr {
    let error = match class {
        Class::Malformed => CoreMalformed::new_err(detail.clone()),
        Class::Rejected => CoreRejected::new_err(detail.clone()),
        Class::Unsupported => CoreUnsupported::new_err(detail.clone()),
        Class::Internal => CoreInternal::new_err(detail.clone()),
    };
    Python::attach(|py| {
        let value = error.value(py);
        let _ = value.setattr("code", code);
        let _ = value.setattr("detail", detail);
        let _ = value.setattr("step", step);
    });
    error
}

fn class_of(error: &SessionError) -> (Class, &'static str) {
    match error {
        SessionError::Format(_) => (Class::Malformed, "malformed"),
        SessionError::Plan(_) => (Class::Malformed, "plan"),
        SessionError::Statement(_) => (Class::Rejected, "statement"),
        SessionError::Circuit(CircuitError::Mismatch(_)) => (Class::Rejected, "circuit"),
        SessionError::Circuit(_) => (Class::Unsupported, "circuit"),
        SessionError::Schema(_) => (Class::Rejected, "schema"),
        SessionError::Mismatch(_) => (Class::Rejected, "mismatch"),
    }
}

pub fn session(fault: SessionFault) -> PyErr {
    let (class, code) = class_of(&fault.error);
    raise_at(Some(fault.step), class, code, fault.to_string())
}

pub fn verify(error: VerifyError) -> PyErr {
    let class = match &error {
        VerifyError::Session(fault) => class_of(&fault.error).0,
        VerifyError::Malformed { .. } => Class::Malformed,
        _ => Class::Rejected,
    };
    raise_at(Some(error.step()), class, error.code(), error.to_string())
}

pub fn prove(error: ProveError) -> PyErr {
    let detail = error.to_string();
    match error {
        ProveError::Session(inner) => {
            let (class, code) = class_of(&inner);
            raise(class, code, detail)
        }
        ProveError::Circuit(CircuitError::Mismatch(_)) => raise(Class::Rejected, "circuit", detail),
        ProveError::Circuit(_) | ProveError::Shape(_) => raise(Class::Unsupported, "circuit", detail),
        ProveError::Tensor { .. } => raise(Class::Rejected, "tensor", detail),
        ProveError::Range { .. } => raise(Class::Rejected, "range", detail),
        ProveError::Witness(_) => raise(Class::Rejected, "witness", detail),
        ProveError::Mismatch(_) => raise(Class::Rejected, "mismatch", detail),
        _ => raise(Class::Internal, "internal", detail),
    }
}

pub fn malformed(error: impl std::fmt::Display) -> PyErr {
    raise(Class::Malformed, "malformed", error.to_string())
}
