"""Input arrays: accepted forms, refused forms, hostile files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affidavit import inputs as module
from affidavit.errors import InputError
from affidavit.inputs import load_arrays, prepare_inputs
from affidavit.ir.graph import Graph, Value


def graph(*ports: Value, batch: bool = True) -> Graph:
    return Graph("test", ports, (), (), {}, {p.name: p for p in ports}, onnx_has_batch_axis=batch)


ONE = graph(Value("x", (3,)))
IMAGE = graph(Value("x", (2, 3)), batch=False)
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_the_ways_to_give_one_input(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=ROWS)
    np.savez_compressed(tmp_path / "b.npz", x=ROWS)
    (tmp_path / "c.json").write_text(json.dumps({"x": ROWS.tolist()}))
    (tmp_path / "d.json").write_text(json.dumps(ROWS.tolist()))
    files = [tmp_path / f for f in ("a.npz", "b.npz", "c.json", "d.json")]
    for source in [
        *files,
        str(files[0]),
        {"x": ROWS},
        {"x": ROWS.tolist()},
        ROWS,
        ROWS.tolist(),
        np.asfortranarray(ROWS),
    ]:
        found = prepare_inputs(ONE, source)
        assert list(found) == ["x"] and found["x"].dtype == np.float64 and found["x"].flags.c_contiguous
        np.testing.assert_array_equal(found["x"], ROWS)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64, np.uint8, np.bool_, ">f4"])
def test_number_types(dtype: Any) -> None:
    array = np.array([[1, 0, 1]]).astype(dtype)
    np.testing.assert_array_equal(prepare_inputs(ONE, array)["x"], [[1.0, 0.0, 1.0]])


def test_stacked_along_the_batch_axis_or_along_one_more() -> None:
    assert prepare_inputs(ONE, np.zeros((5, 3)))["x"].shape == (5, 3)
    assert prepare_inputs(ONE, np.zeros((5, 1, 3)))["x"].shape == (5, 3)
    stacked = prepare_inputs(ONE, ROWS.reshape(2, 2, 3))["x"]
    np.testing.assert_array_equal(stacked, ROWS)
    assert prepare_inputs(IMAGE, np.zeros((2, 3)))["x"].shape == (1, 2, 3)
    assert prepare_inputs(IMAGE, np.zeros((7, 2, 3)))["x"].shape == (7, 2, 3)
    scalar = graph(Value("x", ()))
    assert prepare_inputs(scalar, np.zeros(4))["x"].shape == (4,)


@pytest.mark.parametrize(
    "array", [np.zeros(3), np.zeros((2, 4)), np.zeros((1, 1, 1, 3)), np.zeros((3, 2)), np.float64(1), np.zeros((3, 0))]
)
def test_wrong_shapes_name_both(array: np.ndarray) -> None:
    with pytest.raises(InputError) as caught:
        prepare_inputs(ONE, array)
    assert "[B, 3]" in caught.value.message and str(list(array.shape)) in caught.value.message


def test_a_missing_batch_axis_gets_a_hint() -> None:
    with pytest.raises(InputError) as caught:
        prepare_inputs(ONE, np.zeros(3))
    assert "array[None]" in (caught.value.hint or "")


def test_names_are_listed() -> None:
    two = graph(Value("age", (1,)), Value("income", (2,)))
    good = {"age": np.zeros((2, 1)), "income": np.zeros((2, 2))}
    assert set(prepare_inputs(two, good)) == {"age", "income"}
    for bad in ({"age": good["age"]}, {**good, "more": good["age"]}, np.zeros((2, 1)), {}):
        with pytest.raises(InputError) as caught:
            prepare_inputs(two, bad)
        assert "'age' [B, 1]" in caught.value.message and "'income' [B, 2]" in caught.value.message
    with pytest.raises(InputError, match="different numbers"):
        prepare_inputs(two, {"age": np.zeros((2, 1)), "income": np.zeros((3, 2))})


def test_empty_calibration() -> None:
    for empty in (np.zeros((0, 3)), np.zeros((0, 1, 3)), np.zeros((4, 0, 3))):
        with pytest.raises(InputError, match="no samples"):
            prepare_inputs(ONE, empty)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_name_the_cell(value: float) -> None:
    array = ROWS.copy()
    array[2, 1] = value
    with pytest.raises(InputError, match=r"NaN or infinity, first in cell \[2, 1\]"):
        prepare_inputs(ONE, array)


@pytest.mark.parametrize(
    "value",
    [
        [["a", "b", "c"]],
        [[1, 2], [3]],
        [[None, 1, 2]],
        [[1j, 0, 0]],
        np.array([[1, 2, object()]]),
        [[2**70, 0, 0]],
        {"a": 1},
    ],
)
def test_what_is_no_array_of_numbers(value: Any) -> None:
    with pytest.raises(InputError):
        prepare_inputs(ONE, {"x": value})


def test_integers() -> None:
    labelled = graph(Value("x", (3,), integer=True))
    np.testing.assert_array_equal(prepare_inputs(labelled, [[1, 2, 3]])["x"], [[1, 2, 3]])
    np.testing.assert_array_equal(prepare_inputs(labelled, [[1.0, 2.0, 3.0]])["x"], [[1, 2, 3]])
    with pytest.raises(InputError, match="fractions"):
        prepare_inputs(labelled, [[1.5, 2, 3]])
    with pytest.raises(InputError, match="2\\^53"):
        prepare_inputs(ONE, np.array([[2**53 + 1, 0, 0]]))
    with pytest.raises(InputError, match="2\\^53"):
        prepare_inputs(ONE, np.array([[-(2**63), 0, 0]]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[[NaN, 1, 2]]",
        "[[Infinity, 0, 0]]",
        '{"x": [[1, 2, 3]], "x": [[1, 2, 3]]}',
        "3",
        '"text"',
        "[" * 100_000,
        "[[1e999, 0, 0]]",
    ],
)
def test_json_that_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError):
        prepare_inputs(ONE, path)


def test_paths(tmp_path: Path) -> None:
    for name in ("absent.npz", "absent.json", "data.csv", "data.pkl"):
        with pytest.raises(InputError):
            load_arrays(tmp_path / name)
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(InputError):
        load_arrays(tmp_path / "folder.npz")


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    np.savez(tmp_path / "a.npz", x=np.array([Bomb()], dtype=object))
    with pytest.raises(InputError):
        load_arrays(tmp_path / "a.npz")
    assert not (tmp_path / "exploded").exists()


def test_announced_shapes_that_the_file_does_not_hold(tmp_path: Path) -> None:
    header = npy(ROWS).replace(b"(4, 3)", b"(4000000000, 3000)"[:18])
    for data in (header, npy(ROWS)[:-1], npy(ROWS) + b"x", b"\x93NUMPY\x09\x00" + bytes(50), b"", b"hello"):
        with pytest.raises(InputError):
            load_arrays(archive(tmp_path / "a.npz", {"x.npy": data}))


def test_archives_that_unpack_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 10_000)
    path = archive(tmp_path / "a.npz", {f"x{i}.npy": npy(np.zeros(1000)) for i in range(2)})
    with pytest.raises(InputError, match="unpacks to more"):
        load_arrays(path)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100)
    with pytest.raises(InputError, match="more than 100"):
        load_arrays(path)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10_000)
    monkeypatch.setattr(module, "MAX_ARRAYS", 1)
    with pytest.raises(InputError, match="arrays"):
        load_arrays(path)


def test_truncated_and_damaged_archives(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=ROWS)
    data, broken = (tmp_path / "a.npz").read_bytes(), tmp_path / "b.npz"
    for cut in range(0, len(data), 3):
        broken.write_bytes(data[:cut])
        with pytest.raises(InputError):
            load_arrays(broken)
    rng = np.random.default_rng(0)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= int(rng.integers(1, 256))
        broken.write_bytes(bytes(changed))
        try:
            prepare_inputs(ONE, broken)
        except InputError:
            pass


def test_two_arrays_of_one_name(tmp_path: Path) -> None:
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("x.npy", npy(ROWS))
        file.writestr("x.npy", npy(ROWS + 1))
    with pytest.raises(InputError, match="twice"):
        load_arrays(tmp_path / "a.npz")
