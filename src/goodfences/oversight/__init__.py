"""Councils and oversight bodies: what they see of an agency's use, what they find, and their right to suspend it."""
