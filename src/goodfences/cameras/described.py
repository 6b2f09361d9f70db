"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, whole, yes_no

CAMERAS = many(
    record(
        "A camera of the household, those taken out of use included.",
        ref=text("Its identifier."),
        name=text("What the owner calls it."),
        looks_at=text("What it looks at.", "street", "door", "yard", "indoors"),
        may_be_asked=yes_no("Whether its owner may be asked for its video."),
        cell=text("The H3 cell of resolution 11 where it stands, in decimal."),
        created_at=moment("When it was added."),
        removed_at=maybe(moment("When it was taken out of use.")),
    )
)
DEVICES = many(
    record(
        "A hub that is or was paired.",
        ref=text("Its identifier."),
        name=text("What it calls itself."),
        decision_key=text("The public key that it signs decisions made at home with; may be empty."),
        created_at=moment("When it was paired."),
        last_seen_at=maybe(moment("When it was last heard, to the minute.")),
        revoked_at=maybe(moment("When it was disconnected.")),
    )
)
HELD = many(
    record(
        "A span of video that a hub said it holds at home.",
        camera=text("Of which camera."),
        device=text("Which hub."),
        starts_at=moment("From when."),
        ends_at=moment("Until when."),
    )
)
PAIRINGS = many(
    record(
        "A code that was asked for, to pair a hub. The code itself isn't kept.",
        by_you=yes_no("Whether this person asked for it."),
        created_at=moment("When."),
        expires_at=moment("Until when it worked."),
        used_at=maybe(moment("When a hub used it.")),
        device=maybe(text("Which hub did.")),
    )
)
RIGHTS = many(
    record(
        "What a member of the household may do with one camera's clips.",
        member=text("The membership's identifier."),
        camera=text("Of which camera."),
        may_watch=yes_no("Whether they see them."),
        may_mark=yes_no("Whether they star, name and note them."),
        may_download=yes_no("Whether they save them to a file."),
        may_delete=yes_no("Whether they delete them."),
        changed_at=moment("When the owner last chose."),
    )
)
PRIVACY_ZONES = many(
    record(
        "An area of a camera's picture that is covered in everything that leaves.",
        camera=text("Of which camera."),
        points=many(many(whole("In ten-thousandths of the picture.")), "Its corners: across, down."),
        created_at=moment("When it was drawn."),
    )
)
