"""Run inside an instance: `set-up` makes an owner, two operators and a demand that a court keeps silent for a month;
`told` prints what the database knows; `worker DAYS` is the real worker, on a clock that many days ahead.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

import django

django.setup()

from goodfences import source  # noqa: E402
from goodfences.legal_demands import actions  # noqa: E402
from goodfences.legal_demands.models import DemandSubject, LegalDemand  # noqa: E402
from goodfences.people.models import Account  # noqa: E402
from goodfences.worker import Worker  # noqa: E402
from tests.legal_demands.conftest import PDF, particulars  # noqa: E402


class MovedClock(source.SystemSource):
    """The machine's clock, set wrong or right by `days`."""

    def __init__(self, days: float) -> None:
        super().__init__()
        self.days = days

    def now(self) -> datetime:
        return super().now() + timedelta(days=self.days)


def set_up() -> dict[str, object]:
    Account.objects.create_user("olive@example.org", None, name="Olive", time_zone="UTC")
    otto, ofelia = (Account.objects.create_user(f"{name}@example.org", None, kind="operator") for name in ("o", "p"))
    silent = {"secret_until": source.now() + timedelta(days=30), "secrecy_order": "District court, 26-77"}
    made = actions.enter(operator=otto, particulars=particulars(**silent), document=PDF)
    actions.confirm(operator=ofelia, ref=made.ref)
    return {"ref": made.ref}


def told() -> dict[str, object]:
    demand, subject = LegalDemand.objects.get(), DemandSubject.objects.get()
    return {"told": subject.told_at is not None, "published": demand.published_at is not None}


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        with source.using(MovedClock(float(sys.argv[2]))):
            Worker().run()
    else:
        print(json.dumps({"set-up": set_up, "told": told}[sys.argv[1]]()))
