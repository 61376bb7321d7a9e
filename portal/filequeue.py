"""A queue in a folder that never shows half a message.

kombu's own `filesystem://` opens a message under its final name and writes it afterwards: a worker that looks in
between reads nothing and dies of it. Here a file gets its name when it is whole.
"""

import os
import threading
import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

# kombu remembers a binding before its table is written: a thread that comes in between would believe it, find no
# table, and its message would go nowhere.
_binding = threading.Lock()


class Channel(filesystem.Channel):  # type: ignore[misc]  # kombu has no types
    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        with _binding:
            super().queue_bind(*args, **kwargs)

    def _put(self, queue: str, payload: dict[str, Any], **_options: Any) -> None:
        # The name sorts by time: the oldest message is taken first.
        name = f"{monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"
        part = _part(Path(self.data_folder_out), dumps(payload))
        part.rename(part.with_name(name))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        table = self._exchange_file(exchange)
        if not table.exists():
            part = _part(table.parent, dumps([(routing_key or "", pattern or "", queue or "")]))
            try:
                os.link(part, table)
            except FileExistsError:
                pass  # another process that starts at the same time was first
            finally:
                part.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel


def _part(folder: Path, content: str) -> Path:
    """`content` in a new file of `folder` that no reader takes for a message or a table."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{uuid.uuid4()}.part"
    part.touch(mode=0o600)
    part.write_text(content)
    return part
