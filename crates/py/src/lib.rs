//! `affidavit._core`: the boundary described in docs/core-api.md. The only crate that knows Python.

mod committed;
mod describe;
mod errors;
mod functions;

use pyo3::prelude::*;

/// Freed pages stay with the process: page faults were 40 % of the kernels' time under the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
fn _core(py: Python<'_>, m: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::register(py, m)?;
    m.add_class::<committed::Committed>()?;
    m.add_class::<functions::Proof>()?;
    m.add_function(wrap_pyfunction!(functions::digest, m)?)?;
    m.add_function(wrap_pyfunction!(functions::plan_check, m)?)?;
    m.add_function(wrap_pyfunction!(functions::parameters, m)?)?;
    m.add_function(wrap_pyfunction!(functions::input_schema, m)?)?;
    m.add_function(wrap_pyfunction!(functions::layout, m)?)?;
    m.add_function(wrap_pyfunction!(functions::ledger, m)?)?;
    m.add_function(wrap_pyfunction!(functions::prove, m)?)?;
    m.add_function(wrap_pyfunction!(functions::replay, m)?)?;
    m.add_function(wrap_pyfunction!(functions::verify, m)?)?;
    m.add_function(wrap_pyfunction!(functions::floor_seconds, m)?)?;
    m.add_function(wrap_pyfunction!(functions::ed25519_verify_strict, m)?)?;
    m.add_function(wrap_pyfunction!(committed::commit_model, m)?)?;
    m.add_function(wrap_pyfunction!(committed::commit_input, m)?)?;
    Ok(())
}
