"""Dependencies, their licences and sources; and the lints that keep panics and ``unsafe`` out of the verifier."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
LOCKS = [ROOT / "Cargo.lock", ROOT / "fuzz" / "Cargo.lock"]
DENY = tomllib.loads((ROOT / "deny.toml").read_text())
#: Source files that may say `unsafe`, and why.
UNSAFE = {"crates/fuzz-targets/src/meter.rs": "GlobalAlloc is an unsafe trait; tests and fuzzing alone use the crate"}
PANICS = ("unwrap_used", "expect_used", "panic", "indexing_slicing", "unreachable")


def toml(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text())


def manifests() -> Iterator[Path]:
    yield from (ROOT / "crates").glob("*/Cargo.toml")
    yield ROOT / "fuzz" / "Cargo.toml"


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    """All packages that the main workspace has on this machine, by id."""
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"host: (\S+)", version)[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    return {package["id"]: package | {"node": nodes[package["id"]]} for package in found["packages"]}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.parent.name)
def test_locked_crates_come_from_the_registry_with_a_checksum(path: Path) -> None:
    listed = tomllib.loads(path.read_text())["package"]
    assert len(listed) > 30
    for package in listed:
        if "source" in package:
            assert package["source"] == REGISTRY, package["name"]
            assert re.fullmatch("[0-9a-f]{64}", package["checksum"]), package["name"]
        else:
            assert package["name"].startswith("affidavit-"), package["name"]


def test_no_crate_is_there_in_two_versions() -> None:
    skipped = {entry["crate"].split("@")[0] for entry in DENY["bans"]["skip"]}
    names = [package["name"] for package in toml("Cargo.lock")["package"]]
    assert {name for name in names if names.count(name) > 1} == skipped


def test_direct_dependencies_are_pinned() -> None:
    shared = toml("Cargo.toml")["workspace"]["dependencies"]
    tables = [shared]
    for path in manifests():
        data = tomllib.loads(path.read_text())
        tables += [data.get(kind, {}) for kind in ("dependencies", "dev-dependencies", "build-dependencies")]
    for name, entry in ((name, entry) for table in tables for name, entry in table.items()):
        if isinstance(entry, dict) and entry.get("workspace"):
            assert name in shared
            continue
        version = entry if isinstance(entry, str) else entry.get("version")
        if version is None:
            assert "git" not in entry and (ROOT / "crates" / Path(entry["path"]).name).is_dir(), name
        else:
            assert re.fullmatch(r"=\d+\.\d+\.\d+", version), f"{name} {version}"


def allowed(expression: str, licences: set[str]) -> bool:
    """Whether an SPDX expression can be met with these licences; AND binds tighter than OR, `/` is an old OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either() -> bool:
        value = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value |= both()
        return value

    def both() -> bool:
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value &= one()
        return value

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            value = either()
            assert tokens.pop(0) == ")"
            return value
        if tokens and tokens[0] == "WITH":
            token = f"{token} {tokens.pop(0)} {tokens.pop(0)}"
        return token in licences

    value = either()
    assert not tokens
    return value


def test_licence_expressions() -> None:
    mit = {"MIT", "Apache-2.0"}
    assert allowed("MIT", mit) and allowed("GPL-3.0 OR MIT", mit) and allowed("GPL-3.0/MIT", mit)
    assert not allowed("GPL-3.0", mit) and not allowed("MIT AND GPL-3.0", mit)
    assert allowed("(MIT OR GPL-3.0) AND Apache-2.0", mit) and not allowed("(MIT OR Apache-2.0) AND GPL-3.0", mit)
    assert not allowed("Apache-2.0 WITH LLVM-exception", mit)


def test_licences(packages: dict[str, dict[str, Any]]) -> None:
    permitted = set(DENY["licenses"]["allow"])
    refused = {p["name"]: p["license"] for p in packages.values() if not allowed(p["license"] or "none", permitted)}
    assert refused == {}


