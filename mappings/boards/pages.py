"""The admin's pages of boards: the list, one layout, the rules of labels."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from connections.documents import DECISIONS
from connections.errors import ConnectorError, NotFound
from connections.pages.badges import Badge
from connections.pages.letters import plainly
from connections.pages.moments import when
from connections.pages.wrong_key import WrongKeyPages
from connections.transport.http import NoJournal
from mappings.boards.check import findings, gone, store
from mappings.boards.columns import facts_for
from mappings.boards.forms import SHORT, StatusRuleForm
from mappings.boards.outlook import outlook
from mappings.boards.rules import stored_rules
from mappings.boards.setup import keep_boards
from mappings.boards.steps import board_integrations, open_system, setup_page
from mappings.models import BoardLayout, StatusRule
from mappings.pages.base import MappingAdmin

STATES = {"ready": "success", "problems": "danger", "unchecked": "warning"}


class NoTransfer(MappingAdmin):
    """A mapping table without files."""

    def has_import_permission(self, request: HttpRequest) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return False


def state_of(row: BoardLayout) -> Badge:
    if row.checked_at is None:
        return Badge("unchecked", "Not checked")
    if row.problems:
        count = len(row.problems)
        return Badge("problems", f"{count} problem{'' if count == 1 else 's'}")
    return Badge("ready", "Ready")


def local(moment: Any) -> str:
    return when(moment, "Never")


@admin.register(BoardLayout)
class BoardLayoutAdmin(WrongKeyPages, NoTransfer):
    """Which board shows what. It is laid out on the set-up page, not typed."""

    empty_title = "No board is set up"
    empty_next = "Once one is, what it shows stands here, and whether it is right."
    empty_else = "{whom} sets one up; then what it shows stands here, and whether it is right."
    list_display = ("name", "board", "state", "shown", "labels", "integration", "checked")
    list_filter = (("integration", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter))
    search_fields = plainly("board_name", "board_id")
    list_before_template = "mappings/board_list.html"
    actions = None

    # -- the list -----------------------------------------------------------------------------

    @display(description="board of", ordering="kind")
    def name(self, row: BoardLayout) -> str:
        return row.get_kind_display()

    @display(description="board", ordering="board_name")
    def board(self, row: BoardLayout) -> SafeString | str:
        return board_link(row)

    @display(description="state", label=STATES)
    def state(self, row: BoardLayout) -> Badge:
        return state_of(row)

    @display(description="shown")
    def shown(self, row: BoardLayout) -> str:
        return f"{len(row.columns)} of {len(facts_for(row))} facts"

    @display(description="labels with a meaning")
    def labels(self, row: BoardLayout) -> str:
        return f"{len(stored_rules(row))}"

    @display(description="last check", ordering="checked_at")
    def checked(self, row: BoardLayout) -> str:
        return local(row.checked_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        pages = [("Who changed what", reverse(self.url_name("changes")))]
        may_set_up = self.has_add_permission(request) or self.has_change_permission(request)
        if may_set_up:
            pages.insert(0, ("Set up a board", reverse(self.url_name("setup"))))
        found = {
            "pages": pages,
            "empty": not BoardLayout.objects.exists(),
            "may_set_up": may_set_up,
            "integrations": board_integrations(),
        }
        return super().changelist_view(request, found | (extra_context or {}))

    # -- one layout ---------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(self.url_name("setup")))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What is laid out, and what to do; nothing is typed here, and nobody is called."""
        row = get_object_or_404(BoardLayout.objects.select_related("integration"), pk=object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        may_change = self.has_change_permission(request, row)
        colour, words = state_of(row)
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "layout": row,
            "link": board_link(row),
            "state": (STATES[colour], words),
            "outlook": outlook(row),
            "checked": local(row.checked_at),
            "facts": facts_table(row),
            "rules": [(rule, SHORT[StatusRule.Meaning(rule.meaning)])
                      for rule in stored_rules(row).values()],
            "may_change": may_change,
            "may_delete": self.has_delete_permission(request, row),
            "may_rules": request.user.has_perm("mappings.view_statusrule"),
            "setup": setup_address(row),
        }  # fmt: skip
        return TemplateResponse(request, "mappings/board.html", context)

    @method_decorator(require_POST)
    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(BoardLayout.objects.select_related("integration"), pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return self.or_wrong_key(self.check_now, request, row)

    def check_now(self, request: HttpRequest, row: BoardLayout) -> HttpResponse:
        """One call to the platform, which tells how the board stands."""
        back = HttpResponseRedirect(reverse(self.url_name("change"), args=[row.pk]))
        try:
            board = open_system(row.integration, NoJournal()).board(row.board_id)
        except NotFound:
            store(row, [gone(row)], always=True)
            messages.error(request, gone(row))
            return back
        except ConnectorError as error:
            messages.error(request, f"The board could not be looked at. {error.sentence}")
            return back
        found = findings(row, board)
        rename(row, board.name, board.url)
        store(row, found.problems, always=True)
        if found.problems:
            messages.error(request, "The board needs attention; see what was found.")
        else:
            room = f" of {board.items_limit:,}" if board.items_limit else ""
            messages.success(request, f"{row} is ready. It has {board.items:,}{room} items.")
        for hint in found.hints:
            messages.info(request, hint)
        return back

    def delete_model(self, request: HttpRequest, obj: BoardLayout) -> None:
        super().delete_model(request, obj)
        keep_boards(obj.integration.project_system)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[BoardLayout]) -> None:
        connections = {row.integration.project_system for row in queryset}
        super().delete_queryset(request, queryset)
        for connection in connections:
            keep_boards(connection)

    # -- addresses ------------------------------------------------------------------------------

    def setup_view(self, request: HttpRequest) -> HttpResponse:
        return self.or_wrong_key(self.set_up, request)

    def set_up(self, request: HttpRequest) -> HttpResponse:
        return setup_page(self, request)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("setup/", wrap(self.setup_view), name="mappings_boardlayout_setup"),
            path("<int:pk>/check/", wrap(self.check_view), name="mappings_boardlayout_check"),
            *super().get_urls(),
        ]


