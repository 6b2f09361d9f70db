from django.apps import AppConfig


class NeighborRequestsConfig(AppConfig):
    name = "goodfences.neighbor_requests"
    label = "neighbor_requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.mail.hooks import on_sent
        from goodfences.neighbor_requests import asks, described, digests, leaving, letters
        from goodfences.people import registry

        on_sent(letters.ASK, asks.mark_sent)
        on_sent(letters.DIGEST, digests.mark_sent)
        registry.on_export("neighbor_requests", leaving.export_requests, described.REQUESTS)
        registry.on_export("neighbors_asked", leaving.export_asks, described.ASKS)
        registry.on_erase(leaving.erase)
        registry.on_erase_part(leaving.count_part, leaving.erase_part)
        registry.on_move(leaving.moved)
