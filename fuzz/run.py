"""Build the fuzz targets and run them in turn: executions, coverage and crashes of each.

    python -m fuzz.run --seconds 60                    every target, a minute each
    python -m fuzz.run --seconds 600 plan verifier     these two
    python -m fuzz.run --merge                         make the committed corpora of everything found, minimised

What is found grows in fuzz/work (not committed); an input that breaks an invariant is left in fuzz/artifacts.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benches.machine import ROOT, machine
from fuzz.packed import entry, unpack

HERE = ROOT / "fuzz"
#: Longest input of a target in bytes; others have 4096.
LENGTHS = {"plan": 16384, "certificate": 8192, "verifier_raw": 16384, "py_onnx": 8192, "py_verify": 256}
#: Seconds for one input, of a build that checks everything.
TIMEOUT = 20
#: Bytes that one corpus may have in the repository, smallest files first.
CORPUS_BYTES = 48_000
COVERAGE = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 "
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
)
#: Compared values lead to magic bytes and tags. Field arithmetic compares all the time, at much cost and to no end.
COMPARES = " -Cllvm-args=-sanitizer-coverage-trace-compares"

CARGO = os.environ.get("CARGO", "cargo")
#: The tree's own package, whether or not it is installed.
PYTHON = {"PYTHONPATH": os.pathsep.join((str(ROOT / "python"), os.environ.get("PYTHONPATH", "")))}


def rust_targets() -> list[str]:
    listed = (ROOT / "crates" / "fuzz-targets" / "src" / "lib.rs").read_text()
    return re.findall(r'\("(\w+)", \w+::\w+\)', listed)


def python_targets() -> list[str]:
    return re.findall(r'"(py_\w+)": ', (HERE / "python" / "targets.py").read_text())


def host() -> str:
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    return re.search(r"host: (\S+)", version)[1]


def formats() -> list[str]:
    """The decoders' targets: everything that they run is safe Rust but for the hash function."""
    listed = (ROOT / "crates" / "fuzz-targets" / "src" / "lib.rs").read_text()
    return re.findall(r'\("(\w+)", formats::\w+\)', listed)


def build(name: str, sanitizer: str) -> Path:
    """The binary of a Rust target."""
    binary = "formats" if name in formats() else "verifying"
    cargo, flags = [CARGO, "build"], os.environ.get("RUSTFLAGS", "") + " " + COVERAGE
    if binary == "formats":
        flags += COMPARES
    if sanitizer == "address":
        if subprocess.run(["cargo", "+nightly", "--version"], capture_output=True).returncode:
            sys.exit(
                "AddressSanitizer needs Rust's nightly: `rustup toolchain install nightly --profile minimal`; "
                "without it, `make fuzz SANITIZER=none` runs the same targets with the stable toolchain"
            )
        cargo = ["cargo", "+nightly", "build"]
        flags += " -Zsanitizer=address"
    # Named, so that the flags are for the target alone and not for build scripts.
    triple, folder = host(), HERE / "target" / f"{binary}-{sanitizer}"
    command = [*cargo, "--release", "--locked", "--quiet", "--target", triple, "--target-dir", str(folder)]
    command += ["--bin", binary]
    if binary == "verifying":
        command += ["--features", "verifier"]
    subprocess.run(command, cwd=HERE, env=os.environ | {"RUSTFLAGS": flags}, check=True)
    return folder / triple / "release" / binary


@functools.cache
def seed_folder(python: bool) -> Path:
    """Honest inputs of all targets of a language, made anew by each run: old ones may be of another protocol."""
    folder = HERE / "work" / ("seeds-python" if python else "seeds")
    shutil.rmtree(folder, ignore_errors=True)
    rust = [CARGO, *"run --release --locked --quiet -p affidavit-fuzz-targets --example seeds --".split()]
    command = [sys.executable, "-W", "ignore", str(HERE / "python" / "engine.py"), "seeds"] if python else rust
    subprocess.run([*command, str(folder)], cwd=ROOT, env=os.environ | PYTHON, check=True)
    return folder


def seeds(name: str) -> Path:
    """Honest inputs of a target."""
    return seed_folder(name in python_targets()) / name


class Run:
    """One engine run and what its output says."""

    def __init__(self, name: str, command: list[str], env: dict[str, str]) -> None:
        self.name, self.command, self.env = name, command, env

    def go(self, *arguments: str) -> dict[str, object]:
        artifacts = HERE / "artifacts" / self.name
        artifacts.mkdir(parents=True, exist_ok=True)
        before = set(artifacts.iterdir())
        started = time.monotonic()
        log = HERE / "work" / f"{self.name}.log"
        with log.open("w") as stream:
            command = [*self.command, f"-artifact_prefix={artifacts}/", *arguments]
            code = subprocess.run(command, env=os.environ | self.env, stdout=stream, stderr=stream, cwd=ROOT).returncode
        text = log.read_text(errors="replace")
        last = re.findall(r"^#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", text, re.M)
        executions = re.findall(r"stat::number_of_executed_units: (\d+)", text)
        number, edges, features, inputs, _ = last[-1] if last else ("0", "0", "0", "0", "")
        new = sorted(path.name for path in set(artifacts.iterdir()) - before)
        return {
            "target": self.name,
            "executions": int(executions[-1] if executions else number),
            "seconds": round(time.monotonic() - started),
            "edges": int(edges),
            "features": int(features),
            "inputs": int(inputs),
            "crashes": new if new or not code else [f"exit code {code}, see {log.relative_to(ROOT)}"],
        }


