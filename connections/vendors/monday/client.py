"""monday.com's client: what flows and the engine may ask (roles.BoardSystem)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager

from connections.boards import Column
from connections.documents import Hint, TestResult
from connections.models import Subscription
from connections.roles import Wanted
from connections.vendors.monday import check, labels, subscriptions
from connections.vendors.monday.writing import Writing


class Monday(Writing):
    """One account, as its user sees it."""

    # -- calls ----------------------------------------------------------------------------------

    def urgent(self) -> AbstractContextManager[None]:
        """`with client.urgent():` a decision: it may use the day's calls that are reserved."""
        return self.calls.hurried()

    def finish_time(self, pending_writes: int) -> dt.datetime:
        """When so many changes will be through, by what the day and the minute allow."""
        return self.calls.finish_time(pending_writes)

    def calls_a_day(self) -> int:
        """The account's own limit, else that of its plan."""
        return self.calls.today()[1] or self.calls.plan_limit()

    def outlook(self, pending_calls: int) -> tuple[dt.datetime, int, int] | None:
        """(when so many calls are through, calls a day for them, calls a day). Asks nobody."""
        return self.calls.outlook(pending_calls)

    def calls_today(self) -> tuple[int, int]:
        """(used, allowed) calls of the account, today in UTC."""
        return self.calls.today()

    @property
    def longest_text(self) -> int:
        """Of a long text column; a little is left for people."""
        return 1900

    # -- labels -------------------------------------------------------------------------------

    @property
    def most_options(self) -> int:
        """How many labels a column of options takes, deactivated ones included: not documented."""
        return labels.most_options(self.connection)

    def ensure_labels(
        self, board_id: str, column_id: str, texts: Sequence[str], about: str
    ) -> Column:
        """Adds what is missing, wakes what was deactivated. Raises NeedsPerson at the limit."""
        return labels.ensure(self, board_id, column_id, texts, about)

    def retire_labels(
        self, board_id: str, column_id: str, ids: Sequence[str], about: str
    ) -> Column:
        return labels.retire(self, board_id, column_id, ids, about)

    # -- webhooks -------------------------------------------------------------------------------

    def wanted(self) -> list[Wanted]:
        """Of each board: changed cells, and items that went or came back."""
        return subscriptions.wanted(self)

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, None]:
        """The hook's id; hooks do not expire."""
        return subscriptions.subscribe(self, subscription, address), None

    def renew(self, subscription: Subscription, address: str) -> None:
        """Nothing expires. Raises NotFound when the hook is gone."""
        subscriptions.renew(self, subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        subscriptions.unsubscribe(self, subscription)

    def standing(self) -> set[str]:
        return subscriptions.standing(self)

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        """monday.com shows no delivery log; polling makes up for lost notices."""
        return []

    # -- test -----------------------------------------------------------------------------------

    def test(self) -> TestResult:
        return check.test(self)
