"""The account of a rehearsal: what the source has, what the ledger shows, what we say of it.

The sums at both ends come from asking the stand-ins, not from our own tables.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import IO, Any

from django.db.models import Sum
from rich.console import Console
from rich.table import Table

from audit import journal
from audit.models import Entry
from config.rehearsal import balance, ends, scenes
from config.rehearsal.both_sides import ZERO, Destination, Ends
from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER
from connections.models import Integration
from syncs.models import Record, Run, State
from syncs.registry import flows_of

LEDGER_KINDS = (LEDGER_ORDER, LEDGER_INVOICE, LEDGER_MEMO)
REPORTED = {
    "posted": State.POSTED, "held": State.HELD, "skipped": State.SKIPPED,
    "set_aside": State.SET_ASIDE,
}  # fmt: skip
CAME = ("source", "corrections", "gone")
WENT = tuple(REPORTED)


def take(integration: Integration, play: dict[str, Any]) -> dict[str, Any]:
    """The report of one integration; `problems` is empty when all agrees to the cent."""
    both = ends.ask(integration, play)
    verified = journal.verify()
    flows = [flow_report(integration, name, both) for name in flows_of(integration)]
    problems = [problem for flow in flows for problem in flow.pop("problems")]
    problems += both.left_over() + [f"journal: {problem}" for problem in verified.problems]
    runs, unlike = run_lines(integration)
    shown = scenes.look(integration, play)
    reconciliation, wrong = balance.take(integration, both)
    problems += wrong
    problems += unlike + [f"{scene.title}: {one}" for scene in shown for one in scene.problems]
    return {
        "name": integration.key,
        "variant": play["variant"],
        "ok": not problems,
        "journal_verified": verified.ok,
        "journal_entries": verified.entries,
        "runs": runs,
        "scenes": [scene.plain() for scene in shown],
        "reconciliation": reconciliation,
        "problems": problems,
        "flows": flows,
    }


def run_lines(integration: Integration) -> tuple[int, list[str]]:
    """(runs that ended, those that have not exactly one line in the journal)."""
    lines = Entry.objects.filter(kind=Entry.Kind.RUN, integration=integration.key)
    told = Counter(lines.values_list("data__run", flat=True))
    ended = Run.objects.filter(integration=integration, ended_at__isnull=False)
    runs = {one.pk: str(one) for one in ended}
    strangers = told.keys() - runs.keys()
    problems = [f"run {name} has {told[pk]} lines in the journal" for pk, name in runs.items()
                if told[pk] != 1]  # fmt: skip
    problems += [f"the journal tells of run {pk}, which did not end" for pk in strangers]
    return len(runs), problems


def flow_report(integration: Integration, name: str, both: Ends) -> dict[str, Any]:
    """One flow: every source document in one state, every posted one on the other side."""
    records = list(Record.objects.filter(integration=integration, flow=name))
    documents = both.source.documents(name)
    if name not in both.source.flows:  # it brings what documents lack: no list at the source
        documents = {one.source_id: ZERO for one in records}
    there = both.destination(flows_of(integration)[name].source == "ledger")
    problems = unaccounted(name, documents, records)
    worth = {record.pk: said(record, both.worth) for record in records}
    for record in records:
        if record.state == State.POSTED:
            worth[record.pk], problem = there.claim(record, documents.get(record.source_id))
            problems += [f"{name} {record.number}: {problem}"] if problem else []
    if not flows_of(integration)[name].documents:  # a decision about a document moves no money
        worth = dict.fromkeys(worth, ZERO)
    problems += families(name, records, documents, there)
    columns = {
        "source": counted(len(documents), sum(documents.values(), ZERO)),
        "corrections": corrections(records, worth, documents),
        "gone": total_of([one for one in records if is_gone(one, documents)], worth),
        **{
            word: total_of([one for one in records if one.state == state], worth)
            for word, state in REPORTED.items()
        },
    }
    problems += identity(name, columns)
    return {
        "name": name,
        **columns,
        "requests": requests_of(integration, name),
        "reasons": dict(Counter(r.reason for r in records if r.state == State.HELD)),
        "problems": problems,
    }


def families(
    name: str, records: list[Record], documents: dict[str, Decimal], there: Destination
) -> list[str]:
    """What changed or vanished after posting: its ledger documents are answered for together."""
    problems = []
    for record in records:
        draft = record.destination_status == "draft" and bool(record.posted_digest)
        if record.state != State.POSTED and (draft or record.destination_status == "posted"):
            there.claimed.add(there.key(record))
    for source_id in {record.source_id for record in records if record.revision > 1}:
        family = [r for r in records if r.source_id == source_id and r.state == State.POSTED]
        worth = sum((there.worth(record) or ZERO for record in family), ZERO)
        if source_id in documents and worth != documents[source_id]:
            problems.append(f"{name} {source_id}: revisions come to {worth:,.2f} there, "
                            f"the source says {documents[source_id]:,.2f}")  # fmt: skip
    return problems


def unaccounted(name: str, documents: dict[str, Decimal], records: list[Record]) -> list[str]:
    """Lost, doubled, unknown or unfinished."""
    seen = Counter(record.source_id for record in records if record.revision == 1)
    problems = [f"{name}: {one} of the source has no record" for one in documents if not seen[one]]
    problems += [f"{name}: {one} has {count} records" for one, count in seen.items() if count > 1]
    for record in records:
        if record.state in (State.PENDING, State.RUNNING, State.IN_DOUBT):
            problems.append(f"{name} {record.number}: still {record.state} ({record.sentence})")
        elif record.state != State.POSTED and not record.sentence:
            problems.append(f"{name} {record.number}: {record.state} without a sentence")
    return problems


def requests_of(integration: Integration, flow: str) -> int:
    polls = Run.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    carried = Record.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    return int(polls["n"] or 0) + int(carried["n"] or 0)


def said(record: Record, worth: str) -> Decimal:
    """What we say that a document is worth which does not stand over there.

    A ledger's document counts as the other side shows it: there it may be net of tax.
    """
    amount = record.amount or ZERO
    if worth == "gross" or record.source.get("kind") not in LEDGER_KINDS:
        return amount
    tax = sum((Decimal(line["tax"]) for line in record.source.get("lines", [])), ZERO)
    return amount + tax if record.source["kind"] == LEDGER_MEMO else amount - tax


def is_gone(record: Record, documents: dict[str, Decimal]) -> bool:
    """The source does not have it any more."""
    return record.revision == 1 and record.source_id not in documents


def corrections(
    records: list[Record], worth: dict[int, Decimal], documents: dict[str, Decimal]
) -> dict[str, Any]:
    """Differences, and what they add to what the source says now.

    That is nothing where a document stands with its differences. It is all of them while the
    document is not settled, those that ended unposted, and what a person accepted as it is.
    """
    parents = {one.source_id: one for one in records if one.revision == 1}
    children = [one for one in records if one.revision > 1]
    added = ZERO
    for one in children:
        parent = parents[one.source_id]
        settled = parent.state == State.POSTED and one.state == State.POSTED
        added += ZERO if settled else worth[one.pk]
    for one in parents.values():
        if one.state == State.POSTED and one.difference_accepted and one.source_id in documents:
            family = [c for c in children if c.source_id == one.source_id and c.state == one.state]
            there = worth[one.pk] + sum((worth[c.pk] for c in family), ZERO)
            added += there - documents[one.source_id]
    return counted(len(children), added)


def total_of(records: list[Record], worth: dict[int, Decimal]) -> dict[str, Any]:
    return counted(len(records), sum((worth[record.pk] for record in records), ZERO))


def identity(name: str, columns: dict[str, dict[str, Any]]) -> list[str]:
    """source + corrections + gone = posted + held + skipped + set aside, else what is off."""
    problems = []
    for unit in ("documents", "total"):
        came = sum((Decimal(columns[word][unit]) for word in CAME), ZERO)
        went = sum((Decimal(columns[word][unit]) for word in WENT), ZERO)
        if came != went:
            problems.append(f"{name} does not close: {came:,} {unit} came, {went:,} went")
    return problems


def counted(documents: int, total: Decimal) -> dict[str, Any]:
    return {"documents": documents, "total": f"{total:.2f}"}


def show(report: dict[str, Any], output: IO[str]) -> None:
    """The same for people."""
    table = Table(title=f"{report['name']} {report['variant'].replace('_', ' ')}".strip())
    table.add_column("flow")
    for word in (*CAME, *WENT):
        table.add_column(word.replace("_", " "), justify="right")
    table.add_column("requests", justify="right")
    for flow in report["flows"]:
        shown = [flow[word] for word in (*CAME, *WENT)]
        cells = [f"{one['documents']} · {Decimal(one['total']):,.2f}" for one in shown]
        table.add_row(flow["name"], *cells, str(flow["requests"]))
    console = Console(file=output, width=190)
    console.print(table)
    verdict = "verified" if report["journal_verified"] else "BROKEN"
    console.print(f"Journal: {report['journal_entries']} lines, {verdict}.")
    console.print(f"Runs: {report['runs']} ended; each has its line in the journal, or is named.")
    for scene in report["scenes"]:
        verdict = f"{scene['count']} times" if scene["met"] else "NOT AS IT HAS TO BE"
        console.print(f"Shown: {scene['title']}: {verdict}.")
    said = report["reconciliation"]
    beside = "sums as at both ends" if said["compared"] else "sums not compared"
    console.print(
        f"Reconciliation: {said['cells']} cells, {said['differences']} with differences, "
        f"{said['unexplained']} not explained; {beside}."
    )
    for problem in report["problems"]:
        console.print(f"NOT ACCOUNTED FOR: {problem}")
    if report["ok"]:
        console.print("Every document is accounted for; both sides agree to the cent.")
