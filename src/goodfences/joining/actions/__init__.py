"""Every change to an application."""

from goodfences.joining.actions.applying import apply, ask_by_mail, prove_by_dns, prove_by_mail, sign, withdraw
from goodfences.joining.actions.deciding import announce, bring_into_force, forget_stale, refuse_application
from goodfences.joining.actions.remarks import hide, remark

__all__ = [
    "announce",
    "apply",
    "ask_by_mail",
    "bring_into_force",
    "forget_stale",
    "hide",
    "prove_by_dns",
    "prove_by_mail",
    "refuse_application",
    "remark",
    "sign",
    "withdraw",
]
