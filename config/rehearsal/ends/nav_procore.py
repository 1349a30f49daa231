"""What a rehearsal of NAV and Procore shows beside its sums."""

from __future__ import annotations

from typing import Any, ClassVar

from config.rehearsal.ends.procore_codes import RetiredCode


class RetiredValue(RetiredCode):
    """Blocked on NAV's page; deleted online, where the API tells of no block."""

    title = "a dimension value is taken out of use after its code was sent"
    code = "99-100"
    place: ClassVar[dict[str, Any]] = {"dimension": "COSTCODE"}

    def set(self) -> None:
        made = {**self.place, "code": self.code, "name": "Winter service"}
        self.setting.office("business_central/add_value", made)

    def play(self) -> None:
        if self.setting.integration.ledger.setting("mode") != "on_premises":
            gone = {**self.place, "code": self.code, "delete": True}
            self.setting.office("business_central/change_value", gone)
        else:
            blocked = {**self.place, "value": self.code}
            self.setting.office("business_central/block_value", blocked)
