from django.db import migrations, models
from django.db.models import Case, F, Sum, When


def count(apps, _editor):
    clips = apps.get_model("clips", "Clip").objects.filter(state__in=("announced", "stored"))
    taken = Case(When(checked_at__isnull=False, then=F("size")), default=F("announced_size"))
    homes = clips.values("camera__household_id").annotate(taken=Sum(taken)).order_by("camera__household_id")
    room = apps.get_model("clips", "Room")
    room.objects.bulk_create(
        (room(household_id=home["camera__household_id"], taken=home["taken"]) for home in homes.iterator()),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("clips", "0001_initial"), ("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Room",
            fields=[
                (
                    "household",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.household",
                    ),
                ),
                ("taken", models.BigIntegerField(default=0, help_text="Bytes")),
            ],
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
