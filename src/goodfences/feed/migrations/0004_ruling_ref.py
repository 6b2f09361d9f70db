from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feed", "0003_contested")]

    operations = [
        migrations.RenameField(model_name="post", old_name="ruling", new_name="ruling_ref"),
        migrations.AlterField(
            model_name="post",
            name="ruling_ref",
            field=models.CharField(
                blank=True, help_text="Of the public ruling by which it was removed", max_length=22
            ),
        ),
    ]
