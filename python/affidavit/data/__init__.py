"""Data sets that ship with affidavit; each states its source and licence."""
