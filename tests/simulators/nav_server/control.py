"""Control endpoints of a site: what its administrator, its partner and its bookkeepers do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.business_central import (
    BusinessCentralSimulator,
    approvals,
    correcting,
    steering,
)
from tests.simulators.business_central.model import Row
from tests.simulators.business_central.purchases import Unknown
from tests.simulators.business_central.steering import need
from tests.simulators.messages import Request, Response
from tests.simulators.routes import route

from . import codeunit
from .pages import DEFAULT_SERVICES, OPTIONS
from .site import CHOICES, SETTINGS, TEMPLATE, Site
from .windows import Handshakes

Run = Callable[[Site, dict[str, Any]], Row | None]
PLACE = "/control/nav"


class NavControl(BusinessCentralSimulator):
    """The controls; the page services come on top."""

    def __init__(self, **options: Any) -> None:
        self.handshakes = Handshakes()
        super().__init__(**options)

    @property
    def nav(self) -> dict[str, Any]:
        """The site's settings."""
        settings: dict[str, Any] = self.state.settings["nav"]
        return settings

    @property
    def site(self) -> Site:
        return Site(self.books, self.nav)

    def reset(self) -> None:
        super().reset()
        self.handshakes.forget()

    @route("GET", f"{PLACE}/settings")
    def nav_settings_shown(self, request: Request) -> Response:
        return Response(200, self.nav)

    @route("POST", f"{PLACE}/{{action}}")
    def nav_by_hand(self, request: Request) -> Response:
        run = BY_HAND.get(request.params["action"])
        if run is None:
            return Response(404, {"error": f"actions are {sorted(BY_HAND)}"})
        answer = self.steer(lambda books, data: run(self.site, data), request)
        if request.params["action"] == "settings":
            self.handshakes.forget()
        return answer


def settings(site: Site, data: dict[str, Any]) -> Row:
    """Body: any of `site.SETTINGS`. NAV 2018 has neither actions in OData nor API v2.0."""
    for name, content in data.items():
        if name not in SETTINGS:
            raise Unknown(f"unknown setting {name}; there are {sorted(SETTINGS)}")
        if name in CHOICES and content not in CHOICES[name]:
            raise Unknown(f"{name} is one of {CHOICES[name]}")
    if data.get("profile") == "nav2018":
        data = {"actions": False, "standard_api": False, **data}
    site.settings.update(
        {name: float(one) if isinstance(one, Decimal) else one for name, one in data.items()}
    )
    return dict(site.settings)


def key(site: Site, data: dict[str, Any]) -> None:
    """Body {"expired": true}: the web service access key runs out; false makes it valid again."""
    site.settings["key_expired"] = bool(data.get("expired", True))


def company(site: Site, data: dict[str, Any]) -> None:
    """Body {"name": "Bob's Ltd."}: another name of the company."""
    site.books.state.company["name"] = str(data["name"])[:30]


def services(site: Site, data: dict[str, Any]) -> Row:
    """Body: any of publish {name: page}, unpublish [names], rename {old: new},
    hide {set: [fields]} (gone from the page), reset true."""
    found: dict[str, int] = dict(site.settings["services"])
    if data.get("reset"):
        found = dict(DEFAULT_SERVICES)
        site.settings["hidden"] = {}
    for name, number in (data.get("publish") or {}).items():
        if number not in site.pages():
            raise Unknown(f"pages are {sorted(site.pages())}")
        found[name] = number
    for name in data.get("unpublish") or []:
        need({"page": found.pop(name)} if name in found else None, f"service {name}")
    for old, new in (data.get("rename") or {}).items():
        need({} if old in found else None, f"service {old}")
        found[new] = found.pop(old)
    site.settings["services"] = found
    _hide(site, data.get("hide") or {})
    return {"services": found, "hidden": site.settings["hidden"]}


def _hide(site: Site, hidden: dict[str, list[str]]) -> None:
    known = site.services()
    for name, fields in hidden.items():
        service = known.get(name)
        if service is None or not set(fields) <= set(service.columns):
            raise Unknown(f"no such set or field: {name} {fields}")
    site.settings["hidden"] = {**site.settings["hidden"], **hidden}


def setup(site: Site, data: dict[str, Any]) -> Row:
    """Body {"shortcuts": {"1": "PROJECT", …}}: the numbers of the dimensions, the others none."""
    wanted = {str(number): str(code) for number, code in (data.get("shortcuts") or {}).items()}
    for number, code in wanted.items():
        if number not in "12345678" or (code and site.books.find("dimension", code=code) is None):
            raise Unknown(f"no such number or dimension: {number} {code}")
    fields: Row = {f"shortcutDimension{n}Code": wanted.get(str(n), "") for n in range(1, 9)}
    site.books.change("generalLedgerSetup", site.books.setup, **fields)
    return fields


def status(site: Site, data: dict[str, Any]) -> Row:
    """Body: document ("Invoice", "Order", "Credit Memo"), no, status; what people do by hand."""
    wanted = data.get("status")
    if wanted not in OPTIONS["DocStatus"]:
        raise Unknown(f"status is one of {OPTIONS['DocStatus']}")
    kind = approvals.kind_of(str(data.get("document", "Invoice")))
    row = need(site.books.find(kind.entity, number=data.get("no"), _posted=False), "document")
    steps = {"Pending Approval": "send", "Released": "approve", "Open": "reopen"}
    asked = site.books.find("approvalEntry", documentNumber=row["number"])
    if wanted in steps and (wanted == "Pending Approval" or asked):
        steering.approve(site.books, {"id": row["id"], "step": steps[wanted]})
    else:
        approvals.set_status(site.books, kind, row, wanted)
    return {"no": row["number"], "status": row["_approval"]}


def post_journal(site: Site, data: dict[str, Any]) -> None:
    """Body: batch and template: a bookkeeper posts the journal batch."""
    found = site.books.find(
        "journal", code=data.get("batch"), templateDisplayName=data.get("template", TEMPLATE)
    )
    codeunit.post_journal(site.books, need(found, "batch"))


def cancel(site: Site, data: dict[str, Any]) -> Row:
    """Body {"no": posted number}: a bookkeeper cancels a posted invoice (Correct, Cancel)."""
    row = need(site.books.find("purchaseInvoice", number=data.get("no"), _posted=True), "invoice")
    return correcting.cancel(site.books, "purchaseInvoice", row)


def asleep(site: Site, data: dict[str, Any]) -> None:
    """Body {"seconds": 25}: the next answer takes so long, as after a restart."""
    site.settings["asleep"] = float(data.get("seconds", 25))


BY_HAND: dict[str, Run] = {
    run.__name__: run
    for run in (settings, key, company, services, setup, status, post_journal, cancel, asleep)
}
