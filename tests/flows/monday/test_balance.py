"""Boards are not on the reconciliation page yet, and that is said."""

from __future__ import annotations

import pytest

from syncs import tasks
from syncs.models import BalanceReading, Run
from tests.flows.monday.telling import Boards

pytestmark = pytest.mark.django_db


def test_what_is_not_told_of_boards_is_said(boards: Boards) -> None:
    integration = boards.company.integration
    tasks.balance(integration.pk)
    run = Run.objects.filter(kind="balance").latest("pk")
    assert run.ok, run.sentence
    untold = BalanceReading.objects.get(integration=integration).untold
    assert any("is not in these figures" in one for one in untold)
