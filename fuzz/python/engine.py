"""Run one Python target under atheris: ``engine.py TARGET ARGUMENTS...``; ``engine.py seeds FOLDER`` writes seeds."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path


def write_seeds(folder: Path) -> None:
    from specimens import seeds

    for name, inputs in seeds().items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / name / str(number)).write_bytes(data)


def onnx_mutator(data: bytes, max_size: int, seed: int) -> bytes:
    """Mostly a changed field of the model, else changed bytes."""
    import atheris
    from google.protobuf.message import DecodeError
    from onnx import ModelProto
    from protobuf import mutate

    rng = random.Random(seed)
    model = ModelProto()
    try:
        model.ParseFromString(data)
        if rng.randrange(10) == 0:
            raise DecodeError
        for _ in range(1 + rng.randrange(3)):
            mutate(model, rng, lambda old: atheris.Mutate(old, max(64, 2 * len(old))))
        out = model.SerializeToString()
    except (DecodeError, ValueError, TypeError):
        out = atheris.Mutate(data, max_size)
    return out if len(out) <= max_size else data


def main() -> None:
    name, arguments = sys.argv[1], sys.argv[2:]
    if name == "seeds":
        write_seeds(Path(arguments[0]))
        return
    import atheris

    with atheris.instrument_imports(include=["affidavit"]):
        from specimens import case
        from targets import TARGETS
    target = TARGETS[name]
    if name in ("py_verify", "py_verify_raw"):
        case()
    more = {"custom_mutator": onnx_mutator} if name == "py_onnx" else {}
    atheris.Setup([os.environ.get("AFFIDAVIT_FUZZ_SELF", sys.argv[0]), *arguments], target, **more)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
