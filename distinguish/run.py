"""The statistical test of hiding: proofs of two secrets, and of provers that leak, which must be told apart.

    python -m distinguish.run [--honest 1200] [--planted 100] [--timing-runs 1000] [--output results/hiding.json]

The core's test ``hiding::corpus`` makes the proofs; planted leaks exist in that test build alone. Fails if an honest
prover's proofs are told apart, or a planted leak is not found. About 10 minutes on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benches.machine import ROOT, machine
from distinguish.analyse import Corpus, analyse
from distinguish.cases import HONEST, credit, small, write_all
from distinguish.timing import measure

#: Of a false alarm over all honest corpora; shared among them.
ALPHA = 0.01


def sample(folder: Path, samples: int, honest: bool) -> None:
    """Have the core's test write the corpora of honest, or of leaking provers."""
    command = [os.environ.get("CARGO", "cargo"), "test", "-p", "affidavit-prover", "--release", "--locked", "--lib"]
    settings = {"AFFIDAVIT_CORPUS": str(folder), "AFFIDAVIT_SAMPLES": str(samples)}
    for leaks in folder.glob("*/leaks"):
        listed = (leaks.parent / "all-leaks").read_text().split()
        leaks.write_text("\n".join(name for name in listed if (name == HONEST) == honest))
    command += ["--quiet", "hiding::corpus", "--", "--ignored"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, stdout=sys.stderr)
    if done.returncode:
        raise SystemExit(done.returncode)


def verdicts(corpora: dict[str, dict[str, Any]]) -> list[str]:
    """What went wrong; empty if all is well."""
    wrong = []
    for name, result in corpora.items():
        honest = name.endswith("/" + HONEST)
        # Timing alone is no alarm, and no success either.
        apart = [c for c in result["told_apart"] if c != "time"]
        if honest and apart:
            wrong.append(f"{name}: told apart by {', '.join(apart)}")
        if not honest and not apart:
            wrong.append(f"{name}: the planted leak went unnoticed")
    return wrong


def brief(result: dict[str, Any]) -> str:
    """One line about a corpus."""
    classes = result["message classes"]
    best = max((f["advantage"], f["low"], f["high"], n) for n, c in classes.items() for f in c["classifiers"].values())
    least = min((c["mutual_information_p"], n) for n, c in classes.items() if "mutual_information_p" in c)
    apart = ", ".join(result["told_apart"]) or "nothing"
    return (
        f"{result['samples']} proofs; largest advantage {best[0]:+.3f} [{best[1]:+.3f}, {best[2]:+.3f}] ({best[3]}); "
        f"least permutation p {least[0]:.2g} ({least[1]}); told apart by: {apart}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--honest", type=int, default=1200)
    parser.add_argument("--planted", type=int, default=100)
    parser.add_argument("--timing-runs", type=int, default=1000)
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "hiding.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory) / "cases"
        write_all(folder)
        sample(folder, arguments.honest, honest=True)
        sample(folder, arguments.planted, honest=False)
        found = sorted(path.parent for path in folder.glob("*/*/features"))
        honest = sum(path.name == HONEST for path in found)
        corpora = {}
        for path in found:
            name = f"{path.parent.name}/{path.name}"
            corpora[name] = analyse(Corpus.read(path), ALPHA / honest)
            print(f"{name}: {brief(corpora[name])}", file=sys.stderr)
    timings = {}
    for name, model in {"small": small(), "credit": credit()[0]}.items():
        timings[name] = measure(model, model.bounds(), arguments.timing_runs)
        print(f"timing of {name}: {json.dumps(timings[name])}", file=sys.stderr)
    result = {"machine": machine(), "alpha": ALPHA, "corpora": corpora, "timing": timings}
    arguments.output.write_text(json.dumps(result, indent=1) + "\n")
    wrong = verdicts(corpora)
    print("\n".join(wrong) or f"{honest} honest corpora not told apart, {len(found) - honest} planted leaks found")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
