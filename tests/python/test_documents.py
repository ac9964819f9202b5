"""Links in the pages resolve; spec 6.7 lists exactly the labels that the code uses."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", "target", ".git", "node_modules", "demo-out"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
CALL = re.compile(
    r"\b(?:absorb|absorb_k|challenge|challenge_nonzero|challenge_k|challenge_k_nonzero|challenge_k_vec|"
    r"challenge_positions|grind|check_grind|scalar|vector|send_ends)(?:::<[^>]*>)?\(\s*(?:ctx, )?\"([^\"]+)\""
)


def pages() -> list[Path]:
    return [page for page in ROOT.rglob("*.md") if not SKIPPED & set(page.relative_to(ROOT).parts)]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    # code blocks and code spans hold no links
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    broken = []
    for target in (a or b for a, b in LINK.findall(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page if not path else (page.parent / path).resolve()
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(f"{page.relative_to(ROOT)}: {target}")
    return broken


def test_relative_links_resolve():
    found = pages()
    assert len(found) > 15
    assert [link for page in found for link in broken_links(page)] == []


def test_a_broken_link_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "a.md"
    page.write_text("# A b\n[x](#a-b) [y](a.md) `[q](no.md)` [z](gone.md) [w](#c)\n")
    assert broken_links(page) == ["a.md: gone.md", "a.md: #c"]


def labels_in_code() -> set[str]:
    found: set[str] = set()
    for crate in ("protocol", "verifier"):
        for source in (ROOT / "crates" / crate / "src").rglob("*.rs"):
            found.update(CALL.findall(source.read_text().split("#[cfg(test)]")[0]))
    return found


def labels_in_spec() -> list[str]:
    section = (ROOT / "spec" / "06-protocol.md").read_text().split("## 6.7")[1].split("## 6.8")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_spec_lists_every_label_once_and_no_other():
    listed = labels_in_spec()
    assert len(listed) == len(set(listed)) > 30
    assert set(listed) == labels_in_code()


def test_the_prover_uses_no_other_label():
    found: set[str] = set()
    for source in (ROOT / "crates" / "prover" / "src").rglob("*.rs"):
        found.update(CALL.findall(source.read_text().split("#[cfg(test)]")[0]))
    assert found and found <= set(labels_in_spec())
