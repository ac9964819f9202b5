//! Random changes of whole bundles: the verifier never panics, never hangs, never accepts.
//!
//! AFFIDAVIT_MUTATIONS sets their number (10 000 without it), AFFIDAVIT_MUTATIONS_FROM the first seed. Every third is of the decoded plan or statement, and
//! half of all have their digests made to fit again, so that not the first comparison refuses but what lies behind it.

use crate::common::bundle::{Bundle, World};
use crate::common::mutate::{Random, mutate_bytes, mutate_plan, mutate_statement};
use crate::common::zoo::zoo;
use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, Plan, Statement, schema_of};
use affidavit_protocol::Session;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Most that one call may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Small bundles of every purpose, both fields, with and without a committed input.
fn bundles() -> Vec<Bundle> {
    let small = World::<KoalaBearPair>::new(zoo(FieldId::KoalaBear, 2));
    let large = World::<GoldilocksPair>::new(zoo(FieldId::Goldilocks, 1));
    vec![
        small.prove(small.plain()).1,
        small.prove(small.full()).1,
        small.prove(small.certificate()).1,
        large.prove(large.full()).1,
    ]
}

/// Makes every digest fit the changed parts; what does not decode stays as it is.
fn reseal(bundle: &mut Bundle) {
    let decoded = (Plan::decode(&bundle.plan), Statement::decode(&bundle.statement), Commitment::decode(&bundle.model));
    let (Ok(plan), Ok(mut statement), Ok(mut model)) = decoded else { return };
    model.subject = plan.digest();
    model.field = plan.field;
    statement.plan = plan.digest();
    statement.model = model.digest();
    let input = bundle.input.as_ref().and_then(|i| Commitment::decode(i).ok());
    if let (Some(mut input), Some(claimed), Ok(schema)) =
        (input, statement.input_commitment.as_mut(), schema_of(&plan, &model))
    {
        input.subject = schema.digest();
        input.field = plan.field;
        input.batch = statement.batch;
        claimed.schema = schema.digest();
        claimed.commitment = input.digest();
        bundle.input = Some(input.encode());
    }
    bundle.model = model.encode();
    for _ in 0..2 {
        bundle.statement = statement.encode();
        let session = Session::open(&bundle.plan, &bundle.statement, &bundle.model, bundle.input.as_deref(), false);
        if let Ok(session) = session {
            statement.layout = session.layout.digest;
        }
    }
}

/// A bundle that differs from the base.
fn changed(base: &Bundle, random: &mut Random) -> Bundle {
    let mut bundle = base.clone();
    // Sealing undoes the change of a digest, so the comparison comes after it.
    while bundle == *base {
        mutate(&mut bundle, random);
        if random.below(2) == 0 {
            reseal(&mut bundle);
        }
    }
    bundle
}

fn mutate(bundle: &mut Bundle, random: &mut Random) {
    match random.below(9) {
        0 | 1 => mutate_bytes(&mut bundle.plan, random),
        2 | 3 => mutate_bytes(&mut bundle.statement, random),
        4 => mutate_bytes(&mut bundle.model, random),
        5 => match &mut bundle.input {
            Some(input) => mutate_bytes(input, random),
            None => mutate_bytes(&mut bundle.proof, random),
        },
        6 => mutate_bytes(&mut bundle.proof, random),
        7 => {
            let Ok(mut plan) = Plan::decode(&bundle.plan) else { return };
            (0..=random.below(2)).for_each(|_| mutate_plan(&mut plan, random));
            bundle.plan = plan.encode();
        }
        _ => {
            let Ok(mut statement) = Statement::decode(&bundle.statement) else { return };
            (0..=random.below(2)).for_each(|_| mutate_statement(&mut statement, random));
            bundle.statement = statement.encode();
        }
    }
}

/// Processor time of this thread where the system tells (Linux), so that a busy machine does not count; else the clock.
fn spent() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// What one mutation led to: a class of refusal, or why the verifier failed.
fn outcome(bases: &[Bundle], seed: u64) -> Result<&'static str, String> {
    let mut random = Random(seed);
    let base = &bases[random.below(bases.len())];
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let bundle = changed(base, &mut random);
        let (clock, before) = (Instant::now(), spent());
        let answer = bundle.verify();
        let used = spent().zip(before).map_or(clock.elapsed(), |(after, before)| after - before);
        match answer {
            Ok(_) => Err("accepted".to_owned()),
            Err(error) if used > LIMIT => Err(format!("{used:?} until {error}")),
            Err(error) if clock.elapsed() > 20 * LIMIT => Err(format!("{:?} until {error}", clock.elapsed())),
            Err(error) => Ok(error.code()),
        }
    }));
    attempt.unwrap_or_else(|_| Err("a panic".to_owned()))
}

/// Threads of their own: a pool's worker would take up another mutation while it waits inside of `verify`.
fn outcomes(bases: &[Bundle], seeds: core::ops::Range<u64>) -> Vec<(u64, Result<&'static str, String>)> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut list = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return list;
            }
            list.push((seed, outcome(bases, seed)));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    })
}

#[test]
fn random_mutations_are_refused() {
    let number = |name| std::env::var(name).ok().map(|n: String| n.parse::<u64>().unwrap());
    let from = number("AFFIDAVIT_MUTATIONS_FROM").unwrap_or(0);
    let count = number("AFFIDAVIT_MUTATIONS").unwrap_or(10_000);
    let outcomes = outcomes(&bundles(), from..from + count);
    let mut classes: BTreeMap<&'static str, u64> = BTreeMap::new();
    for code in outcomes.iter().filter_map(|(_, o)| o.as_ref().ok()) {
        *classes.entry(code).or_default() += 1;
    }
    let failures: Vec<(u64, String)> =
        outcomes.into_iter().filter_map(|(seed, o)| o.err().map(|e| (seed, e))).collect();
    println!("{count} mutations: {classes:?}");
    assert!(failures.is_empty(), "(seed, failure): {failures:?}");
    // The mutations reach every layer of the verifier, not only the decoders.
    for class in ["malformed", "plan", "statement", "mismatch", "circuit", "finish", "opening"] {
        assert!(count < 1000 || classes.contains_key(class), "no mutation got to {class}: {classes:?}");
    }
}
