"""`python -m portal.documents.sandbox`: the keys' passphrase comes by the environment (SIGNING_KEYS_PASSPHRASE)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from portal.documents.sandbox.server import Config, Server
from portal.environ import env


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal.documents.sandbox", description=__doc__)
    parser.add_argument("--keys", type=Path, required=True, help="the folder of the demonstration authority")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port and says which")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")
    return parser


def main(argv: Sequence[str]) -> str:
    """Serve to the end; returns what went wrong at the start, or nothing."""
    given = arguments().parse_args(argv)
    passphrase = env("SIGNING_KEYS_PASSPHRASE", "")
    try:
        Server(Config(given.keys, passphrase, given.port)).run(with_parent=given.with_parent)
    except OSError as error:
        return f"Cannot serve {given.keys} on port {given.port}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
