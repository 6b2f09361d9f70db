"""`goodfences witness`: looks after somebody else's log, with a folder and a key of its own and no database."""
