"""Documents of a Procore company, whole, and the rows that they were read from."""

from __future__ import annotations

from connections.amounts import in_cents
from connections.documents import Document
from connections.vendors.procore.company import Company
from connections.vendors.procore.reading import READERS
from connections.vendors.procore.values import Row


class Documents(Company):
    def document(self, kind: str, project_id: str, source_id: str) -> Document:
        """The whole document. Raises NotFound on a 404, which alone is not a deletion."""
        return in_cents(READERS[kind](self, project_id, source_id))

    def recall(self, kind: str, project_id: str, source_id: str) -> tuple[Row, list[Row]]:
        """The rows of header and lines that `document` read last; read now where it did not."""
        name = ("shown", kind, source_id)
        if name not in self._once:
            self.document(kind, project_id, source_id)
        found: tuple[Row, list[Row]] = self._once.pop(name)
        return found
