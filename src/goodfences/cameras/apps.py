from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "goodfences.cameras"
    label = "cameras"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.cameras import actions, described, leaving, queries, rights, zones
        from goodfences.people import registry

        registry.on_erase_part(leaving.count, leaving.erase)
        registry.on_move(actions.move_along)
        registry.on_export("cameras", queries.export, described.CAMERAS)
        registry.on_export("devices", queries.export_devices, described.DEVICES)
        registry.on_export("held", queries.export_held, described.HELD)
        registry.on_export("pairings", queries.export_pairings, described.PAIRINGS)
        registry.on_export("rights", rights.export, described.RIGHTS)
        registry.on_export("privacy_zones", zones.export, described.PRIVACY_ZONES)
