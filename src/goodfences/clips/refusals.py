"""Why a video wasn't kept or can't be cut, in the reader's language.

The reason itself is kept in English, as it came from the process that decodes video, which knows no Django.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

REASONS = (
    _("This file can't be read as a video. It is damaged or cut short."),
    _("This is not a video file that Goodfences knows. Send MP4, MOV or Matroska."),
    _("This file has %(tracks)s tracks. A clip has at most %(most)s."),
    _("This file has %(tracks)s video tracks. A clip has one."),
    _("This video is coded as %(codec)s. Send H.264 or H.265 (HEVC)."),
    _("The sound is coded as %(codec)s. Send %(known)s, or no sound."),
    _("The picture is %(width)s by %(height)s pixels. A clip has at most %(most)s by %(side)s."),
    _("This video has more than %(frames)s frames. A clip lasts at most %(most)s seconds."),
    _("The size of the picture changes within this video. Send one clip for each size."),
    _("There is no picture in this video."),
    _("This video is damaged: %(damaged)s of its %(frames)s frames can't be decoded."),
    _("This video has frames without a time."),
    _("This video lasts more than %(most)s seconds, the most that a clip may have."),
    _("The sound of this video is damaged. Send it whole, or without sound."),
    _("This video lasts %(length)s s. It was announced as %(announced)s s long."),
    _("This video lasts %(length)s s. A clip lasts at most %(most)s s."),
    _("There is no key frame in this video, so it can't be played."),
    _("This video needs more memory to decode than a clip may use."),
    _("This video needs more than %(most)s seconds of computing to decode."),
    _("This video breaks the decoder."),
    _("This video couldn't be read to its end."),
    _("This video grows beyond any clip when it is decoded."),
    _("There is no video in this clip."),
    _("The video couldn't be read as planned (%(error)s)."),
    _("There is no frame in this clip."),
    _("This clip has frames without a time; cut it to the exact second instead."),
    _("This clip has no clock."),
    _("There is no key frame at %(second)s s of this clip."),
    _("No frame was recorded inside this interval."),
    _("This clip has frames without a time."),
    _("A box was drawn too long before or after this part. Draw it anew inside the part."),
    _("Nobody could be looked for just now. Try again in a minute, or draw the boxes."),
)


def in_words(reason: str) -> str:
    """The reason in the language that is active, its figures as they were; as it stands where it is none of these."""
    for template in REASONS:
        if found := _pattern(template).fullmatch(reason):
            return gettext(template) % found.groupdict()
    return gettext(reason) if reason else ""


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(template)))
