"""`python -m portal.documents.sandbox`: the keys' passphrase comes by the environment (SIGNING_KEYS_PASSPHRASE)."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.documents.sandbox.server import Config, serve


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal.documents.sandbox", description=__doc__)
    parser.add_argument("--keys", type=Path, required=True, help="the folder of the demonstration authority")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port and says which")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Serve to the end; returns what went wrong at the start, or nothing."""
    given = arguments().parse_args(argv)
    passphrase = _env(environ, "SIGNING_KEYS_PASSPHRASE")
    try:
        serve(Config(given.keys, passphrase, port=given.port, with_parent=given.with_parent))
    except OSError as error:
        return f"Cannot serve {given.keys} on port {given.port}: {error}"
    return ""


def _env(environ: Mapping[str, str], name: str) -> str:
    """`NAME`, or the text of the file that `NAME_FILE` points at, as the portal's own settings read it."""
    path = environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else environ.get(name, "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ) or 0)
