from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "goodfences.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.evidence import erasures, received
        from goodfences.evidence.owner import described, leaving, taking_along
        from goodfences.people import registry
        from goodfences.video_requests import received as videos_received

        registry.on_erase(leaving.erase)
        registry.on_erase_part(leaving.count_part, leaving.erase_part)
        registry.on_stays_outside(leaving.stays_outside)
        registry.sign_receipts_with(erasures.sign)
        registry.on_export("shares", leaving.export, described.SHARES)
        registry.on_export("wanted_parts", leaving.export_wanted, described.WANTED_PARTS)
        registry.on_export_files("receipts", taking_along.count_receipts, taking_along.receipts)
        registry.on_export_files("ledger", taking_along.count_entries, taking_along.entries)
        videos_received.count_with(received.count)
