"""Reading private data out of what is printed, logged or left readable."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from product_fixtures import make_case

import affidavit as af
from affidavit.bundle.input_files import InputFile
from affidavit.bundle.model_file import ModelFile
from affidavit.cli.main import main
from affidavit.errors import InputError

pytestmark = pytest.mark.core


@pytest.fixture
def case(tmp_path: Path) -> Any:
    return make_case(tmp_path)


def test_an_input_error_does_not_print_the_private_value(
    case: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors go to logs and, with --json, to stdout: the cell and the range say enough."""
    secret = np.array([[0.1, 98765.4321, 0.2]])
    with pytest.raises(InputError) as caught:
        af.prove(case.model, {"x": secret}, reveal="score")
    assert "98765" not in caught.value.message
    np.savez(case.folder / "r.npz", x=secret)
    arguments = ["prove", "net.model", "--input", "r.npz", "--reveal", "score", "-o", "d", "--json"]
    monkeypatch.chdir(case.folder)
    assert main(arguments) == 8
    assert "98765" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(("load", "name"), [(ModelFile.load, "net.model"), (InputFile.load, "record.input")])
def test_the_repr_of_a_private_file_shows_no_secrets(case: Any, load: Any, name: str) -> None:
    """Error trackers and debuggers print the repr of local variables."""
    file = load(case.folder / name)
    shown = repr(file)
    assert repr(file.seed) not in shown and repr(file.secret) not in shown and "array(" not in shown


def test_inspect_shows_no_secrets(case: Any) -> None:
    for name in ("net.model", "record.input"):
        file = (ModelFile if name.endswith("model") else InputFile).load(case.folder / name)
        shown = str(af.inspect(case.folder / name))
        assert file.seed.hex() not in shown and file.secret.hex() not in shown and file.file_id.hex() not in shown


def test_no_temporary_file_stays_and_private_ones_are_owner_only(case: Any) -> None:
    names = sorted(os.listdir(case.folder))
    assert not [n for n in names if n.endswith(".tmp")]
    for name in names:
        private = name.endswith((".model", ".input", ".uses", ".thresholds", "issuer.pem"))
        mode = stat.S_IMODE((case.folder / name).stat().st_mode)
        assert (mode == 0o600) == private, (name, oct(mode))
