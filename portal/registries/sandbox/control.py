"""Trouble on demand, for tests and the page: POST /_control/<name> with a JSON body and the client's key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.registries.sandbox.people import Record
from portal.registries.sandbox.registers import Refused, Registers

FOREVER = -1
TROUBLES = ("delay", "drip", "error", "limit", "refuse", "lost", "garbage")
UNTRUTHS = ("no_data", "mismatch", "insufficient", "somebody_else", "another_request")


@dataclass
class Fault:
    """What goes wrong with the next `times` questions to `registry` (FOREVER: with all).

    kind: "delay" (answered `seconds` late), "drip" (a byte every `seconds`), "error" (500), "limit" (429),
    "refuse" (403), "lost" (the connection breaks before the answer), "garbage" (no JSON), "no_data",
    "mismatch", "insufficient" (that answer, whatever is on record), "somebody_else" (data about another
    person), "another_request" (the answer to another question).
    """

    registry: str
    kind: str
    times: int = 1
    seconds: float = 0.0


@dataclass
class Control:
    registers: Registers
    faults: list[Fault] = field(default_factory=list)
    asked: list[Record] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, registry: str) -> Fault | None:
        """The fault that waits for this question, used up by one."""
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.registry == registry:
                    fault.times -= fault.times > 0
                    return fault
        return None

    def note(self, path: str, body: Record) -> None:
        """Remember the question, for tests to look at."""
        with self.lock:
            self.asked = [*self.asked[-99:], {"path": path, "body": body}]

    def mode(self, registry: str) -> str:
        """How the register does: "well", or the kind of fault that lasts."""
        with self.lock:
            lasting = (f for f in self.faults if f.registry == registry and f.times == FOREVER)
            return next((fault.kind for fault in lasting), "well")

    def set_mode(self, registry: str, kind: str) -> None:
        """The page's switch: "well", "error" (silent) or "delay" (too slow)."""
        if registry not in self.registers.records or kind not in {"well", "error", "delay"}:
            raise Refused(400, "There is no such switch.")
        with self.lock:
            self.faults = [fault for fault in self.faults if fault.registry != registry]
            if kind != "well":
                self.faults.append(Fault(registry, kind, FOREVER, 10.0))

    def answer(self, name: str, given: Record) -> Record:
        calls: dict[str, Callable[..., Record]] = {
            "faults": self._add_fault,
            "people": self._put,
            "asked": self._asked,
            "calm": self._calm,
        }
        if name not in calls:
            raise Refused(404, f"No such control: {name}")
        try:
            return calls[name](**given)
        except TypeError as error:
            raise Refused(400, str(error)) from error

    def _add_fault(self, **fault: Any) -> Record:
        """`{registry, kind, times?, seconds?}`; an empty body clears all faults."""
        if fault and fault.get("kind") not in TROUBLES + UNTRUTHS:
            raise Refused(400, f"No such fault: {fault.get('kind')}")
        with self.lock:
            self.faults = [*self.faults, Fault(**fault)] if fault else []
        return {"faults": len(self.faults)}

    def _put(self, registry: str, personal_id: str, record: Record | None) -> Record:
        """`{registry, personal_id, record}`; a record of null strikes the person off."""
        self.registers.put(registry, personal_id, record)
        return {}

    def _asked(self) -> Record:
        """The questions since the last `calm`."""
        return {"asked": self.asked}

    def _calm(self) -> Record:
        """No faults, everybody as at the start, no question remembered."""
        with self.lock:
            self.faults, self.asked = [], []
        self.registers.forget()
        return {}
