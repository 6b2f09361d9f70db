from django.db import migrations, models

from goodfences.work.operations import AddIndexWithSiteUp


class Migration(migrations.Migration):
    atomic = False  # these indexes are built while others write

    dependencies = [
        ("clips", "0007_clock_off"),
    ]

    operations = [
        AddIndexWithSiteUp(
            model_name="clip",
            index=models.Index(
                fields=["expires_on", "id"],
                condition=models.Q(state__in=["announced", "stored"], saved_at__isnull=True),
                name="clip_to_expire",
            ),
        ),
        AddIndexWithSiteUp(
            model_name="clip",
            index=models.Index(
                fields=["created_at"],
                condition=models.Q(state="announced", key__isnull=True),
                name="clip_never_sent",
            ),
        ),
    ]
