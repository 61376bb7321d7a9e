"""A small SMTP server of the tests' own (RFC 5321, no extensions but SIZE), on loopback, in a thread."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, refuse: bytes = b"") -> None:
        self.refuse = refuse
        self.letters: list[EmailMessage] = []
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def port(self) -> int:
        return self.server_address[1]


class Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.say(b"220 loopback ready")
        while line := self.rfile.readline():
            verb = line.split(maxsplit=1)[0].upper() if line.strip() else b""
            if verb == b"DATA":
                self.say(b"354 go on")
                self.server.letters.append(message_from_bytes(self.letter(), policy=policy.default))
            elif verb == b"RCPT" and self.server.refuse:
                self.say(self.server.refuse)
                continue
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            self.say(b"250 ok")

    def letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def running_smtp_server(*, refuse: bytes = b""):
    """`refuse`: what to answer to every recipient instead of 250."""
    with Server(refuse) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
