"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, whole, yes_no

ALERTS = record(
    "Alerts.",
    wishes=many(
        record(
            "What the person chose; where there is none, official warnings that are severe or extreme, and no post.",
            ref=text("Its identifier."),
            way=text("How posts come.", "none", "push", "daily", "weekly"),
            kinds=many(text("A kind of neighbors’ posts that is told.")),
            agencies=yes_no("Whether posts of agencies are told."),
            radius_km=whole("How far away a post may be, in kilometers."),
            warnings=text("From which severity on official warnings are told.", "none", "extreme", "severe", "all"),
            extreme_at_any_hour=yes_no("Whether extreme warnings come in quiet hours and on days away, too."),
            warnings_by_mail=yes_no("Whether warnings come by email where no browser is notified."),
            changed_at=moment("When it was last changed."),
        )
    ),
    told=many(
        record(
            "What reached the person these thirty days, or waits for its email.",
            post=text("The post’s identifier; empty for a warning."),
            warning=text("The warning’s identifier; empty for a post."),
            way=text("How; known: an earlier message had told of it.", "push", "mail", "digest", "known"),
            is_end=yes_no("Whether it was told that what the person was warned of is over."),
            due_at=moment("When it was to come."),
            told_at=maybe(moment("When it was handed on; null while it waits.")),
        )
    ),
)
