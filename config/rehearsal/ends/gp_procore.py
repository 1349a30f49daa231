"""What a rehearsal of GP and Procore shows beside its sums."""

from __future__ import annotations

from config.rehearsal.ends.gp import SALARIES, renamed
from config.rehearsal.ends.procore_codes import RetiredCode


class RetiredAccount(RetiredCode):
    title = "an account is renamed, another one set inactive after its code was sent"
    code = "60500"

    def play(self) -> None:
        account = f"1000-{self.code}-00"
        self.setting.office("gp/change_account", {"account": account, "active": False})

    def check(self) -> list[str]:
        name, code = renamed(self.setting.seed), SALARIES.split("-")[1]
        called = {row["name"] for row in self.standing(code)}
        wrong = [] if called == {name} else [f"{code} is called {called}, in GP {name}"]
        return super().check() + wrong
