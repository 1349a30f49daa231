"""One run: papers are written and changed while the connector works and everything goes wrong."""

from __future__ import annotations

import dataclasses
import random

from django.test import Client as Browser

from config.rehearsal.control import call
from syncs import tasks
from syncs.models import FlowSettings, Record
from syncs.pipelines.progress import UNSETTLED
from syncs.reconciliation.corrections import has_difference, post_difference
from tests.flows import telling
from tests.proof import clock, oracle, papers, sides, workers
from tests.proof.people import People
from tests.proof.world import World
from tests.story import Company

DECISIONS = 6  # times that a person goes through what was changed after posting
QUIET = 14  # sweeps within which everything has to settle once nothing fails any more
KILLS, PAIRS = 0.06, 0.06  # of the tasks


@dataclasses.dataclass(frozen=True)
class Options:
    """What a run is made of; a failing one is made smaller by leaving things out."""

    papers: int = 6
    only: tuple[int, ...] = ()  # these numbers alone
    faults: bool = True
    kills: bool = True


@dataclasses.dataclass
class Outcome:
    seed: str
    documents: int
    compared: int
    faults: list[oracle.Fault]
    counts: dict[str, int]


class Run:
    """A seed's papers, people and workers, between the two systems of a world."""

    def __init__(self, world: World, seed: str, options: Options) -> None:
        self.world, self.seed, self.options = world, seed, options
        self.company: Company = world.company
        self.dice = random.Random(seed)
        self.people = People(self.site(0))
        self.counts: dict[str, int] = {}
        around = sides.surroundings(world)
        numbers = options.only or range(options.papers)
        self.papers = [one for n in numbers for one in papers.draw(seed, n, around)]

    def site(self, side: int) -> str:
        url: str = self.world.ready[self.world.sides[side]]["control_url"]
        return url

    def count(self, **found: int) -> None:
        for name, number in found.items():
            self.counts[name] = self.counts.get(name, 0) + number

    # -- the play ---------------------------------------------------------------------------------

    def perform(self) -> Outcome:
        with self.world.a_run():
            for number in range(papers.ROUNDS):
                self.round(number)
            self.settle()
            return self.judged()

    def round(self, number: int) -> None:
        changed = [paper for paper in self.papers if self.happens(paper, number)]
        if self.options.faults:
            self.trouble(number)
        self.knock(changed)
        if self.dice.random() < 0.8:
            self.poll()
        self.work()
        workers.time_passes(self.dice)
        tasks.sweep()
        self.work()
        if self.dice.random() < 0.6:
            self.decide()
            self.work()

    def happens(self, paper: papers.Paper, number: int) -> bool:
        if paper.round == number:
            return self.people.make(paper)
        moves = [move for move in paper.moves if move.round == number]
        done = [self.people.does(paper, move) for move in moves]
        self.count(moves=sum(done))
        return any(done)

    def trouble(self, number: int) -> None:
        for side, name in enumerate(self.world.sides):
            dice = random.Random(f"{self.seed}/{number}/{name}")
            rules = sides.trouble(dice, self.world.key, side)
            call(self.site(side), "faults", {"seed": dice.randint(1, 10**6), "rules": rules})

    def knock(self, changed: list[papers.Paper]) -> None:
        """Webhooks: some lost, some doubled, in any order."""
        for paper in self.dice.sample(changed, len(changed)):
            for _ in range(self.dice.choice([0, 1, 1, 2])):
                body = sides.notice(self.company, self.people.rows[paper.token], paper.collection)
                address = f"/webhooks/{self.world.hook}/"
                answer = Browser().post(
                    address, body, content_type="application/json",
                    headers={"Authorization": telling.SECRET},
                )  # fmt: skip
                if answer.status_code >= 500:
                    raise AssertionError(f"a webhook was answered {answer.status_code}")
                self.count(webhooks=1)

    def poll(self) -> None:
        for row in self.flows():
            if self.dice.random() < 0.9:
                tasks.poll(row.pk)
                self.count(polls=1)

    def flows(self) -> list[FlowSettings]:
        """Of documents, and now and then of master data, of which there is much."""
        rows = self.company.integration.flows.filter(enabled=True)
        return [row for row in rows
                if row.flow not in sides.MASTER or self.dice.random() < 0.02]  # fmt: skip

    def work(self) -> None:
        kills = KILLS if self.options.kills else 0.0
        pairs = PAIRS if self.options.kills else 0.0
        self.count(**workers.carry_all(self.dice, kills, pairs))

    def decide(self, every: float = 0.7) -> int:
        """A controller books differences of what changed after posting."""
        decided = 0
        for record in Record.objects.filter(reason="changed_after_posting", state="held"):
            if self.dice.random() < every and has_difference(record):
                post_difference(record, "controller")
                decided += 1
        self.count(decisions=decided)
        return decided

    def settle(self) -> None:
        """Nothing fails any more, everything is looked at again, and every difference is booked."""
        for side in range(2):
            call(self.site(side), "faults", method="DELETE")
        self.quiet()
        for row in self.flows():
            tasks.poll(row.pk)
            tasks.reconcile(row.pk)
        self.quiet()
        for _ in range(DECISIONS):
            if not self.decide(1.0):
                break
            self.quiet()

    def quiet(self) -> None:
        for _ in range(QUIET):
            clock.move(900)
            tasks.sweep()
            self.count(**workers.carry_all(self.dice, 0.0, 0.0))
            if not Record.objects.filter(state__in=UNSETTLED).exists():
                break

    # -- the verdict ------------------------------------------------------------------------------

    def judged(self) -> Outcome:
        from audit import journal

        made = [paper for paper in self.papers if paper.token in self.people.rows]
        sources = sides.sources(
            self.site(0), made, self.people.rows, sides.UNCARRIED.get(self.world.key, ())
        )
        shown = self.shown()
        plan = sides.plan(self.world)
        found = oracle.judge(sources, sides.ledger(self.world, self.site(1)), shown, plan)
        unsettled = [one for one in shown if one.state in UNSETTLED]
        found += [
            oracle.Fault(oracle.LOST, one.token, f"never settles: {one}") for one in unsettled
        ]
        verified = journal.verify()
        if not verified.ok:
            found.append(oracle.Fault("journal", "", str(verified)))
        return Outcome(self.seed, len(made), len(sources), found, self.counts)

    def shown(self) -> list[oracle.Shown]:
        """What the list of documents shows, by the ids of the papers."""
        tokens = {str(row["id"]): token for token, row in self.people.rows.items()}
        rows = Record.objects.filter(source_id__in=tokens).order_by("pk")
        return [
            oracle.Shown(
                tokens[row.source_id], row.state, row.reason, row.sentence,
                row.revision == 1 and "relief" not in row.flow,
            )
            for row in rows
        ]  # fmt: skip


def play(world: World, seed: str, options: Options) -> Outcome:
    return Run(world, seed, options).perform()
