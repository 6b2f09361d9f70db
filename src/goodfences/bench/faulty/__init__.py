"""The programs of `goodfences bench faults`: an instance whose parts can be made to fail."""
