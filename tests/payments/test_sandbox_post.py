"""The sandbox remembers, carries its webhooks, and lets time pass."""

import hashlib
import hmac
import http.server
import threading

from tests.payments.sandbox import CREATE, SECRET, Sandbox, create, until, wanted


def test_a_kill_forgets_nothing(tmp_path):
    server = Sandbox(tmp_path / "state.sqlite3")
    first = server.call("POST", CREATE, wanted(), once="k1").json()
    server.act(first["id"], "pay")

    server.stop(kill=True)
    server.start()

    again = server.call("GET", f"{CREATE}/{first['id']}").json()
    assert (again["status"], again["payment_status"]) == ("complete", "paid")
    assert server.call("POST", CREATE, wanted(), once="k1").json()["id"] == first["id"]
    server.stop()
    assert server.process.returncode == 0


def test_the_minimum_can_be_switched_on(tmp_path):
    server = Sandbox(tmp_path / "state.sqlite3", "--vnd-minimum", "13000")

    answer = create(server)

    assert answer.json()["error"]["code"] == "amount_too_small"
    server.stop()


class Portal(http.server.BaseHTTPRequestHandler):
    """An endpoint that refuses the first message it gets."""

    heard: list[tuple[str, bytes]]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers["Stripe-Signature"], body))
        self.send_response(500 if len(self.heard) == 1 else 200)
        self.end_headers()

    def log_message(self, *_args):
        pass


def test_webhooks_are_signed_and_sent_until_they_are_taken(sandbox):
    Portal.heard = []
    portal = http.server.HTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    sandbox.control("webhooks", url=f"http://127.0.0.1:{portal.server_port}/", hold=False)
    try:
        sandbox.act(create(sandbox).json()["id"], "pay")
        until(lambda: len(Portal.heard) == 2)
    finally:
        sandbox.calm()
        portal.shutdown()
        portal.server_close()

    (_, refused), (header, taken) = Portal.heard
    assert refused == taken
    stamp, mac = (part.partition("=")[2] for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + taken, hashlib.sha256).hexdigest()
    assert mac == expected


def test_time_expires_sessions_by_itself(sandbox):
    session = create(sandbox).json()
    sandbox.control("change", kind="checkout.session", id=session["id"], to={"expires_at": 1})

    until(lambda: sandbox.events(session["id"]))

    assert sandbox.events(session["id"])[0]["type"] == "checkout.session.expired"


def test_a_transfer_arrives_by_itself(tmp_path):
    server = Sandbox(tmp_path / "state.sqlite3", "--transfer-delay", "0.1")
    session = create(server).json()
    server.act(session["id"], "transfer")

    until(lambda: server.call("GET", f"{CREATE}/{session['id']}").json()["payment_status"] == "paid")

    kinds = [event["type"] for event in server.events(session["id"])]
    assert kinds == ["checkout.session.async_payment_succeeded", "checkout.session.completed"]
    server.stop()
