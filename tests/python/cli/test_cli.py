"""The command line: the product page's session, exit codes, JSON, and where text goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
from product_fixtures import samples, tiny_onnx

from affidavit.cli.main import main

PROVE = ("prove", "net.model", "--input", "record.input", "--at-least", "score[1]", "-1.5", "-o", "d.affidavit")
VERIFY = ("verify", "d.affidavit", "--card", "net.card", "--issuer", "issuer.pub.pem", "--at-least", "score[1]", "-1.5")


def test_the_whole_session(session, run):
    out, err = run(*PROVE)
    assert out.startswith("d.affidavit (") and "2 uses left" in out and err == ""
    out, err = run(*VERIFY)
    assert out.startswith("VERIFIED") and "anna" in out and err == ""
    out, _ = run("explain", "d.affidavit", "--card", "net.card")
    assert "output score" in out and "round-by-round: 128.50" in out
    assert "explain takes" not in out
    out, _ = run("inspect", "net.model")
    assert "uses_left" in out


def test_json_everywhere(session, run):
    proven = json.loads(run(*PROVE, "--json")[0])
    assert proven["uses_left"] == 2 and proven["seconds"]["total"] > 0
    verified = json.loads(run(*VERIFY, "--json")[0])
    assert verified["verified"] is True and verified["answers"][0]["outcomes"] == [True]
    for name in (
        "net.onnx",
        "net.plan",
        "net.weights",
        "net.card",
        "net.model",
        "record.input",
        "record.input-card",
        "d.affidavit",
    ):
        described = json.loads(run("inspect", name, "--json")[0])
        assert described["kind"], name
    for arguments in (("d.affidavit", "--card", "net.card"), ("net.card",), ("net.plan",), ("d.affidavit",)):
        assert json.loads(run("explain", *arguments, "--json")[0])["kind"] in ("bundle", "card", "plan")
    assert json.loads(run("keygen", "other", "--json")[0])["public"] == "other.pub.pem"


def test_exit_codes(session, run):
    run(*PROVE)
    data = Path("d.affidavit").read_bytes()
    tampered = bytearray(data)
    tampered[-80] ^= 1
    Path("t.affidavit").write_bytes(bytes(tampered))
    run("verify", "t.affidavit", *VERIFY[2:], expect=3)
    Path("cut.affidavit").write_bytes(data[:-1])
    _, err = run("verify", "cut.affidavit", *VERIFY[2:], expect=4)
    assert "error:" in err and "hint:" in err
    run(*VERIFY[:-1], "-1.25", expect=5)
    run(*VERIFY, "--nonce", "00", expect=5)
    run(*VERIFY[:-1], "a lot", expect=2)
    run("verify", "d.affidavit", expect=2)
    run("frobnicate", expect=2)
    run("inspect", "absent.card", expect=8)
    run("commit", "net.plan", "-o", "net", expect=8)
    out, err = run("inspect", "absent.card", "--json", expect=8)
    assert json.loads(out)["error"] == "not-found" and "absent" in err


def test_an_unsupported_model_lists_all_reasons(folder, run):
    model = tiny_onnx()
    for name in ("h", "r"):
        node = model.graph.node.add()
        node.op_type, node.name = "Einsum", f"bad-{name}"
        node.input.extend([name])
        node.output.extend([f"{name}2"])
        node.attribute.append(onnx.helper.make_attribute("equation", "bi->bi"))
        model.graph.output.append(onnx.helper.make_tensor_value_info(f"{name}2", onnx.TensorProto.FLOAT, ["B", 4]))
    onnx.save(model, "bad.onnx")
    out, err = run("compile", "bad.onnx", "--calibration", "c.npz", "-o", "bad.plan", "--json", expect=6)
    assert "bad-h" in err and "bad-r" in err
    assert len(json.loads(out)["reasons"]) == 2
    assert not Path("bad.plan").exists()


def test_budget_exit_code(session, run):
    for _ in range(3):
        run("prove", "net.model", "--input", "record.npz", "--reveal", "score", "-o", "x.affidavit")
    _, err = run("prove", "net.model", "--input", "record.npz", "--reveal", "score", "-o", "x.affidavit", expect=7)
    assert "no uses left" in err


def test_repeated_threshold_exit_code(session, run):
    run(*PROVE)
    again = [*PROVE[:-3], "-1.25", *PROVE[-2:]]
    run(*again, expect=5)
    run(*again, "--unsafe-allow-repeated-thresholds")


def test_inputs_as_public_and_unbound(session, run):
    run("prove", "net.model", "--input", "record.npz", "--input-as", "public", "--reveal", "score", "-o", "p.affidavit")
    out = json.loads(run("verify", "p.affidavit", "--card", "net.card", "--json")[0])
    assert np.allclose(out["public_inputs"]["x"], samples(1, seed=2), atol=1e-2)
    run(
        "prove", "net.model", "--input", "record.npz", "--input-as", "unbound", "--argmax", "score", "-o", "u.affidavit"
    )
    run("verify", "u.affidavit", "--card", "net.card", expect=5)
    out, _ = run("verify", "u.affidavit", "--card", "net.card", "--unsafe-allow-unbound")
    assert "WARNING: unbound" in out


def test_record_ids_from_a_file(session, run):
    np.savez("table.npz", x=samples(3))
    Path("ids.txt").write_text("a\nb\nc\n")
    arguments = ("commit-input", "table.npz", "--schema", "net.card", "--key", "issuer.pem", "--records", "ids.txt")
    assert json.loads(run(*arguments, "-o", "table", "--json")[0])["batch"] == 3
    assert json.loads(run("inspect", "table.input-card", "--json")[0])["records"] == ["a", "b", "c"]
    Path("ids.txt").write_text("a\nb\n")
    run(*arguments, "-o", "again", expect=2)


def test_bench_prints_exactly_the_promised_keys(folder, run):
    out, _ = run("bench", "net.onnx", "--input", "record.npz", "--calibration", "c.npz", "--repeat", "2", "--json")
    data = json.loads(out)
    assert list(data) == [
        "parameters", "compile_seconds", "commit_seconds", "prove_seconds", "verify_seconds", "proof_bytes",
        "peak_rss_bytes", "onnxruntime_seconds", "max_abs_error", "output_range", "proven_bits", "field",
        "committed_cells", "lookup_cells", "floor_seconds", "threads", "machine",
    ]  # fmt: skip
    assert data["parameters"] == 3 * 4 + 4 + 4 * 2 + 2
    assert 0 < data["max_abs_error"] < 1e-2 * data["output_range"]


def test_ctrl_c_ends_at_once_and_leaves_nothing(folder):
    """The core is busy for a minute; Ctrl-C ends the command within seconds, without a file."""
    program = (
        "import sys, time\n"
        "import fake_core, affidavit\n"
        "module = fake_core.as_module()\n"
        "def slow(*a):\n    print('busy', file=sys.stderr, flush=True)\n    time.sleep(60)\n"
        "module.commit_model = slow\n"
        "sys.modules['affidavit._core'] = affidavit._core = module\n"
        "from affidavit.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    main(["compile", "net.onnx", "--calibration", "c.npz", "-o", "net.plan"])
    before = sorted(os.listdir())
    process = subprocess.Popen(
        [sys.executable, "-c", program, "commit", "net.plan", "-o", "net"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr.readline().strip() == "busy"
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert time.monotonic() - started < 10
    assert "interrupted" in process.stderr.read()
    assert sorted(os.listdir()) == before
