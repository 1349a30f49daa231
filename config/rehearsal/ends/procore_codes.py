"""Cost codes that stand for what the ledger keeps: one is renamed, one is taken out of use."""

from __future__ import annotations

from typing import ClassVar

from config.rehearsal.scene import CONTROLLER, Row, Scene
from connections.errors import Reason
from syncs.flows.codes import CodeFlow
from syncs.models import Record, State
from syncs.registry import flows_of


class RetiredCode(Scene):
    """Nothing is deleted: each project is told of it, and a person's word ends it there."""

    code: ClassVar[str]

    def records(self) -> list[Record]:
        flows = flows_of(self.setting.integration)
        name = next(name for name, flow in flows.items() if isinstance(flow, CodeFlow))
        rows = Record.objects.filter(integration=self.setting.integration, flow=name)
        return list(rows.filter(number=self.code).order_by("pk"))

    def standing(self, code: str) -> list[Row]:
        """In all projects, as Procore itself shows them."""
        rows = self.setting.field("procore/cost_codes")
        return [row for row in rows if row["full_code"] == code]

    def decide(self) -> None:
        """In one project its budget codes are set to inactive, and it is accepted."""
        for row in self.records()[:1]:
            row.accept(CONTROLLER, "inactive in Procore, too")

    def count(self) -> int:
        return len(self.standing(self.code))

    def check(self) -> list[str]:
        rows = self.records()
        sent = {row.destination_id for row in rows if row.posted_digest}
        there = {str(row["id"]) for row in self.standing(self.code) if row["origin_id"]}
        wrong = [] if len(sent) > 1 and sent == there else [
            f"{self.code} was sent as {sorted(sent)}, Procore shows {sorted(there)}"
        ]  # fmt: skip
        for row, wanted in zip(rows, ["", *[Reason.DELETED_AT_SOURCE] * len(rows)], strict=False):
            state = State.HELD if wanted else State.SKIPPED
            if (row.state, row.reason) != (state, wanted):
                wrong.append(f"{self.code} in {row.project} is {row.state}: {row.sentence}")
        return wrong
