"""One file with everything that is held about a person: asked for, made by the worker, downloaded, gone (P12)."""
