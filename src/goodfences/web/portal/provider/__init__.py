"""Signing in through an agency's own provider: what is sent there, and what of the answer is believed."""
