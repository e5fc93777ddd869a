"""The one step of the build beyond packing: the files that browsers load are brought before a wheel is packed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import vendor  # it lies beside this file, which the builder loads from its path


class VendorHook(BuildHookInterface):
    """Fills `web/static/vendor` for a wheel, and for a checkout that is installed to be edited."""

    def dependencies(self) -> list[str]:
        """Return what the build needs on this machine beside the builder."""
        return vendor.needed()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the files, unless those of the present list are there."""
        vendor.bring(Path(self.root))
