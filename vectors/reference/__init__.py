"""A second verifier, written from the pages of the specification alone: slow, plain, and without the core."""

from .errors import Refused
from .proof import verify

__all__ = ["Refused", "verify"]
