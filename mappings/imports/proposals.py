"""Beside a row that cannot be taken: what was probably meant. It is never put there by itself."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from mappings.imports.resources import MappingResource
from mappings.models import Mapping
from mappings.pages.hints import FIELDS, Hints

PROPOSED = 50  # rows of a file; who reads of more mends the file first


class ProposingResource(MappingResource):
    """Of a table whose forms have hints: a wrong cell of the ledger’s column has them, too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hints: dict[int, Hints] = {}
        self.proposed = 0

    def check(self, row: Mapping, wrong: dict[str, Any]) -> None:
        try:
            super().check(row, wrong)
        except ValidationError as error:
            field, _ = FIELDS[str(self._meta.model._meta.model_name)]
            if field in error.error_dict and (said := self.proposal(row, field)):
                error.error_dict[field].append(ValidationError(said))
            raise

    def proposal(self, row: Mapping, field: str) -> str:
        if row.integration_id is None or self.proposed >= PROPOSED:
            return ""
        self.proposed += 1
        hints = self.hints.setdefault(row.integration_id, Hints(row.integration))
        values = {name: str(getattr(row, name)) for name in self.known_of if name != field}
        found = hints.of(str(row._meta.model_name), values, "")
        return f"Perhaps {found[0].code} {found[0].name}: {found[0].why}." if found else ""

    @property
    def known_of(self) -> tuple[str, ...]:
        """What the row says of the project system's side."""
        return (
            (*self.keys, "project_vendor_name") if "project_vendor_id" in self.keys else self.keys
        )
