"""manage.py stripe_sandbox: the Stripe-speaking server, with the portal's own key and webhook secret."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.sandbox import __main__ as sandbox


class Command(BaseCommand):
    help = "Run the Stripe-speaking sandbox on the loopback, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        sandbox.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        secret = next(iter(settings.STRIPE_WEBHOOK_SECRETS), "")
        try:
            config = sandbox.config(Namespace(**options), key=settings.STRIPE_API_KEY, secret=secret)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if problem := sandbox.run(config, with_parent=options["with_parent"]):
            raise CommandError(problem)
