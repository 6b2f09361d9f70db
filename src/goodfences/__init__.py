"""The network: asks first (docs/architecture.md)."""

__version__ = "0.1.0"
