"""What an agency says of itself when it joins, signatures and versions of its agreements, and its leaving."""

from typing import Any

from django.db import migrations, models


def number_agreements(apps: Any, schema_editor: Any) -> None:
    """The agreements of each agency, in the order in which they were signed: 1, 2, 3."""
    agreements = apps.get_model("agencies", "Agreement").objects.using(schema_editor.connection.alias)
    numbers: dict[int, int] = {}
    for agreement in agreements.order_by("agency_id", "signed_at", "ledger_index"):
        numbers[agreement.agency_id] = numbers.get(agreement.agency_id, 0) + 1
        agreements.filter(pk=agreement.pk).update(version=numbers[agreement.agency_id])


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contested"),
    ]

    operations = [
        migrations.AddField(
            model_name="agency",
            name="terminated_at",
            field=models.DateTimeField(blank=True, help_text="For good; then it is suspended, too", null=True),
        ),
        migrations.AddField(
            model_name="agency",
            name="domain",
            field=models.CharField(
                blank=True, default="", help_text="The official domain that it proved; as in DNS", max_length=253
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="agency",
            name="area",
            field=models.JSONField(blank=True, help_text="The jurisdiction as a GeoJSON Polygon; public", null=True),
        ),
        migrations.AddField(
            model_name="agency",
            name="responsible",
            field=models.CharField(
                blank=True, default="", help_text="Name and office of who answers; public", max_length=120
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="agency",
            name="retention_days",
            field=models.PositiveSmallIntegerField(default=90, help_text="How long it keeps what it was given"),
        ),
        migrations.AddField(
            model_name="agency",
            name="reuse",
            field=models.CharField(
                choices=[
                    ("case", "For that case alone"),
                    ("court", "For that case, its prosecution, its defense and its court"),
                ],
                default="court",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="version",
            field=models.PositiveSmallIntegerField(default=1, help_text="The first that this agency signed is 1"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="signed",
            field=models.JSONField(
                blank=True, default=dict, help_text="Both signatures and all that they need; public"
            ),
        ),
        migrations.RunPython(number_agreements, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(fields=("agency", "version"), name="one_agreement_a_version"),
        ),
        migrations.AlterField(
            model_name="agencyact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("agency.admitted", "Agency admitted"),
                    ("agency.suspended", "Agency suspended"),
                    ("agency.terminated", "Agreement terminated"),
                    ("agreement.renewed", "Agreement renewed"),
                    ("officer.added", "Officer added"),
                    ("officer.changed", "Role of an officer changed"),
                    ("officer.deactivated", "Officer deactivated"),
                    ("officer.reactivated", "Officer reactivated"),
                    ("request.submitted", "Request submitted"),
                    ("request.taken_back", "Request taken back before it was opened"),
                    ("request.opened", "Request approved and opened"),
                    ("request.rejected", "Request rejected"),
                    ("request.withdrawn", "Request withdrawn"),
                    ("request.closed", "Request closed"),
                    ("video.viewed", "Shared video viewed"),
                    ("video.downloaded", "Shared video downloaded"),
                    ("post.written", "Post published"),
                    ("post.replied", "Reply under a post"),
                    ("post.resolved", "Said how a post ended"),
                    ("post.taken_down", "Post taken down"),
                    ("post.contested", "Asked for another look at a removed post"),
                ],
                max_length=24,
            ),
        ),
    ]
