"""`python -m payments.sandbox`, without the portal: the key and the webhook secret come by the environment."""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from payments.sandbox.server import Config, serve
from portal.environ import env


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port and says which")
    parser.add_argument("--webhook-url", default="", help="where events are sent; empty: nowhere")
    parser.add_argument("--state", type=Path, required=True, help="the SQLite file that remembers everything")
    parser.add_argument(
        "--vnd-minimum",
        type=int,
        default=0,
        help="refuse sums under so many đồng, as Stripe does at about US$0.50; off by default, because real fees"
        " are often lower",
    )
    parser.add_argument(
        "--transfer-delay", type=float, default=20.0, help="seconds that a bank transfer takes"
    )
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")


def config(arguments: argparse.Namespace, *, key: str, secret: str) -> Config:
    """Raises ValueError for a key or an address that this server will not work with."""
    if not key.startswith("sk_test_"):
        raise ValueError("STRIPE_API_KEY must begin with sk_test_: this server moves no real money.")
    if not secret:
        raise ValueError("STRIPE_WEBHOOK_SECRETS is empty: webhooks could not be signed.")
    if arguments.webhook_url and not arguments.webhook_url.startswith(("http://", "https://")):
        raise ValueError("--webhook-url must be http:// or https://")
    return Config(
        key=key,
        secret=secret,
        state=arguments.state,
        port=arguments.port,
        webhook_url=arguments.webhook_url,
        minimum=arguments.vnd_minimum,
        transfer_delay=arguments.transfer_delay,
    )


def run(config: Config, *, with_parent: bool) -> str:
    """Serve to the end; returns what went wrong at the start, or nothing."""
    try:
        serve(config, with_parent=with_parent)
    except OSError as error:
        return f"Cannot listen on port {config.port}: {error}"
    except sqlite3.DatabaseError as error:
        return f"{config.state} is no state of the sandbox: {error}"
    return ""


def main(argv: Sequence[str]) -> str:
    parser = argparse.ArgumentParser(prog="payments.sandbox", description=__doc__)
    add_arguments(parser)
    key, secrets = (env(name, "") for name in ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS"))
    try:
        given = parser.parse_args(argv)
        made = config(given, key=key, secret=secrets.split(",")[0].strip())
        return run(made, with_parent=given.with_parent)
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
