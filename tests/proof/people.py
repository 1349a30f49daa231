"""What people do in Procore, carried out on the stand-in by the tool's own rules."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.error import HTTPError

from config.rehearsal.control import call
from tests.proof.papers import Move, Paper

REFUSED = range(400, 500)


class People:
    """They make papers and change them; what the tool refuses is not done."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.rows: dict[str, dict[str, Any]] = {}  # by token

    def make(self, paper: Paper) -> bool:
        facts = dict(paper.facts)
        items = facts.pop("items", None)
        try:
            row = call(self.site, f"procore/{paper.collection}", facts)
        except HTTPError as error:
            if error.code not in REFUSED:
                raise
            return False
        self.rows[paper.token] = row
        if items is not None:
            self.change(paper, items=items, status="approved")
        return True

    def does(self, paper: Paper, move: Move) -> bool:
        """False when there is nothing to do it to, or the tool refuses."""
        if paper.token not in self.rows:
            return False
        if move.verb == "delete":
            with contextlib.suppress(HTTPError):
                call(self.site, self.path(paper), method="DELETE")
        elif move.verb == "revise":
            self.change(paper, status="revise_and_resubmit", **move.facts)
            self.change(paper, status="approved")
        elif move.verb == "resize":
            return self.resize(paper, move)
        else:
            return self.change(paper, **move.facts)
        return True

    def resize(self, paper: Paper, move: Move) -> bool:
        """An approved contract is opened again, changed and approved."""
        opened = self.change(paper, status="Draft")
        done = self.change(paper, **move.facts)
        self.change(paper, status="Approved")
        return opened and done

    def change(self, paper: Paper, **facts: Any) -> bool:
        try:
            call(self.site, self.path(paper), facts, "PATCH")
        except HTTPError as error:
            if error.code not in REFUSED:
                raise
            return False
        return True

    def path(self, paper: Paper) -> str:
        return f"procore/{paper.collection}/{self.rows[paper.token]['id']}"
