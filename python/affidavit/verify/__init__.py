"""Verification: a bundle and a policy in, ``Verified`` or a typed error out. Imports nothing that makes proofs."""
