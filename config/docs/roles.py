"""What each role may do, from the permissions that `create_roles` gives it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from django.db.models import Model

from config.docs import markdown
from config.docs.titles import pages
from connections.management.commands.create_roles import ROLES

INTRODUCTION = (
    "`manage.py create_roles` makes a group per role and gives it exactly these permissions. Run "
    "it again after an upgrade. A person gets a role under *Users*, and may have several. Only a "
    "superuser changes people and groups; the auditor sees them under *Access review*."
)
WORK = {
    "AP clerk": "Works off held records.",
    "Controller": "Decides how documents are booked, and approves.",
    "Approver": "Approves documents, and the loosening of controls; changes nothing himself.",
    "Project accountant": "Follows the records of projects.",
    "Integrator": "Keeps connections and integrations running.",
    "Auditor": "Reads everything, changes nothing.",
}
NOTES = (
    "Nobody approves what he had in hand last: an approval is a second person's, whatever the "
    "role.",
    "Who may approve a document may send it back instead, with a reason, also where he had it in "
    "hand last. It is held until its source or its mapping changed, or until somebody who may "
    "replay it asks for approval again with a note. Then it waits for an approval, whatever its "
    "flow asks for by now, and who sent it back may give it.",
    "Nobody loosens a control of a flow that is in use alone: *Changes of controls* wait until "
    "somebody else agrees, who reads what it holds: that is tried again then. Switching on "
    "a flow that has noted documents in shadow mode is such a "
    "loosening, also the first time; the way back is none.",
    "Who approves may go by the amount, per flow: nobody, one person, one with the right to "
    "approve large documents (Controller), or two persons. The first of two is told that another "
    "is awaited, and cannot be both.",
    "A closed month is opened again by two: one asks, and it waits under *Changes of controls*.",
    "Importing a file needs the rights to add and change rows of that table, too.",
    "Beside his roles a person is given companies, on his page under *Users*: all, also those to "
    "come, or some integrations. Until then he sees none, nor anything of them: no document, sum, "
    "mapping, alert or line of the journal. Who was here before there was a choice sees all, and "
    "so does a superuser. Nobody gives himself a company; each change is a line of the journal.",
    "*Roles in some companies*, below, are further roles that count only there: a clerk in two "
    "companies who approves in one. Whoever has any chooses at the top of each page how he acts: "
    "in his usual roles and all his companies, or with such roles beside the usual ones, while no"
    " other company is there for him. They give rights in companies that he sees anyway and never"
    " a company, nor anything over what belongs to none or to others, too: people, groups, hosts,"
    " the access review, the auditor’s package, texts of the message catalogue, the chart of "
    "accounts, shared systems. Who had a document in hand cannot approve it in another of his "
    "roles. They are given by who gives companies, to others only, with a line of the journal. "
    "Taken away, they end with the next page; the digest of the morning names what waits in each."
    " A superuser needs none.",
    "What is of all companies is for who sees all of them: the access review, the auditor’s "
    "package, new connections and integrations, alerts and lines of no company. Of a system that "
    "several companies share, only they change it and see its webhooks; its master data is for "
    "each of them.",
    "*Accept the difference* and *Post the difference* are approvals.",
    "*It is already there* (linking by number) goes with setting aside.",
)


def page() -> str:
    parts = [markdown.paragraph(INTRODUCTION), markdown.bullets(NOTES)]
    for role, patterns in ROLES.items():
        parts += [f"## {role}", WORK[role], markdown.bullets(may(patterns))]
    return markdown.page("Roles", *parts)


def may(patterns: tuple[str, ...]) -> Iterator[str]:
    """A line per table whose rows may be worked with, and one for those that are only seen."""
    seen = []
    for title, model in pages():
        verbs = [
            verb
            for verb, name in permissions(model)
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
        if verbs == ["see"]:
            seen.append(title)
        elif verbs:
            yield f"**{title}:** {', '.join(verbs)}"
    if seen:
        yield f"**Only see:** {', '.join(seen)}"


def permissions(model: type[Model]) -> Iterator[tuple[str, str]]:
    """(verb, permission) of all that can be done with it; seeing first."""
    meta = model._meta
    codes = [f"{verb}_{meta.model_name}" for verb in sorted(meta.default_permissions, key=order)]
    for code in [*codes, *(code for code, _ in meta.permissions)]:
        verb = code.removesuffix(f"_{meta.model_name}").replace("_", " ")
        yield "see" if verb == "view" else verb, f"{meta.app_label}.{code}"


def order(verb: str) -> int:
    known = ("view", "add", "change", "delete", "import", "export")
    return known.index(verb) if verb in known else len(known)
