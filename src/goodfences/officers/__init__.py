"""How an agency's people come in and leave: invitations, the quarter's re-check, its directory."""
