import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_signing_in"),
        ("push", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="browser",
            field=models.ForeignKey(
                help_text="Where the person is signed in: signed out from elsewhere, it is told nothing more",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="people.browser",
            ),
        ),
    ]