@pytest.mark.parametrize(
    ("lock", "wanted"), [("requirements.lock", "requirements.in"), ("fuzz/requirements.lock", None)]
)
def test_python_requirements_are_pinned_with_hashes(lock: str, wanted: str | None) -> None:
    text = "\n".join(line for line in (ROOT / lock).read_text().splitlines() if not line.startswith("#"))
    entries = re.split(r"\n(?=\S)", text.strip())
    names = set()
    for entry in entries:
        name, version, hashes = re.fullmatch(
            r"([A-Za-z0-9._-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", entry
        ).groups()
        names.add(re.sub("[-_.]+", "-", name).lower())
        assert version[0].isdigit() and "--hash" in hashes
    asked = (ROOT / wanted).read_text().splitlines() if wanted else ["atheris"]
    assert {line.lower() for line in asked if line and line[0] != "#"} <= names


def test_builds_take_locked_versions_alone() -> None:
    for line in (ROOT / "Makefile").read_text().splitlines():
        if re.search(r"\$\(CARGO\) (test|clippy|build|run)|maturin develop|cargo install", line):
            assert "--locked" in line, line
        if "pip install" in line and "-r " in line:
            assert "--require-hashes" in line, line
    for name, commands in (("attacks", 1), ("benches", 0), ("distinguish", 1), ("fuzz", 2)):
        assert len(re.findall(r"--locked\b", (ROOT / name / "run.py").read_text())) == commands, name
    assert "--locked" in (ROOT / "benches" / "compare.py").read_text()


def test_release_builds_check_overflow_and_forbid_unsafe() -> None:
    root, fuzz = toml("Cargo.toml"), toml("fuzz/Cargo.toml")
    assert root["profile"]["release"]["overflow-checks"] is True is fuzz["profile"]["release"]["overflow-checks"]
    assert root["workspace"]["lints"]["rust"]["unsafe_code"] == "forbid"
    for path in (ROOT / "crates").glob("*/Cargo.toml"):
        lints = tomllib.loads(path.read_text())["lints"]
        excepted = any(file.startswith(f"crates/{path.parent.name}/") for file in UNSAFE)
        assert lints == {"workspace": True} or (excepted and lints["rust"]["unsafe_code"] == "deny"), path


def test_unsafe_is_in_named_files_alone() -> None:
    files = [path for folder in ("crates", "fuzz/src") for path in (ROOT / folder).rglob("*.rs")]
    assert len(files) > 100
    code = {path: re.sub(r"//.*|\"(?:\\.|[^\"\\])*\"", "", path.read_text()) for path in files}
    found = {str(path.relative_to(ROOT)) for path, text in code.items() if re.search(r"\bunsafe\b", text)}
    assert found == set(UNSAFE)


def test_what_the_verifier_needs_denies_panics(packages: dict[str, dict[str, Any]]) -> None:
    by_name = {package["name"]: package for package in packages.values()}
    open_, closed = ["affidavit-verifier"], set()
    while open_:
        package = by_name[open_.pop()]
        closed.add(package["name"])
        kinds = [dep["pkg"] for dep in package["node"]["deps"] if any(k["kind"] is None for k in dep["dep_kinds"])]
        names = [packages[id_]["name"] for id_ in kinds]
        open_ += [name for name in names if name.startswith("affidavit-") and name not in closed]
    assert {"affidavit-plan", "affidavit-protocol", "affidavit-relations"} < closed
    assert not closed & {"affidavit-prover", "affidavit-kernels"}
    for name in closed:
        source = (ROOT / "crates" / name.removeprefix("affidavit-") / "src" / "lib.rs").read_text()
        listed = re.search(r"^#!\[deny\(([^)]*)\)\]", source, re.MULTILINE)
        assert listed and all(f"clippy::{lint}" in listed[1] for lint in PANICS), name


def test_exceptions_from_the_panic_lints_give_a_reason() -> None:
    pattern = re.compile(rf"#!?\[(?:allow|expect)\(([^\]]*clippy::(?:{'|'.join(PANICS)})[^\]]*)\)\]")
    for path in (ROOT / "crates").glob("*/src/**/*.rs"):
        for attribute in pattern.findall(path.read_text()):
            assert "reason = " in attribute, f"{path}: {attribute}"
