"""The set-up of a board, step by step: which board, which columns, what the labels mean.

Only the last step writes, and says before what it will do. All that must be carried on is in the
page's own address or form, so that nothing is half done when somebody leaves. These pages ask the
platform and the ledger while a person waits (see `connections.pages.testing`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from connections.boards import Board, Label
from connections.documents import DecisionWay
from connections.errors import ConnectorError
from connections.models import Integration
from connections.registry import VENDORS, Ability
from connections.roles import BoardSystem
from connections.transport.http import NoJournal
from mappings import releases
from mappings.boards import rules as board_rules
from mappings.boards.check import check_board, findings
from mappings.boards.columns import Row, dimensions_of, survey
from mappings.boards.forms import (
    BoardNameForm,
    ColumnsForm,
    LabelRow,
    LabelsForm,
    Said,
    label_rows,
    way_lines,
)
from mappings.boards.journal import PERSON, SetupJournal, journal_of
from mappings.boards.said import keep_said
from mappings.boards.setup import Plan, Prepared, plan, prepare, stored, taken_by
from mappings.boards.vocabulary import DECISION
from mappings.models import BoardLayout
from mappings.pages import words

STEPS = ("Board", "Columns", "Approval labels")


def board_integrations() -> list[Integration]:
    """Those whose project system is a work platform with boards."""
    rows = Integration.objects.select_related("project_system", "ledger")
    rows = rows.defer("project_system__secrets", "ledger__secrets")
    return [row for row in rows if has_boards(row)]


def has_boards(integration: Integration) -> bool:
    if integration.project_system.vendor not in VENDORS:
        return False
    connection = integration.project_system
    return Ability.BOARDS in VENDORS[connection.vendor].abilities


@dataclasses.dataclass
class Desk:
    """One request: who sets up what, and the client for it."""

    admin: Any
    request: HttpRequest
    integration: Integration
    layout: BoardLayout
    system: Any = None  # roles.BoardSystem
    journal: SetupJournal | None = None

    @classmethod
    def of(cls, admin: Any, request: HttpRequest, integration: Integration) -> Desk:
        sent = request.POST.get("kind") or request.GET.get("kind")
        kind = sent if sent in BoardLayout.Kind.values else BoardLayout.Kind.INVOICES
        layout = BoardLayout(integration=integration, kind=kind)
        desk = cls(admin, request, integration, stored(layout) or layout)
        desk.layout.integration = integration
        desk.journal = journal_of(integration.key, request.user.get_username())
        desk.system = open_system(integration, desk.journal)
        return desk

    @property
    def about(self) -> str:
        return f"Board for {self.layout.get_kind_display().lower()}"

    @property
    def may_rule(self) -> bool:
        """Says what labels mean."""
        names = ("mappings.add_statusrule", "mappings.change_statusrule")
        return bool(self.request.user.has_perms(names))

    def address(self, **more: str) -> str:
        own = {"integration": str(self.integration.pk), "kind": self.layout.kind}
        return f"{reverse('admin:mappings_boardlayout_setup')}?{urlencode(own | more)}"

    def page(self, template: str, step: int, **context: Any) -> HttpResponse:
        shared = {
            **self.admin.admin_site.each_context(self.request),
            "title": f"Set up a board: {self.layout.get_kind_display().lower()}",
            "opts": self.admin.opts,
            "desk": self,
            "layout": self.layout,
            "integration": self.integration,
            "tabs": tabs(self),
            "steps": [(number, name, number == step) for number, name in enumerate(STEPS, 1)],
            "platform": VENDORS[self.integration.project_system.vendor].label,
            "ledger": VENDORS[self.integration.ledger.vendor].label,
        }
        return TemplateResponse(self.request, template, shared | context)

    def trouble(self, error: ConnectorError, template: str, step: int) -> HttpResponse:
        """The platform's words on the page, and nothing else of it."""
        return self.page(template, step, trouble=error.sentence, again=self.request.get_full_path())


def open_system(integration: Integration, journal: Any) -> BoardSystem:
    """A person is waiting for the page."""
    connection = integration.project_system
    client: Any = VENDORS[connection.vendor].client(connection, journal)
    client.hurry()
    found: BoardSystem = client
    return found


def tabs(desk: Desk) -> list[tuple[str, str, bool]]:
    """Every board that could be set up: name, address, whether it is this one."""
    rows = board_integrations()
    found = []
    for row in rows:
        for kind, label in BoardLayout.Kind.choices:
            own = urlencode({"integration": row.pk, "kind": kind})
            name = f"{label} · {row}" if len(rows) > 1 else str(label)
            here = row.pk == desk.integration.pk and kind == desk.layout.kind
            found.append((name, f"{reverse('admin:mappings_boardlayout_setup')}?{own}", here))
    return found


