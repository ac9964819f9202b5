"""Every bound on untrusted input, with its reason.

A bound is generous for honest use and small enough that a hostile file costs memory in proportion to its own size.
"""

from __future__ import annotations

#: Bytes of a plan: function tables (256 of 2^16 entries of 8 bytes) are its largest part.
PLAN_BYTES = 1 << 28
#: Bytes of a statement: a batch of 2^20 rows with a few public cells each.
STATEMENT_BYTES = 1 << 28
#: Bytes of a proof; the largest designed for (GPT-2 size) is about 4 MB.
PROOF_BYTES = 1 << 26
#: Bytes of a commitment or an input schema.
COMMITMENT_BYTES = 256
SCHEMA_BYTES = 1 << 18
#: Bytes of a private file: 10^9 weights of two bytes.
PRIVATE_FILE_BYTES = 1 << 32
#: Rows of one proof (spec 3).
BATCH = 1 << 20
#: Input and output ports of a plan (spec 2); also the predicates of one statement.
PORTS = 256
#: Names of ports and tensors, and the axes of a port.
NAME_BYTES = 256
PORT_AXES = 8
#: Record ids, policy ids and nonces (spec 3).
RECORD_BYTES = 128
POLICY_BYTES = 128
NONCE_BYTES = 64
#: Integers of one public value list.
PUBLIC_VALUES = 1 << 25
#: Tensors of a plan and cells of one tensor (spec 2).
TENSORS = 65536
TENSOR_CELLS = 1 << 28
#: Characters of a threshold: more digits than any scale can use; and its decimal exponent.
THRESHOLD_CHARACTERS = 64
THRESHOLD_EXPONENT = 64
#: Bytes of a PEM file: an Ed25519 key needs about 120.
PEM_BYTES = 4096
#: Renewals in a card.
RENEWALS = 1024
#: Bytes of a renewal's statement: it has neither inputs nor outputs.
RENEWAL_STATEMENT_BYTES = 1 << 10
#: Bytes of a card without its plan: the certificate and 1024 renewals of a megabyte, or fewer larger ones.
CHAIN_BYTES = 1 << 30
#: Commitments of one model, one per scheme.
SCHEMES = 8
#: Uses that one commitment may carry: pads must stay below the rows of the column.
USES = 1 << 16
#: Bytes of a thresholds ledger (64 bytes an entry).
LEDGER_BYTES = 1 << 28
#: Seconds to wait for another process that is spending from the same budget.
LOCK_SECONDS = 10.0
#: Seconds that the prover's clock may run ahead of the verifier's.
CLOCK_SKEW_SECONDS = 300
