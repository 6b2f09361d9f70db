from django.db import migrations, models

from goodfences.work.operations import AddIndexWithSiteUp


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("mail", "0003_many_workers"),
    ]

    operations = [
        AddIndexWithSiteUp(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "sent"), _negated=True), fields=["state"], name="outbox_not_sent"
            ),
        ),
        AddIndexWithSiteUp(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("to_digest", ""), _negated=True), fields=["to_digest"], name="outbox_reader"
            ),
        ),
    ]