def setup_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """The page of all steps; which one is asked for shows in its address."""
    if not (admin.has_add_permission(request) or admin.has_change_permission(request)):
        raise PermissionDenied
    integrations = board_integrations()
    asked = request.POST.get("integration") or request.GET.get("integration")
    chosen = [row for row in integrations if str(row.pk) == asked] or integrations[:1]
    if not chosen:
        return nothing_yet(admin, request)
    desk = Desk.of(admin, request, chosen[0])
    allowed = admin.has_change_permission if desk.layout.pk else admin.has_add_permission
    if not allowed(request):
        raise PermissionDenied
    return step(desk)


def nothing_yet(admin: Any, request: HttpRequest) -> HttpResponse:
    context = {
        **admin.admin_site.each_context(request),
        "title": "Set up a board",
        "opts": admin.opts,
        "may_connect": request.user.has_perm("connections.add_integration"),
    }
    return TemplateResponse(request, "mappings/board_nothing.html", context)


def step(desk: Desk) -> HttpResponse:
    request = desk.request
    if request.method == "POST":
        if request.POST.get("action") == "create":
            return create_board(desk)
        return set_up(desk)
    board_id = request.GET.get("board") or ("" if "choose" in request.GET else desk.layout.board_id)
    if not board_id:
        return choose(desk, BoardNameForm())
    try:
        board = desk.system.board(board_id)
    except ConnectorError as error:
        return desk.trouble(error, "mappings/board_columns.html", 2)
    if problem := unusable(desk.layout, board):
        messages.error(request, f"“{board.name}” cannot be used. {problem}")
        return HttpResponseRedirect(desk.address(choose="1"))
    return labels(desk, board) if request.GET.get("step") == "labels" else columns(desk, board)


# -- step 1 ---------------------------------------------------------------------------------------


def choose(desk: Desk, form: BoardNameForm) -> HttpResponse:
    try:
        boards = desk.system.boards()
    except ConnectorError as error:
        return desk.trouble(error, "mappings/board_choose.html", 1)
    found = [
        (board, unusable(desk.layout, board), desk.address(board=board.id))
        for board in sorted(boards, key=lambda board: board.name.casefold())
    ]
    return desk.page("mappings/board_choose.html", 1, boards=found, form=form)


def unusable(layout: BoardLayout, board: Board) -> str:
    """Why it cannot be chosen; empty: it can."""
    if board.unusable or not board.active:
        return board.unusable or "It is archived."
    return taken_by(layout, board.id)


def create_board(desk: Desk) -> HttpResponse:
    form = BoardNameForm(desk.request.POST)
    if not form.is_valid():
        return choose(desk, form)
    name = form.cleaned_data["name"]
    try:
        board = desk.system.create_board(name, f"{desk.about}: create “{name}”")
    except ConnectorError as error:
        messages.error(desk.request, f"No board was created. {error.sentence}")
        return choose(desk, form)
    said = f"The empty board “{board.name}” is there. Now choose what it shows."
    messages.success(desk.request, said)
    return HttpResponseRedirect(desk.address(board=board.id))


# -- step 2 ---------------------------------------------------------------------------------------


def rows_of(desk: Desk, board: Board) -> list[Row]:
    mapped = desk.layout.columns if desk.layout.board_id == board.id else None
    return survey(board, desk.layout.kind, dimensions_of(desk.integration), mapped)


def columns(
    desk: Desk, board: Board, form: ColumnsForm | None = None, wrong: Sequence[str] = ()
) -> HttpResponse:
    form = form or ColumnsForm(rows_of(desk, board), board)
    known = desk.layout.pk and desk.layout.board_id == board.id
    found = findings(desk.layout, board) if known else None
    return desk.page(
        "mappings/board_columns.html", 2, board=board, form=form, wrong=wrong, found=found,
        other=desk.address(choose="1"), step_address=reverse("admin:mappings_boardlayout_setup"),
    )  # fmt: skip


# -- step 3 ---------------------------------------------------------------------------------------


def labels(desk: Desk, board: Board, form: LabelsForm | None = None) -> HttpResponse:
    """What the labels mean, and all that the button will do."""
    sent = desk.request.POST or desk.request.GET
    columns_form = ColumnsForm(rows_of(desk, board), board, sent)
    if not columns_form.is_valid():
        return columns(desk, board, columns_form, columns_form.sentences())
    chosen = columns_form.chosen()
    made = plan(board, desk.layout, chosen)
    if made.wrong:
        return columns(desk, board, columns_form, made.wrong)
    ways, no_ways = ways_of(desk.integration)
    rows = rows_for(desk, board, made, ways)
    column = board.column(made.columns[DECISION])
    return desk.page(
        "mappings/board_labels.html", 3, board=board, form=form or LabelsForm(rows, ways),
        plan=made.sentences(), ways=way_lines(ways, rows), no_ways=no_ways, rows=rows,
        column=column, chosen=[(f"column-{fact}", id) for fact, id in chosen.items()],
        back=desk.address(board=board.id), in_use=bool(desk.layout.pk) and not made.forgets_rules,
    )  # fmt: skip


