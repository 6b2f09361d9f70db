"""Warrants, subpoenas, court orders and emergency demands, which reach the operator and nobody else."""
