"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.feed.models import Kind, Post, PostMedia, Standing
from goodfences.people.schema import Schema, many, maybe, moment, record, text, whole, yes_no


def _marks(description: str) -> Schema:
    return many(record(description, post=text("Which post, by its identifier."), at=moment("Since when.")))


_STANDING = text(
    "Whether others see it: published; held until a moderator looked; or removed by a ruling.", *Standing.values
)

FEED = record(
    "What the person told the neighborhood, and what they did with others' posts.",
    posts=many(
        record(
            "A post.",
            ref=text("Its identifier."),
            kind=text("What it is about.", *Kind.values),
            state=text("Whether it is over.", *Post.State.values),
            outcome=text("How it ended; empty while it is open."),
            title=text("Its heading."),
            text=text("What it says."),
            language=text("The language in which it was written."),
            cell=whole("Its place: an H3 cell with at least 500 homes. Nothing finer is kept."),
            area_cell=whole("The H3 cell of resolution 5 around that."),
            happened_at=maybe(moment("When it happened, as the person said.")),
            written_at=moment("When it was written."),
            changed_at=maybe(moment("When its words were last changed.")),
            resolved_at=maybe(moment("When the person said how it ended.")),
            told_at=moment("What places it in the feed: when it was written, or else resolved."),
            standing=_STANDING,
            ruling=text("Under which reference anyone can read why it was removed; empty where it wasn't."),
            deleted_at=maybe(moment("When the person deleted it; gone for good ten minutes later.")),
            media=many(
                record(
                    "A picture, which is in the archive under `feed/`, or a copy of one of the household's clips.",
                    ref=text("Its identifier."),
                    kind=text("What it is.", *PostMedia.Kind.values),
                    is_shown=yes_no("Whether neighbors see it."),
                    sha256=text("SHA-256 of a picture; empty for a video."),
                    size=whole("Its bytes."),
                    width=whole("Of a picture, in pixels."),
                    height=whole("Of a picture, in pixels."),
                    areas=many(many(many(whole("Ten-thousandths of width and height."))), "What is covered in it."),
                    copy=maybe(text("Of a video, which copy it is.")),
                    added_at=moment("When it was added."),
                )
            ),
            versions=many(
                record(
                    "What it said before.",
                    kind=text("What it was about.", *Kind.values),
                    title=text("Its heading."),
                    text=text("What it said."),
                    written_at=moment("Since when it said so."),
                )
            ),
        )
    ),
    comments=many(
        record(
            "A comment.",
            post=text("On which post, by its identifier."),
            ref=text("Its identifier."),
            voice=whole("How the thread calls its writer: Neighbor 1, 2 …; 0 for the post's author."),
            text=text("What it says."),
            language=text("The language in which it was written."),
            written_at=moment("When it was written."),
            changed_at=maybe(moment("When it was last changed.")),
            standing=_STANDING,
            deleted_at=maybe(moment("When the person deleted it; gone for good ten minutes later.")),
            versions=many(
                record("What it said before.", text=text("What it said."), written_at=moment("Since when."))
            ),
        )
    ),
    thanks=_marks("A post that the person thanked for."),
    follows=_marks("A post that the person follows."),
    saves=_marks("A post that the person keeps."),
)
