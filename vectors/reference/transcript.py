"""Spec 6.6."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from blake3 import blake3

from .errors import need
from .fields import Field, K


def good_nonce(seed: bytes, bits: int, nonce: int) -> bool:
    if bits == 0:
        return nonce == 0
    word = blake3(struct.pack("<Q", nonce) + bytes(56), key=seed).digest()
    return int.from_bytes(word, "big") >> (256 - bits) == 0


class Transcript:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.state = blake3(b"affidavit proof v1", derive_key_context="affidavit v1 transcript").digest()

    def event(self, tag: int, label: str, data: bytes) -> None:
        name = label.encode()
        head = bytes([tag]) + struct.pack("<Q", len(name)) + name + struct.pack("<Q", len(data))
        self.state = blake3(self.state + head + data).digest()

    def absorb(self, label: str, data: bytes) -> None:
        self.event(1, label, data)

    def absorb_ks(self, label: str, elements: list[K]) -> None:
        self.absorb(label, b"".join(e.bytes() for e in elements))

    def _words(self, label: str, kind: int, parameter: int, count: int) -> Iterator[int]:
        self.event(2, label, struct.pack("<BBQ", kind, parameter, count))
        stream, at = blake3(key=self.state), 0
        while True:
            yield from struct.unpack("<64Q", stream.digest(length=512, seek=at))
            at += 512

    def _element(self, words: Iterator[int]) -> K:
        p, mask = self.field.p, (1 << self.field.p.bit_length()) - 1
        good = (w for w in (word & mask for word in words) if w < p)
        return K(self.field, tuple(next(good) for _ in range(self.field.degree)))

    def challenge(self, label: str) -> K:
        return self._element(self._words(label, 1, self.field.tag, 1))

    def nonzero(self, label: str) -> K:
        words = self._words(label, 2, self.field.tag, 1)
        while not (element := self._element(words)):
            pass
        return element

    def positions(self, label: str, count: int, log_domain: int) -> list[int]:
        words = self._words(label, 4, log_domain, count)
        return [next(words) & ((1 << log_domain) - 1) for _ in range(count)]

    def grind_seed(self, label: str, bits: int) -> bytes:
        """The first event; a nonce is good for this seed."""
        self.event(3, label, bytes([bits]))
        return self.state

    def grind(self, label: str, bits: int, nonce: int | Callable[[bytes], int]) -> None:
        """Absorb the nonce (or the one that a prover's search finds for the seed), then tell whether it is good."""
        seed = self.grind_seed(label, bits)
        value = nonce if isinstance(nonce, int) else nonce(seed)
        self.event(3, label, struct.pack("<Q", value))
        need(good_nonce(seed, bits, value), "the nonce does not show the work")
