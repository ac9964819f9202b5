//! JSON for people and reports.

use affidavit_plan::{Plan, Relation, TensorKind, Validated};
use affidavit_protocol::Session;
use affidavit_relations::Oracle;
use affidavit_soundness::{Kind, Ledger};
use serde_json::{Value, json};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn plan(plan: &Plan, validated: &Validated) -> Value {
    let tensors: Vec<Value> = plan
        .tensors
        .iter()
        .enumerate()
        .map(|(id, t)| {
            let kind = match &t.kind {
                TensorKind::Model { .. } => "model",
                TensorKind::Input { .. } => "input",
                TensorKind::Fresh { .. } => "fresh",
                TensorKind::Linear { .. } => "linear",
                TensorKind::Contract { .. } => "contract",
                TensorKind::View { .. } => "view",
                TensorKind::Constant { .. } => "constant",
            };
            let interval = validated.interval(id as u32);
            json!({
                "id": id, "name": t.name, "kind": kind, "batched": t.batched, "dims": t.dims, "scale": t.scale,
                "lo": interval.map(|i| i.min.to_string()), "hi": interval.map(|i| i.max.to_string()),
            })
        })
        .collect();
    let ports = |ports: &[affidavit_plan::Port]| -> Vec<Value> {
        ports.iter().map(|p| json!({"name": p.name, "tensor": p.tensor, "shape": p.shape, "scale": p.scale})).collect()
    };
    let count = |f: &dyn Fn(&Relation) -> bool| plan.relations.iter().filter(|r| f(r)).count();
    let unforced = plan.unforced(validated).into_iter().map(|u| {
        let name = plan.tensors.get(u.tensor as usize).map_or("", |t| t.name.as_str());
        json!({"tensor": name, "why": u.why})
    });
    let model_cells: u64 = plan
        .tensors
        .iter()
        .filter(|t| matches!(t.kind, TensorKind::Model { .. }))
        .map(|t| t.dims.iter().map(|&d| u64::from(d)).product::<u64>())
        .sum();
    json!({
        "digest": hex(&plan.digest()),
        "field": format!("{:?}", plan.field).to_lowercase(),
        "name": plan.name,
        "tensors": tensors,
        "inputs": ports(&plan.inputs),
        "outputs": ports(&plan.outputs),
        "tables": plan.tables.iter().map(|t| json!({"in_lo": t.in_lo, "log_size": t.log_size})).collect::<Vec<_>>(),
        "model_cells": model_cells,
        "unforced": unforced.collect::<Vec<_>>(),
        "relations": {
            "range": count(&|r| matches!(r, Relation::Range { .. })),
            "table": count(&|r| matches!(r, Relation::Table { .. })),
            "zero": count(&|r| matches!(r, Relation::Zero { .. })),
        },
    })
}

pub fn layout(session: &Session) -> Value {
    let circuit = &session.circuit;
    let layout = &session.layout;
    let lookup_cells: usize = circuit.lookups.iter().map(|l| circuit.tensors[l.x].cells()).sum();
    json!({
        "digest": hex(&layout.digest),
        "log_rows": layout.shape.log_rows,
        "log_blowup": layout.shape.log_blowup,
        "queries": layout.shape.queries,
        "grinding": layout.shape.grinding,
        "pads": layout.shape.pads,
        "columns": {
            "model": layout.model.columns,
            // Of the renewed commitment in a renewal.
            "input": layout.second.as_ref().map_or(0, |(_, second)| second.columns),
            "fresh": layout.fresh.columns,
        },
        "committed_cells": circuit.committed_cells(Oracle::Fresh) + circuit.committed_cells(Oracle::Input),
        "model_cells": circuit.committed_cells(Oracle::Model),
        "lookup_cells": lookup_cells,
        "lookups": circuit.lookups.len(),
        "log_leaves": circuit.log_leaves(),
        "range_bits": circuit.range_bits,
        "tensors": circuit.tensors.len(),
    })
}

pub fn ledger(ledger: &Ledger) -> Value {
    let terms: Vec<Value> = ledger
        .terms
        .iter()
        .map(|t| {
            let kind = match t.kind {
                Kind::Soundness => "soundness",
                Kind::WithoutGrinding => "without-grinding",
                Kind::Hiding => "hiding",
            };
            json!({"name": t.name, "formula": t.formula, "bits": t.bits, "kind": kind})
        })
        .collect();
    json!({
        "terms": terms,
        "rbr_bits": ledger.round_by_round,
        "union_bits": ledger.union,
        "bits_without_grinding": ledger.without_grinding,
        "model": "random oracle, unique decoding, round by round",
    })
}
