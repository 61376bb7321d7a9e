"""The sandbox's memory: one SQLite file, so that a restart (or a kill) keeps every session and every webhook."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, route TEXT NOT NULL, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL, held INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS transfers (session TEXT PRIMARY KEY, outcome TEXT NOT NULL, due REAL NOT NULL);
"""

Object = dict[str, Any]


class Store:
    """Objects by kind and id. Writers go through `change`, one at a time, all or nothing."""

    def __init__(self, path: Path | str) -> None:
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.executescript(SCHEMA)
        except sqlite3.Error:
            self.db.close()
            raise

    def close(self) -> None:
        with self.lock:
            self.db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything within is written together, or not at all. May be nested."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def put(self, body: Object) -> Object:
        self.rows(
            "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            *(body["object"], body["id"], json.dumps(body)),
        )
        return body

    def get(self, kind: str, id_: str) -> Object | None:
        found = self.rows("SELECT body FROM objects WHERE kind = ? AND id = ?", kind, id_)
        return json.loads(found[0][0]) if found else None

    def every(self, kind: str) -> list[Object]:
        """All of a kind, newest first, as Stripe lists them."""
        found = self.rows("SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC", kind)
        return [json.loads(body) for (body,) in found]
