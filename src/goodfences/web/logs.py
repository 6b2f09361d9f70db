"""What the log says of a request: its route and how it failed, no address and no value.

An address may be a token (a link from an email, a player's pass), and a database's message may quote a row.
"""

from __future__ import annotations

import logging
import traceback


class RouteAlone(logging.Filter):
    """Writes a request's route in place of its address, and of an exception its places and its type."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = f"/{match.route}" if match else "no address of ours"
            record.args = tuple(route if argument == request.path else argument for argument in record.args)
        if record.exc_info and record.exc_info[0]:
            kind, _error, where = record.exc_info
            record.exc_text = "".join([*traceback.format_tb(where), kind.__name__])
            record.exc_info = None
        return True
