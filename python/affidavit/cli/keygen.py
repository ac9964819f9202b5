"""``affidavit keygen``."""

from __future__ import annotations

import click

from affidavit.cli.common import emit, json_option
from affidavit.keys import keygen


@click.command("keygen")
@click.argument("stem", type=click.Path(dir_okay=False))
@json_option
def command(stem: str, as_data: bool) -> None:
    """Make an issuer's Ed25519 key: STEM.pem (private, keep it) and STEM.pub.pem."""
    private, public = keygen(stem)
    emit({"private": str(private), "public": str(public)}, f"{private} (private)\n{public}", as_data)
