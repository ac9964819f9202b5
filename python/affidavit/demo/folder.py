"""The demonstration's output folder: emptied only if it is the demonstration's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from affidavit.bundle.files import input_error, write_atomic
from affidavit.errors import InputError

MARKER = "demo.json"


def fresh_folder(path: str | os.PathLike[str]) -> Path:
    """An empty folder. An earlier demonstration's files are removed; anything else is left alone and refused."""
    folder = Path(path)
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARKER).is_file():
                raise InputError(
                    f"{folder} is not empty and was not made by the demonstration",
                    hint="choose another folder with --output",
                    code="exists",
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise input_error("prepare", folder, error) from error
    # the marker is there from the start, so that an interrupted run can be repeated
    write_atomic(folder / MARKER, b"{}\n")
    return folder
