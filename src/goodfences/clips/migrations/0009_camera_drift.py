from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clips", "0008_what_is_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="clip",
            name="camera_drift_ms",
            field=models.BigIntegerField(
                blank=True,
                help_text="By which its device's clock was ahead of the camera's own time in the end",
                null=True,
            ),
        ),
    ]
