"""Answering video requests from home: what was asked, checked against the public record by this hub itself; what the
owner chose of the home buffer; and sending that, once it was decided, and nothing else."""
