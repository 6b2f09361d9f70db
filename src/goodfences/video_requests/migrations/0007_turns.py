from django.db import migrations, models

from goodfences.work.operations import AddIndexWithSiteUp


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("video_requests", "0006_many_workers"),
    ]

    operations = [
        AddIndexWithSiteUp(
            model_name="matching",
            index=models.Index(fields=["turn_at"], name="matching_by_turn"),
        ),
    ]
