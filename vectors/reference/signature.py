"""Spec 3 and 8.2: an issuer's signature, strict Ed25519."""

from __future__ import annotations

import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .codec import digest

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Affine = tuple[int, int]


def _decompress(data: bytes) -> Affine | None:
    """A point of the curve; None if the encoding is not canonical or no point's."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def _add(a: Affine, b: Affine) -> Affine:
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + y1 * x2) * pow(1 + t, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def _large_order(data: bytes) -> bool:
    """A canonical encoding of a point whose order does not divide 8."""
    point = _decompress(data)
    if point is None:
        return False
    for _ in range(3):
        point = _add(point, point)
    return point != (0, 1)


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    if int.from_bytes(signature[32:], "little") >= ORDER or not _large_order(key) or not _large_order(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def message(schema: bytes, commitment: bytes, records: tuple[str, ...], expiry: int) -> bytes:
    """What an issuer signs; schema and commitment are digests."""
    data = schema + commitment + struct.pack("<I", len(records))
    for record in records:
        data += struct.pack("<I", len(record.encode())) + record.encode()
    return digest("input-signature", data + struct.pack("<Q", expiry))
