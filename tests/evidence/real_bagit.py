"""The Library of Congress's `bagit`, the other opinion on our bags.

Version 1.8.1 asks `pkg_resources` for its own version number while it is imported; setuptools has dropped that
module, so a stand-in with the two names answers.
"""

from __future__ import annotations

import sys
import types


class _Unknown(Exception):
    pass


def _no_distribution(name: str) -> None:
    raise _Unknown(name)


_asked = types.ModuleType("pkg_resources")
_asked.DistributionNotFound = _Unknown
_asked.get_distribution = _no_distribution
_present = "pkg_resources" in sys.modules
sys.modules.setdefault("pkg_resources", _asked)
try:
    import bagit
finally:
    if not _present:
        del sys.modules["pkg_resources"]

Bag = bagit.Bag
BagValidationError = bagit.BagValidationError
