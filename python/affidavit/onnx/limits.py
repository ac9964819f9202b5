"""Bounds on what an ONNX file may ask for. A file beyond one is refused before memory is spent on it."""

from __future__ import annotations

#: Protobuf messages end at 2 GiB; nothing larger can be a valid ``.onnx`` file.
MAX_FILE_BYTES = 2**31 - 1
#: All external tensors of one model together; they are joined into the same 2 GiB message.
MAX_EXTERNAL_BYTES = 2**31 - 1 - 2**20
#: Nodes after local functions were expanded: deep nesting of functions grows exponentially.
MAX_NODES = 200_000
#: Axes of a tensor and cells along one axis or in one tensor (the plan's own limits, without the batch axis).
MAX_RANK = 6
MAX_AXIS = 2**26
MAX_CELLS = 2**28
#: Cells by which constant folding may enlarge what the file holds: in one node, and in all of them together.
MAX_FOLDED_CELLS = 2**24
MAX_FOLDED_TOTAL = 2**26
#: Cells of a constant that a translator repeats for every cell of an activation.
MAX_REPEATED_CELLS = 2**20
#: Integer constants used as data must be held exactly by a weight of the integer model.
MAX_INTEGER_BITS = 31
#: Oldest operator set with the meaning that the translators implement, newest that they were read against.
MIN_OPSET = 9
