"""Who is asked: the worker alone calls this."""
