"""What the read-only pages share."""

from __future__ import annotations

from unfold.admin import ModelAdmin

from connections.pages.read_only import ReadOnly


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """Rows that only the engine writes: nobody adds, changes or deletes them here."""

    list_fullwidth = True
    show_full_result_count = False
    actions_on_top = True
