"""manage.py stripe_sandbox, and the whole way with real webhooks between two processes."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from payments.models import Charge, ProviderEvent
from tests.payments.sandbox import ROOT, until


def test_it_serves_with_the_portals_own_key(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "stripe_sandbox", "--state", str(tmp_path / "s"), "--with-parent"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("STRIPE_API_KEY", "sk_live_x", "sk_test_"), ("STRIPE_WEBHOOK_SECRETS", [], "could not be signed")],
)
def test_it_refuses_what_it_may_not_serve(settings, tmp_path, name, value, said):
    setattr(settings, name, value)

    with pytest.raises(CommandError, match=said):
        call_command("stripe_sandbox", "--state", str(tmp_path / "s"))


def test_it_says_what_is_wrong_with_its_state(tmp_path):
    (tmp_path / "s").write_text("not a database, but long enough to be taken for something else " * 20)

    with pytest.raises(CommandError, match="no state of the sandbox"):
        call_command("stripe_sandbox", "--state", str(tmp_path / "s"))


def test_a_real_webhook_settles(live_server, started, sandbox):
    sandbox.control("webhooks", url=f"{live_server.url}/thanh-toan/stripe/webhook/", hold=False)
    try:
        sandbox.act(started.provider_id, "pay")
        until(lambda: Charge.objects.get().status == "paid")
        until(lambda: ProviderEvent.objects.filter(status="done").exists())
    finally:
        sandbox.calm()
