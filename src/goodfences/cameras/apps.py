from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "goodfences.cameras"
    label = "cameras"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.cameras import actions, queries, rights, zones
        from goodfences.people import registry

        registry.on_move(actions.move_along)
        registry.on_export("cameras", queries.export)
        registry.on_export("devices", queries.export_devices)
        registry.on_export("held", queries.export_held)
        registry.on_export("pairings", queries.export_pairings)
        registry.on_export("rights", rights.export)
        registry.on_export("privacy_zones", zones.export)
