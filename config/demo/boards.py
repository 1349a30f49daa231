"""Lays out the boards of an integration with the stand-ins, as a controller does in the admin."""

from __future__ import annotations

from connections.models import Integration
from mappings.boards.setup import (
    check_board,
    choices_of,
    default_rules,
    dimensions_of,
    keep_boards,
    prepare,
    survey,
)
from mappings.boards.vocabulary import DECISION
from mappings.models import BoardLayout
from syncs.flow import Context

ORDERS_BOARD = "Purchase orders"


def lay_out(integration: Integration, invoices_board: str = "") -> None:
    """Invoices on the board that is there, orders on one of their own. Safe to call twice."""
    context = Context(integration, "decisions", "demo")
    for kind, name in ((BoardLayout.Kind.INVOICES, "Purchase invoices"),
                       (BoardLayout.Kind.ORDERS, ORDERS_BOARD)):  # fmt: skip
        if not BoardLayout.objects.filter(integration=integration, kind=kind).exists():
            known = invoices_board if kind == BoardLayout.Kind.INVOICES else ""
            one_board(context, kind, known, name)
    keep_boards(integration.project_system)  # its other settings were written anew


def one_board(context: Context, kind: str, board_id: str, name: str) -> None:
    system, about = context.board_system, f"Set up “{name}”"
    board = system.board(board_id) if board_id else system.create_board(name, about)
    layout = BoardLayout(integration=context.integration, kind=kind, board_id=board.id)
    rows = survey(board, kind, dimensions_of(context.integration))
    ready = prepare(system, layout, choices_of(rows), about)
    column = ready.column(layout, DECISION)
    if column is not None:
        default_rules(layout, column, context.decidable_ledger.decision_ways())
    check_board(layout, ready.board)
