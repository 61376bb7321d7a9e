"""`python -m portal.registries.sandbox`: the client's key comes by the environment (REGISTRIES_KEY)."""

import argparse
import sys
from collections.abc import Sequence

from portal.environ import env
from portal.registries.sandbox.server import Config, Server


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal.registries.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port and says which")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")
    return parser


def main(argv: Sequence[str]) -> str:
    """Serve to the end; returns what went wrong at the start, or nothing."""
    given = arguments().parse_args(argv)
    key = env("REGISTRIES_KEY", "")
    if not all(key.partition(":")):
        return "REGISTRIES_KEY must be client:secret: questions are signed with it."
    try:
        Server(Config(key, given.port)).run(with_parent=given.with_parent)
    except OSError as error:
        return f"Cannot listen on port {given.port}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
