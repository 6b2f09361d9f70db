"""Incident types in the reader's language, for emails and pages alike."""

from __future__ import annotations

from goodfences.policy import in_force

# The policy's own labels are English.
_INCIDENTS = {
    "es": {
        "arson": "Incendio provocado o sospechoso",
        "assault": "Agresión",
        "burglary": "Robo en una casa o local",
        "collision": "Choque de tráfico",
        "fire": "Incendio o explosión",
        "hit_and_run": "Atropello o choque con fuga",
        "homicide": "Homicidio",
        "kidnapping": "Secuestro",
        "missing_person": "Persona desaparecida",
        "package_theft": "Robo de paquetes",
        "robbery": "Asalto",
        "sexual_assault": "Agresión sexual",
        "shooting": "Tiroteo",
        "theft": "Hurto",
        "vandalism": "Vandalismo",
        "vehicle_theft": "Robo de un vehículo o en su interior",
    }
}
LANGUAGES = tuple(_INCIDENTS)


def in_words(incident_type: str, language: str) -> str:
    """The incident type in `language` (`es`); the policy's own label where it has no translation."""
    label = in_force().incident_types.get(incident_type, incident_type)
    return _INCIDENTS.get(language, {}).get(incident_type, label)
