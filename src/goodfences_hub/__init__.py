"""The program at home: records the home's own cameras, and sends what its owner decided to send. Knows nothing of
`goodfences` but its HTTP API."""

__version__ = "0.1.0"
