"""Ed25519 keys of issuers, as PEM (PKCS #8 private, SubjectPublicKeyInfo public; RFC 8410).

Signing needs the ``cryptography`` package; reading a public key does not, so that the verifier stays small.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affidavit import core, limits
from affidavit.bundle.files import read_bounded, remove_quietly, write_atomic
from affidavit.errors import InputError, Malformed, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: DER prefix of an Ed25519 SubjectPublicKeyInfo; the 32 bytes of the key follow (RFC 8410, section 4).
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


@dataclass(frozen=True)
class PublicKey:
    """32 bytes of an Ed25519 public key."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise Malformed(f"an Ed25519 public key has 32 bytes, not {len(self.raw)}", code="key")

    def pem(self) -> bytes:
        body = base64.b64encode(_SPKI_PREFIX + self.raw).decode()
        return f"{_BEGIN}\n{body}\n{_END}\n".encode()

    @staticmethod
    def from_pem(data: bytes) -> PublicKey:
        """Accepts exactly one Ed25519 public key and nothing else."""
        try:
            lines = [line.strip() for line in data.decode("ascii").strip().splitlines()]
            if lines[0] != _BEGIN or lines[-1] != _END:
                raise ValueError
            der = base64.b64decode("".join(lines[1:-1]), validate=True)
        except (UnicodeDecodeError, ValueError, IndexError, binascii.Error):
            raise Malformed(
                "this is no PEM public key", hint="expected an issuer's .pub.pem file", code="key"
            ) from None
        if len(der) != len(_SPKI_PREFIX) + 32 or der[: len(_SPKI_PREFIX)] != _SPKI_PREFIX:
            raise Malformed("the PEM file holds no Ed25519 public key", code="key")
        return PublicKey(der[len(_SPKI_PREFIX) :])

    @staticmethod
    def load(key: PublicKey | str | bytes | os.PathLike[str]) -> PublicKey:
        """A key, 32 raw bytes, PEM bytes, or the path of a PEM file."""
        if isinstance(key, PublicKey):
            return key
        if isinstance(key, bytes):
            return PublicKey(key) if len(key) == 32 else PublicKey.from_pem(key)
        return PublicKey.from_pem(read_bounded(key, limits.PEM_BYTES, "PEM file"))

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Strict verification."""
        return core.signature_holds(self.raw, message, signature)


class PrivateKey:
    """An issuer's signing key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @staticmethod
    def generate() -> PrivateKey:
        return PrivateKey(_ed25519().Ed25519PrivateKey.generate())

    @staticmethod
    def load(key: PrivateKey | bytes | str | os.PathLike[str]) -> PrivateKey:
        """A key, PEM bytes, or the path of an unencrypted PKCS #8 PEM file."""
        if isinstance(key, PrivateKey):
            return key
        pem = key if isinstance(key, bytes) else read_bounded(key, limits.PEM_BYTES, "PEM file")
        ed25519 = _ed25519()
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            loaded = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise Malformed(f"this is no unencrypted PEM private key: {error}", code="key") from error
        if not isinstance(loaded, ed25519.Ed25519PrivateKey):
            raise Malformed("the PEM file holds another kind of key than Ed25519", code="key")
        return PrivateKey(loaded)

    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def pem(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _ed25519() -> Any:  # the module's type is not known without the package
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise InputError(
            "signing needs the cryptography package", hint="pip install 'affidavit[issuer]'", code="missing-extra"
        ) from error
    return ed25519


def keygen(stem: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write ``STEM.pem`` (private, owner-only) and ``STEM.pub.pem``; existing files are never replaced."""
    name = os.fspath(stem)
    if not Path(name).name:
        raise UsageError("a key needs a name")
    key = PrivateKey.generate()
    private = write_atomic(name + ".pem", key.pem(), private=True, replace=False)
    try:
        return private, write_atomic(name + ".pub.pem", key.public().pem(), replace=False)
    except BaseException:
        remove_quietly(private)
        raise