def rows_for(desk: Desk, board: Board, made: Plan, ways: Sequence[DecisionWay]) -> list[LabelRow]:
    """The approval column's labels, and those that it lacks, with what they seem to mean."""
    id = made.columns[DECISION]
    column = board.column(id)
    adding = [text for one, texts in made.labels if one.id == id for text in texts]
    adding += [label.text for one in made.new if one.id == id for label in one.labels]
    known = {} if made.forgets_rules else board_rules.stored_rules(desk.layout)
    every = [*(column.labels if column else ()), *(Label("", text) for text in adding)]
    proposed = board_rules.proposals(desk.layout, every, ways, known)
    return label_rows(column, adding, proposed, known)


def ways_of(integration: Integration) -> tuple[list[DecisionWay], str]:
    """What the ledger offers, or why that is not known now."""
    connection = integration.ledger
    if Ability.DECISIONS not in VENDORS[connection.vendor].abilities:
        return [], f"{connection} cannot be told of decisions: its labels are only looked at."
    client: Any = VENDORS[connection.vendor].client(connection, NoJournal())
    client.hurry()
    try:
        return list(client.decision_ways()), ""
    except ConnectorError as error:
        return [], f"{connection} could not be asked which ways it offers. {error.sentence}"


# -- doing it -------------------------------------------------------------------------------------


def set_up(desk: Desk) -> HttpResponse:
    """The button of the last step."""
    request, layout = desk.request, desk.layout
    board_id = request.POST.get("board", "")
    try:
        board = desk.system.board(board_id)
        columns_form = ColumnsForm(rows_of(desk, board), board, request.POST)
        if not columns_form.is_valid():
            return labels(desk, board)
        form = labels_form(request)
        if desk.may_rule and not form.is_valid():
            return labels(desk, board, form)
        said = form.said() if desk.may_rule else []
        wanted = [one.text for one in said if not one.id and one.meaning] if said else None
        layout.board_id = board_id
        prepared = prepare(desk.system, layout, columns_form.chosen(), desk.about, wanted)
    except ConnectorError as error:
        messages.error(request, error.sentence)
        return HttpResponseRedirect(desk.address(board=board_id))
    return finish(desk, prepared, said)


def labels_form(request: HttpRequest) -> LabelsForm:
    """As it was sent: the board may have other labels by now, the person saw these."""
    rows: list[LabelRow] = []
    while (text := request.POST.get(f"label-text-{len(rows)}")) is not None:
        id = request.POST.get(f"label-id-{len(rows)}", "")
        rows.append(LabelRow(text[:60], id[:20], "", ""))
    return LabelsForm(rows[:100], [], request.POST)


def finish(desk: Desk, prepared: Prepared, said: Sequence[Said]) -> HttpResponse:
    """Rules, the check, the journal, and what waited for the board."""
    layout, request = desk.layout, desk.request
    column = prepared.column(layout, DECISION)
    changes = keep_said(layout, column, said) if column else []
    problems = check_board(layout, prepared.board)
    sentence = f"Set up: {layout}."
    done = [*prepared.sentences, *changes]
    if desk.journal:
        desk.journal.append(PERSON, sentence, {"done": done, "columns": layout.columns})
    many = "label was" if len(changes) == 1 else "labels were"
    rules = f"What {len(changes)} {many} said to mean is stored."
    told = [sentence, *prepared.sentences, *[rules] * bool(changes)]
    messages.success(request, " ".join(told))
    for problem in problems:
        messages.warning(request, problem)
    let_go(desk, layout)
    return HttpResponseRedirect(reverse("admin:mappings_boardlayout_change", args=[layout.pk]))


def let_go(desk: Desk, layout: BoardLayout) -> None:
    """Documents that were held because no board, or no label, was there."""
    wanted = layout.wanted()
    wanted += [one for rule in board_rules.stored_rules(layout).values() for one in rule.wanted()]
    actor = desk.request.user.get_username()
    found = releases.release(desk.integration, wanted, actor, f"Set up: {layout}")
    if told := words.released(found, words.currency_of(desk.integration.ledger)):
        messages.success(desk.request, told)
