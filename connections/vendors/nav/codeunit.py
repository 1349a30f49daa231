"""The site's own codeunit (docs/nav): what no page can do, as unbound actions of OData V4.

learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/
devenv-creating-and-interacting-with-odatav4-unbound-action
"""

from __future__ import annotations

from connections.errors import NeedsPerson, Reason
from connections.vendors.nav.reading import Reading

ACTIONS = ("PostPurchaseDocument", "PostJournalBatch")


class Posting(Reading):
    """`can_post` is False where the site posts everything itself."""

    step_by_step = False  # this site's lines take their type and account before anything else

    @property
    def can_post(self) -> bool:
        return bool(self.codeunit())

    def act(self, procedure: str, about: str, timeout: float, **values: str) -> str:
        """One procedure of the codeunit; what it returns. Raises Refused in the site's words."""
        name = f"{self.codeunit()}_{procedure}"
        if not self.offers(procedure):
            self.forget_metadata()
            raise NeedsPerson(Reason.SETTINGS, lacks(self.codeunit(), procedure))
        answer = self.write("POST", self.path(name), values, about=about, timeout=timeout)
        return str(answer.data.get("value") or "") if isinstance(answer.data, dict) else ""

    def offers(self, procedure: str) -> bool:
        """Sites whose $metadata lists no actions at all are tried."""
        listed = self.metadata.actions
        return not listed or f"{self.codeunit()}_{procedure}" in listed


def lacks(codeunit: str, procedure: str) -> str:
    return (
        f"NAV offers no {procedure} of the codeunit {codeunit}. Publish the codeunit of docs/nav "
        "under this name on NAV's page Web Services, or leave the field Codeunit for posting blank."
    )
