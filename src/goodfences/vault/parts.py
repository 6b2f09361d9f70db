"""What comes over a line that may be cut: sealed part by part before it touches the disk, and counted as it comes."""

from __future__ import annotations

from typing import Any

from goodfences import source
from goodfences.errors import Refused, refuse
from goodfences.vault import blobs, sealing
from goodfences.vault.sealing import Reader

PART_BYTES = 8 * 1024 * 1024


class Part:
    """At most PART_BYTES of the `left` bytes of a body; a cut connection reads as the end of it.

    `running` is a hash of what is read, updated on the way. `taken` and `cut` say what came and whether more can.
    """

    def __init__(self, body: Reader, left: int, running: Any = None) -> None:
        self._body, self._left, self._running = body, min(PART_BYTES, left), running
        self.taken = 0
        self.cut = False

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        try:
            data = self._body.read(wanted)
        except OSError:  # the connection was cut; what came before is kept
            data = b""
        self.cut = self.cut or not data
        self._left -= len(data)
        self.taken += len(data)
        if self._running is not None:
            self._running.update(data)
        return data


def seal(folder: str, part: Part, recipient: Any, running: Any = None) -> dict[str, Any] | None:
    """The part as `{blob, size}`, durable in the store, with `running` updated by its bytes; None where none came.

    Whoever calls names it in a row, or deletes it.
    """
    store = blobs.store()
    name = f"{folder}/{source.now().date()}/{source.new_ref('blob')}.age"
    with store.create(name) as writer:
        sealed = sealing.seal_stream(part, writer, [recipient], running=running)
        if sealed.size == 0:
            return None
        try:
            writer.commit()
        except BaseException:
            store.delete(name)
            raise
    return {"blob": name, "size": sealed.size}


def check_place(*, received: int, size: int, offset: int, length: int) -> None:
    """Raises Refused unless `length` bytes at `offset` go on where `received` bytes of `size` are here."""
    if offset != received:
        message = f"This upload goes on at byte {received}, not {offset}."
        raise refuse("upload.offset", "Upload-Offset", message, limit=str(received), value=str(offset))
    if length > (room := size - received):
        message = f"This upload takes {room} bytes more, not {length}."
        raise refuse("upload.size", "Content-Length", message, limit=str(room), value=str(length))


def overtaken() -> Refused:
    """The refusal of what another request of the same upload was faster with."""
    return refuse("upload.offset", "Upload-Offset", "Another request went on with this upload.")
