"""Where the import pages keep a file between preview and confirmation."""

from __future__ import annotations

import uuid

from import_export.tmp_storages import BaseStorage

from mappings.imports.cells import Unreadable
from mappings.imports.formats import MAX_BYTES
from mappings.upload import ROOM, Upload


class Uploads(BaseStorage):
    """Raises FileNotFoundError for what is gone, as a folder would."""

    name: str | None

    def save(self, data: bytes) -> None:
        if len(data) > MAX_BYTES:
            raise Unreadable(f"At most {MAX_BYTES // 1024 // 1024} MB are taken.")
        Upload.sweep(ROOM - len(data))
        self.name = str(Upload.objects.create(size=len(data), content=data).name)

    def read(self) -> bytes:
        row = Upload.objects.filter(pk=key(self.name)).first()
        if row is None:
            raise FileNotFoundError(self.name)
        return bytes(row.content)

    def remove(self) -> None:
        Upload.objects.filter(pk=key(self.name)).delete()


def key(name: str | None) -> uuid.UUID:
    """Of what is asked for by name; nothing but a name that we gave is one."""
    try:
        return uuid.UUID(str(name))
    except ValueError as error:
        raise FileNotFoundError(name) from error


def belongs_to(name: str, user: int | None) -> None:
    """Only who uploaded it sees its preview, and may confirm it."""
    Upload.objects.filter(pk=key(name)).update(user=user)


def must_belong_to(name: str, user: int | None) -> None:
    """Raises FileNotFoundError."""
    if user is None or not Upload.objects.filter(pk=key(name), user=user).exists():
        raise FileNotFoundError(name)
