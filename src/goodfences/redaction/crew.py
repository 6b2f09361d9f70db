"""What prisoners of this room can be asked to do (`clips.jail`). Knows no Django."""

CREW = {
    "burn": "goodfences.redaction.burning:burn_in_jail",
    "find": "goodfences.redaction.finding:find_in_jail",
}
