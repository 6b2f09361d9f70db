"""What a household chose to cover in its clips, and the sealed copies that were made of it."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_copy_ref() -> str:
    return source.new_ref("copy")


class Draft(models.Model):
    """What is to be covered in one clip, as its household last saved it: the start for every use of the clip.

    Goes with the clip's end (`tasks.run_due`): where a face was is told of somebody too.
    """

    clip = models.OneToOneField("clips.Clip", primary_key=True, on_delete=models.CASCADE, related_name="+")
    starts_ms = models.PositiveIntegerField()
    ends_ms = models.PositiveIntegerField()
    audio = models.BooleanField(default=False)
    marks = models.JSONField(default=list, help_text="As marks.Mark.as_data writes them")
    changed_at = models.DateTimeField()


class Copy(models.Model):
    """A sealed copy of a part of a clip, with what is covered in it destroyed. It ends with its clip."""

    ref = models.CharField(max_length=22, unique=True, default=new_copy_ref, editable=False)
    clip = models.ForeignKey("clips.Clip", on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey("vault.SealedKey", on_delete=models.PROTECT, related_name="+")
    blob = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, help_text="Of the copy, unsealed")
    size = models.BigIntegerField(help_text="Bytes, unsealed")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    facts = models.JSONField(help_text="As making.Made.facts")
    made_at = models.DateTimeField()
