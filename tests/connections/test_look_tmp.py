import datetime as dt, os
import pytest
from django.utils import timezone
from django.contrib.auth.models import User
from playwright.sync_api import sync_playwright
from connections.models import *
from audit.journal import RecordJournal, append
from audit.models import Entry
from syncs.alerts import open_alert, tell

@pytest.mark.django_db(transaction=True)
def test_look(live_server):
    User.objects.create_superuser("ann", password="pw")
    now = timezone.now()
    c = Connection.objects.create(name="Northgate – Business Central", vendor="business_central", settings={}, secrets={"client_secret":"TOPSECRET"}, test_ok=True, tested_at=now, test_findings=["Company CRONUS Northgate found, 12 ledger accounts are missing direct posting.", "Permissions: read and write purchase invoices.", "Clock difference 1 second."])
    p = Connection.objects.create(name="Northgate – Procore", vendor="procore", settings={"company_id":"8089"}, secrets={"client_secret":"TOPSECRET"}, test_ok=False, tested_at=now, test_findings=["Procore refused the sign-in: invalid_client"])
    p.pause(now+dt.timedelta(minutes=8), "Procore refused the sign-in: invalid_client")
    Token.objects.create(connection=c, access_token="x", obtained_at=now, expires_at=now+dt.timedelta(minutes=59))
    Token.objects.create(connection=p, access_token="", obtained_at=now, expires_at=now, failures=3, failed_at=now, error="Procore refused the sign-in: invalid_client")
    RateBudget.objects.create(connection=c, limit=6000, remaining=5713, reset_at=now+dt.timedelta(minutes=3), used=128734, throttled=2)
    for i, s in enumerate(["active","failed","wanted","gone"]*2):
        Subscription.objects.create(connection=p, resource=["Requisitions","Direct Costs","Purchase Order Contracts","Change Order Packages"][i%4], scope=str(i), scope_name=f"260{i} Harbour Bridge, Pier {i}", state=s, expires_at=now+dt.timedelta(hours=9), last_delivery_at=now if i%2 else None, error="The webhook address did not answer the handshake within 5 seconds." if s=="failed" else "")
    Integration.objects.create(name="Northgate", key="bc_procore", project_system=p, ledger=c)
    for r in range(30):
        j = RecordJournal("bc_procore", "subcontractor_invoices", r)
        j.append("noted", f"Noted: requisition {r} of Harbour Bridge")
        n = j.intent(f"Create purchase invoice INV-{r}", "POST", "https://api.businesscentral.dynamics.com/v2.0/tenant/production/api/v2.0/companies(1)/purchaseInvoices", {"vendorNumber":"V100","lines":[{"amount":"1200.50","text":"Concrete, pier 2 "*6}]})
        j.outcome(n, "done", 201, {"id": "5", "number": "PI-1000"})
        j.append("state", f"Posted: Posted as PI-10{r}, USD 12,000.50.")
    append("person", "Replay", record=3, actor="ann.controller")
    a = open_alert("x", "Procore refused the sign-in: invalid_client. Nothing of Procore is read until it works again.")
    tell(a.pk)
    with sync_playwright() as pw:
        b = pw.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for w in (1366, 1920):
            page = b.new_page(viewport={"width": w, "height": 900})
            errors=[]
            page.on("console", lambda m: errors.append(m.text) if m.type=="error" else None)
            page.on("request", lambda r: errors.append("OUT "+r.url) if "localhost" not in r.url and "127.0.0.1" not in r.url and not r.url.startswith("data:") else None)
            page.goto(live_server.url + "/login/")
            page.fill("[name=username]", "ann"); page.fill("[name=password]", "pw"); page.click("[type=submit]")
            e = Entry.objects.get(sequence=2)
            for name, url in {"conns":"/connections/connection/","add":"/connections/connection/add/","add2":"/connections/connection/add/?vendor=procore","bc":f"/connections/connection/{c.pk}/change/","procore":f"/connections/connection/{p.pk}/change/","integ":"/connections/integration/","integ1":"/connections/integration/add/","subs":"/connections/subscription/","audit":"/audit/entry/","entry":f"/audit/entry/{e.pk}/change/","verify":"/audit/entry/verify/","alerts":"/syncs/alert/","alert":f"/syncs/alert/{a.pk}/change/"}.items():
                page.goto(live_server.url+url)
                if name=="verify": page.click("text=Verify now")
                page.wait_for_timeout(250)
                sw = page.evaluate("document.documentElement.scrollWidth")
                if sw > w: errors.append(f"{name} wider {sw}")
                page.screenshot(path=f"/tmp/shots/{w}-{name}.png", full_page=True)
            print(w, errors)
            page.close()
        b.close()