def rename(row: BoardLayout, name: str, url: str) -> None:
    """People renamed the board: we call it by its new name."""
    if name and (row.board_name, row.board_url) != (name[:255], url):
        row.board_name, row.board_url = name[:255], url
        row.save(update_fields=["board_name", "board_url", "updated_at"])


def board_link(row: BoardLayout) -> SafeString | str:
    name = row.board_name or row.board_id
    if not row.board_url.startswith(("https://", "http://")):
        return name
    return format_html(
        '<a class="text-primary-600 underline dark:text-primary-400" href="{}" '
        'rel="noopener" target="_blank">{}</a>', row.board_url, name,
    )  # fmt: skip


def facts_table(row: BoardLayout) -> list[tuple[str, str, str]]:
    """Fact, column's id, and what else is to be said."""
    return [
        (fact.title, row.columns.get(fact.name, ""), "needed" if fact.required else "")
        for fact in facts_for(row)
    ]


def setup_address(row: BoardLayout) -> str:
    base = reverse("admin:mappings_boardlayout_setup")
    return f"{base}?integration={row.integration_id}&kind={row.kind}"


@admin.register(StatusRule)
class StatusRuleAdmin(WrongKeyPages, NoTransfer):
    """What a label means. The set-up page has them all at once; here one by one."""

    empty_title = "No label has a meaning yet"
    empty_next = "Set a board up first: its last step proposes what each label means."
    empty_else = "{whom} says what each label means, in the last step of setting a board up."
    form = StatusRuleForm
    list_display = ("shown_label", "of", "meaning_in_words", "way_in_words", "integration",
                    "note")  # fmt: skip
    list_filter = (("integration", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter),
                   ("meaning", ChoicesDropdownFilter))  # fmt: skip
    search_fields = plainly("label", "label_id", "note")
    list_before_template = "mappings/board_rules.html"
    view_fields: ClassVar = ("of", "shown_label", "meaning_in_words", "way_in_words")

    @display(description="label", ordering="label")
    def shown_label(self, row: StatusRule) -> str:
        return row.label or f"Label {row.label_id}"

    @display(description="board of", ordering="kind")
    def of(self, row: StatusRule) -> str:
        return row.get_kind_display()

    @display(description="meaning", ordering="meaning")
    def meaning_in_words(self, row: StatusRule) -> str:
        return SHORT[StatusRule.Meaning(row.meaning)]

    @display(description="way into the ledger", ordering="way")
    def way_in_words(self, row: StatusRule) -> str:
        if row.meaning not in DECISIONS:
            return "–"
        return row.way or "The best there is"

    def integration_of(self, request: HttpRequest, row: Any) -> Any:
        """The row's own, else the one asked for among those with boards."""
        if row is not None and row.integration_id:
            return row.integration
        found = board_integrations()
        asked = request.POST.get("integration") or request.GET.get("integration")
        return next((one for one in found if str(one.pk) == asked), None) or next(iter(found), None)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "integration":
            keys = [row.pk for row in board_integrations()]
            field.queryset = field.queryset.filter(pk__in=keys)
        return field

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        pages = [("Who changed what", reverse(self.url_name("changes")))]
        if request.user.has_perm("mappings.view_boardlayout"):
            pages.insert(0, ("Boards", reverse("admin:mappings_boardlayout_changelist")))
        return super().changelist_view(request, {"pages": pages} | (extra_context or {}))