def sanitizer_of(name: str, chosen: str) -> str:
    """The sanitizer of a target: none for Python, and none for decoders unless asked for."""
    if name in python_targets():
        return "none"
    return chosen if chosen != "auto" else "none" if name in formats() else "address"


def make(name: str, chosen: str) -> Run:
    if name in python_targets():
        return Run(name, [sys.executable, str(HERE / "python" / "engine.py"), name], PYTHON)
    bases = seeds(name).parent / "bases"
    env = {"AFFIDAVIT_FUZZ_TARGET": name, "AFFIDAVIT_FUZZ_BASES": str(bases), "RAYON_NUM_THREADS": "1"}
    env["ASAN_OPTIONS"] = "detect_leaks=0"
    return Run(name, [str(build(name, sanitizer_of(name, chosen)))], env)


def common(name: str) -> list[str]:
    limits = [f"-timeout={TIMEOUT}", "-rss_limit_mb=4096", "-malloc_limit_mb=2048", "-print_final_stats=1"]
    return [*limits, f"-max_len={LENGTHS.get(name, 4096)}"]


def committed(name: str) -> Path:
    """A folder with the inputs of the target's committed corpus, which is one file of lengths and inputs."""
    folder = HERE / "work" / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    packed = HERE / "corpus" / f"{name}.bin"
    for data in unpack(packed.read_bytes()) if packed.exists() else ():
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
    return folder


def folders(name: str) -> list[str]:
    """Where a target's inputs are: what was found, the committed ones, the honest ones."""
    found = HERE / "work" / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    return [str(folder) for folder in (found, committed(name), seeds(name)) if folder.is_dir()]


def fuzz(run: Run, seconds: int, runs: int) -> dict[str, object]:
    limit = [f"-runs={runs}"] if runs else []
    return run.go(*common(run.name), f"-max_total_time={seconds}", *limit, *folders(run.name))


def merge(run: Run) -> None:
    """The committed corpus becomes a smallest set with the coverage of everything found, small inputs first."""
    out = HERE / "work" / "merged" / run.name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if run.name in python_targets():
        # The engine starts itself again for every input that ends it, and needs one name to start.
        script = HERE / "work" / f"{run.name}.sh"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(run.command)} "$@"\n')
        script.chmod(0o755)
        run.env = run.env | {"AFFIDAVIT_FUZZ_SELF": str(script)}
    run.go(*common(run.name), "-merge=1", str(out), *folders(run.name))
    inputs = sorted((path.read_bytes() for path in out.iterdir()), key=lambda data: (len(data), data))
    if not inputs:
        sys.exit(f"the engine merged nothing for {run.name}, see fuzz/work/{run.name}.log; the committed corpus stays")
    packed, kept = b"", 0
    for data in inputs:
        if len(packed + entry(data)) > CORPUS_BYTES:
            break
        packed, kept = packed + entry(data), kept + 1
    (HERE / "corpus").mkdir(exist_ok=True)
    (HERE / "corpus" / f"{run.name}.bin").write_bytes(packed)
    print(f"{run.name:<16} {kept:>6} of {len(inputs)} inputs kept, {len(packed)} bytes", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--runs", type=int, default=0, help="executions of each target, if that is sooner")
    parser.add_argument("--sanitizer", choices=("auto", "address", "none"), default="auto")
    parser.add_argument("--merge", action="store_true", help="minimise the committed corpora instead")
    parser.add_argument("--json", type=Path, help="write the figures there, in place of older ones of the same targets")
    parser.add_argument("targets", nargs="*", help="default: all")
    options = parser.parse_args()
    known = rust_targets() + python_targets()
    for name in options.targets:
        if name not in known:
            parser.error(f"{name} is none of {', '.join(known)}")
    chosen = options.targets or known
    if importlib.util.find_spec("atheris") is None:
        skipped = [name for name in chosen if name in python_targets()]
        chosen = [name for name in chosen if name not in skipped]
        if skipped:
            print("atheris is not installed (pip install atheris==3.0.0, CPython 3.11 to 3.13): no", *skipped)
        if not chosen:
            return 1
    (HERE / "work").mkdir(exist_ok=True)
    if options.merge:
        for name in chosen:
            merge(make(name, options.sanitizer))
        return 0
    print(f"{'target':<16} {'executions':>12} {'seconds':>8} {'edges':>7} {'features':>9} {'crashes':>8}", flush=True)
    reports = []
    for name in chosen:
        report = fuzz(make(name, options.sanitizer), options.seconds, options.runs)
        reports.append(report)
        print(
            f"{name:<16} {report['executions']:>12} {report['seconds']:>8} {report['edges']:>7}",
            f"{report['features']:>9} {len(report['crashes']):>8}",
            *report["crashes"],
            flush=True,
        )
        if options.json:
            write(options.json, report, sanitizer_of(name, options.sanitizer))
    return 1 if any(report["crashes"] for report in reports) else 0


def write(path: Path, report: dict[str, object], sanitizer: str) -> None:
    """The last run of each target under each sanitizer."""
    data = json.loads(path.read_text()) if path.exists() else {}
    about = machine()
    figures = {key: report[key] for key in ("executions", "seconds", "edges", "features", "crashes")}
    figures |= {key: about[key] for key in ("commit", "date", "processor")}
    data.setdefault("targets", {}).setdefault(report["target"], {})[sanitizer] = figures
    path.write_text(json.dumps(data, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
