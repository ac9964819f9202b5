"""Keys as PEM, and strict reading of public keys."""

from __future__ import annotations

import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from affidavit.errors import InputError, Malformed
from affidavit.keys import PrivateKey, PublicKey, keygen


def test_keygen_writes_a_pair_that_belongs_together(tmp_path):
    private, public = keygen(tmp_path / "issuer")
    assert (private.name, public.name) == ("issuer.pem", "issuer.pub.pem")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert PrivateKey.load(private).public() == PublicKey.load(public)
    with pytest.raises(InputError):
        keygen(tmp_path / "issuer")
    assert PrivateKey.load(private).public() == PublicKey.load(public)


def test_public_pem_is_what_other_tools_read_and_write():
    key = PrivateKey.generate()
    pem = key.public().pem()
    other = serialization.load_pem_public_key(pem)
    assert isinstance(other, ed25519.Ed25519PublicKey)
    assert other.public_bytes_raw() == key.public().raw
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert other.public_bytes(*form) == pem
    other.verify(key.sign(b"message"), b"message")


def test_half_a_pair_is_not_left_behind(tmp_path):
    (tmp_path / "issuer.pub.pem").write_text("in the way")
    with pytest.raises(InputError):
        keygen(tmp_path / "issuer")
    assert [p.name for p in tmp_path.iterdir()] == ["issuer.pub.pem"]


@pytest.mark.parametrize("change", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n"])
def test_public_keys_that_are_none(change):
    with pytest.raises(Malformed):
        PublicKey.from_pem(change)


def test_other_kinds_of_keys_are_refused():
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(Malformed):
        PublicKey.from_pem(key.public_key().public_bytes(*form))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(Malformed, match="Ed25519"):
        PrivateKey.load(private)
    with pytest.raises(Malformed):
        PublicKey(b"short")


def test_a_private_key_is_not_taken_for_a_public_one():
    with pytest.raises(Malformed):
        PublicKey.from_pem(PrivateKey.generate().pem())
