"""The digest of the morning: what needs each person, by cause. Sent once; nothing due, no mail.

To people by e-mail, each what he may see and do, and to the addresses of the site (ALERT_URLS).
A row for each day and recipient is claimed first, however often the task is delivered.
"""

from __future__ import annotations

import datetime as dt
import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from connections.companies.asked import Asks, asked, asked_by, asked_by_nobody
from connections.companies.duty import Duty, kept
from connections.pages.moments import when
from connections.transport.days import site_zone
from syncs import queue
from syncs.admin import list_sums
from syncs.formatting import age, count
from syncs.models import MorningMail
from syncs.morning import needs
from syncs.reconciliation.alerts import close_alert, deliver, open_alert

Told = tuple[str, list[needs.Need]]  # the duty or nothing, and what it takes
log = logging.getLogger(__name__)

AGAIN = dt.timedelta(minutes=15)  # after it could not be sent
TRIES = 8


def hour() -> dt.time | None:
    """Of the site's clock; None where no digest is wanted."""
    return dt.time.fromisoformat(settings.DIGEST_AT) if settings.DIGEST_AT else None


def ask_for_due(now: dt.datetime) -> None:
    """For the sweep: from the hour on each recipient has a row, and a task until done."""
    at, local = hour(), now.astimezone(site_zone())
    if at is None or local.time() < at:
        return
    mails = MorningMail.objects.filter(day=local.date())
    if not mails.exists():
        rows = [MorningMail(day=local.date(), to=to, tried_at=now) for to in recipients()]
        MorningMail.objects.bulk_create(rows, ignore_conflicts=True)
    for pk in open_ones(now).filter(day=local.date()).values_list("pk", flat=True):
        queue.ask("digest", pk)


def recipients() -> list[str]:
    """The site's addresses, and people of the admin who have one and did not say no."""
    names = list(people().values_list("username", flat=True)) if sends_mail() else []
    return [*([MorningMail.SITE] if settings.ALERT_URLS else []), *names]


def sends_mail() -> bool:
    """Whether a server is named by which people get mail."""
    return bool(settings.EMAIL_URL)


def people() -> Any:
    """Who gets a digest, where the site sends mail."""
    found = get_user_model().objects.filter(is_active=True, is_staff=True, no_digest=None)
    return found.exclude(email="")


def open_ones(now: dt.datetime) -> QuerySet[MorningMail]:
    """Neither done nor being sent at this moment."""
    fresh = Q(tries=0) | Q(tried_at__lt=now - AGAIN)
    return MorningMail.objects.filter(fresh, done_at=None, tries__lt=TRIES)


def tell(pk: int) -> None:
    """The task. Who comes second finds it claimed."""
    now = timezone.now()
    if not open_ones(now).filter(pk=pk).update(tries=F("tries") + 1, tried_at=now):
        return
    mail = MorningMail.objects.get(pk=pk)
    person, address = recipient(mail)
    parts = told_to(person, bool(address)) if person else []
    found = [need for _, needed in parts for need in needed]
    if not found:
        end(mail, "", 0)
        return
    subject, text = f"ml-connector: {count(len(found), 'cause')} to look at", body(parts)
    if address:
        text += f"\nTo get no digest: {settings.PUBLIC_URL}{reverse('digest')}"
    end(mail, by_mail(address, subject, text) if address else to_site(subject, text), len(found))


def recipient(mail: MorningMail) -> tuple[needs.Person | None, str]:
    """(who, e-mail address or empty for the site); nobody where he left or said no meanwhile."""
    if mail.to == MorningMail.SITE:
        return needs.Everybody(), ""
    user = people().filter(username=mail.to).first()
    return (user, user.email) if user else (None, "")


def told_to(person: Any, of_people: bool) -> list[Told]:
    """What needs him: in his usual roles, and what comes to that in each duty of his."""
    if not of_people:
        with asked_by_nobody():
            return [("", needs.of(person, list_sums.companies()))]
    with asked_by(person):
        found = [("", needs.of(person, list_sums.companies()))]
    for duty in kept(person):
        with asked(InCompanies(duty)):
            known = needs.of(person, list_sums.companies())
        with asked_by(person, duty):
            more = [need for need in needs.of(person, list_sums.companies()) if need not in known]
            found.append((str(duty), more))
    return [(heading, needed) for heading, needed in found if needed]


class InCompanies(Asks):
    """In his usual roles, of no other companies than those of a duty."""

    def __init__(self, duty: Duty) -> None:
        super().__init__(duty.user)
        self.seen = duty.companies


def by_mail(address: str, subject: str, text: str) -> str:
    """Empty, or why it was not sent, without the address."""
    try:
        send_mail(subject, text, None, [address])
    except (SMTPException, OSError, ValueError) as error:
        log.warning("the digest was not sent: %s", type(error).__name__)
        return f"The mail server did not take it ({type(error).__name__})."
    return ""


def to_site(subject: str, text: str) -> str:
    told, problem = deliver(subject, text)
    return "" if told else problem


def end(mail: MorningMail, problem: str, causes: int) -> None:
    """Done, or to be tried again; whoever looks at the alerts hears of that."""
    mail.problem, mail.causes = problem, causes
    mail.done_at = None if problem else timezone.now()
    mail.save(update_fields=["problem", "causes", "done_at"])
    key = f"digest:{mail.to}"
    if problem:
        whom = mail.to or "the addresses for alerts"
        open_alert(key, f"The digest of the morning was not sent to {whom}. {problem}")
    else:
        close_alert(key)


# -- what it says ----------------------------------------------------------------------------------


def body(found: list[Told]) -> str:
    parts = []
    for heading, needed in found:
        if heading:
            parts.append(f"— As {heading}, which you choose at the top of each page —")
        parts += [part(need) for need in needed]
    return "\n\n".join([*parts, f"As of {when(timezone.now())}. {settings.PUBLIC_URL}/"])


def part(need: needs.Need) -> str:
    """One cause: how much, since when, where, what to do."""
    facts = [need.counted, *need.money]
    if need.since:
        facts.append(f"the oldest for {age(need.since)}")
    label = f"Held, {need.label.lower()}" if need.kind == "held" else need.label
    lines = [f"{label}: {', '.join(facts)}", f"  {settings.PUBLIC_URL}{need.url}"]
    if need.todo:
        lines.append(f"  {need.todo}")
    lines += [f"  - {sentence}" for sentence, _ in need.named]
    return "\n".join(lines)
