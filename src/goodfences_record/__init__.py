"""The public record as anyone can check it: how entries are written, and proofs about them. Server, hub and verifier
all read it by this package, which knows none of them."""
