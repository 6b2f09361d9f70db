from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "goodfences.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.ledger import witnesses

        # A setting that can't be read is told at the start, not by a worker later.
        witnesses.configured()
