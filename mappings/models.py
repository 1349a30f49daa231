"""What equals what: the mapping tables."""

from __future__ import annotations

from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import models

from connections.models import Integration
from mappings.checks import account_problem, dimension_problems, tax_problem, vendor_problem
from mappings.file_import import FileImport as FileImport  # Django looks for models here
from mappings.reference import ANY
from mappings.reference import Reference as Reference  # and here
from mappings.releases import Wanted
from mappings.undo.taken_file import TakenFile as TakenFile  # and here
from mappings.upload import Upload as Upload  # and here
from mappings.validity import Dated, forwards, one_at_a_time


class Mapping(models.Model):
    """Base of the mapping tables: belongs to an integration, has its history, may be imported."""

    integration = models.ForeignKey(Integration, models.CASCADE)
    note = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        """The problems of held documents that this row would solve; `before`: as it was stored."""
        raise NotImplementedError


def retargeted(row: CostCodeMapping | AccountRule, before: Mapping | None) -> list[Wanted]:
    """Problems with the account and the values that the row pointed to until now."""
    if not isinstance(before, (CostCodeMapping, AccountRule)):
        return []
    wanted = [Wanted.of("account", account=before.account)] * (before.account != row.account)
    return wanted + [
        Wanted.of("dimension", dimension=code, value=value)
        for code, value in before.dimensions.items()
        if row.dimensions.get(code) != value
    ]


def with_days(said: str, row: Dated) -> str:
    return f"{said}, {row.days}" if row.days else said


MAPPING_PERMISSIONS = ("add", "change", "delete", "view", "import", "export")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class CostCodeMapping(Dated, Mapping):
    """Cost code (+ cost type, + project) -> account and dimension values. Empty means any.

    The most specific rule wins: cost code counts before project, project before cost type.
    Dimension values may be `{project}`, `{cost_code}`, `{cost_type}`, `{sub_job}` and
    `{segment:…}` with the name of a segment of the company's own.
    """

    cost_code = models.CharField(max_length=60, blank=True, help_text="full code; empty = any")
    cost_type = models.CharField(max_length=20, blank=True, help_text="empty = any")
    project = models.CharField(max_length=60, blank=True, help_text="project number; empty = any")
    account = models.CharField(max_length=20)
    dimensions = models.JSONField(default=dict, blank=True)
    stands_for = ("integration", "cost_code", "cost_type", "project")

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        constraints = [forwards("cost_code_rule")]
        triggers = one_at_a_time("cost_code", "cost_type", "project")
        indexes = [models.Index(fields=["integration", "cost_code", "cost_type", "project"])]
        ordering = ["cost_code", "cost_type", "project", "valid_until"]

    def __str__(self) -> str:
        return with_days(f"{self.rule} → {self.account}", self)

    @property
    def rule(self) -> str:
        """The rule in words: what it applies to."""
        parts = (
            ("cost code", self.cost_code),
            ("cost type", self.cost_type),
            ("project", self.project),
        )
        named = [f"{name} {value}" for name, value in parts if value]
        return ", ".join(named) or "everything else"

    @property
    def specificity(self) -> int:
        return 4 * bool(self.cost_code) + 2 * bool(self.project) + bool(self.cost_type)

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        facts = {"cost_type": self.cost_type, "project": self.project}
        covered = Wanted.of("cost_code", cost_code=self.cost_code, **facts).within(self)
        reached = Wanted.of("ledger_account", ledger_account=self.account).within(self)
        return [covered, reached, *retargeted(self, before)]

    def take_any(self) -> None:
        """`*` is how any is written, in a form as in a file."""
        for name in ("cost_code", "cost_type", "project"):
            if getattr(self, name) == ANY:
                setattr(self, name, "")

    def clean(self) -> None:
        """Refuse an account or value that the ledger would refuse."""
        self.take_any()
        if not self.integration_id:
            return
        problems: dict[str, Any] = {}
        ledger = self.integration.ledger
        if self.account and (problem := account_problem(ledger, self.account)):
            problems["account"] = problem
        if wrong := dimension_problems(ledger, self.dimensions):
            problems["dimensions"] = wrong
        if problems:
            raise ValidationError(problems)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class VendorLink(Mapping):
    """A project system's vendor equals this ledger vendor."""

    class Origin(models.TextChoices):
        SYNC = "sync", "Created by the sync"
        NAME = "name", "Same name"
        PERSON = "person", "Linked by a person"
        IMPORT = "import", "Imported"

    project_vendor_id = models.CharField(max_length=60)
    project_vendor_name = models.CharField(max_length=300, blank=True)
    ledger_number = models.CharField(max_length=60)
    ledger_name = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PERSON)

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "project_vendor_id"], name="one_ledger_vendor_each"
            )
        ]
        indexes = [models.Index(fields=["integration", "ledger_number"])]
        ordering = ["ledger_number"]

    def __str__(self) -> str:
        return f"{self.project_vendor_name or self.project_vendor_id} = {self.ledger_number}"

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        return [
            Wanted.of("vendor_id", vendor_id=self.project_vendor_id),
            Wanted.of("ledger_vendor", ledger_vendor=self.ledger_number),
        ]

    def clean(self) -> None:
        if not self.integration_id:
            return
        number = self.ledger_number
        if number and (problem := vendor_problem(self.integration.ledger, number)):
            raise ValidationError({"ledger_number": problem})


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ProjectLink(Mapping):
    """A project of the project system equals this dimension value in the ledger."""

    project_id = models.CharField(max_length=60)
    project_number = models.CharField(max_length=60)
    project_name = models.CharField(max_length=300, blank=True)
    dimension = models.CharField(max_length=20, default="PROJECT")
    value = models.CharField(max_length=20)

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        constraints = [
            models.UniqueConstraint(fields=["integration", "project_id"], name="one_value_each")
        ]
        ordering = ["project_number"]

    def __str__(self) -> str:
        return f"{self.project_number} = {self.dimension} {self.value}"

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        wanted = [
            Wanted.of("project_id", project_id=self.project_id),
            Wanted.of("project_value", project_value=self.value),
        ]
        if isinstance(before, ProjectLink) and before.value != self.value:
            wanted.append(Wanted.of("dimension", dimension=before.dimension, value=before.value))
        return wanted

    def clean(self) -> None:
        if not self.integration_id:
            return
        said = {self.dimension: self.value} if self.value else {}
        if wrong := dimension_problems(self.integration.ledger, said):
            raise ValidationError({"value": wrong})


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TaxLink(Dated, Mapping):
    """A tax code of the project system equals this tax code of the ledger."""

    project_code = models.CharField(max_length=60)
    ledger_code = models.CharField(max_length=50)
    stands_for = ("integration", "project_code")

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        constraints = [forwards("tax_link")]
        triggers = one_at_a_time("project_code")
        indexes = [models.Index(fields=["integration", "project_code"])]
        ordering = ["project_code", "valid_until"]

    def __str__(self) -> str:
        return with_days(f"{self.project_code} = {self.ledger_code}", self)

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        return [Wanted.of("tax_code", tax_code=self.project_code).within(self)]

    def clean(self) -> None:
        """Refuse a code that the ledger would refuse."""
        if not self.integration_id:
            return
        code = self.ledger_code
        if code and (problem := tax_problem(self.integration.ledger, code)):
            raise ValidationError({"ledger_code": problem})


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AccountRule(Dated, Mapping):
    """Accounts that no cost code decides: retainage, rounding, commitments, clearing."""

    class Purpose(models.TextChoices):
        RETAINAGE_HELD = "retainage_held", "Retainage held"
        RETAINAGE_RELEASED = "retainage_released", "Retainage released"
        ROUNDING = "rounding", "Rounding differences"
        COMMITMENT = "commitment", "Commitments"
        COMMITMENT_CONTRA = "commitment_contra", "Commitments, contra"
        CONTRACT_CHANGE = "contract_change", "Prime contract changes"
        CONTRACT_CHANGE_CONTRA = "contract_change_contra", "Prime contract changes, contra"
        CLEARING = "clearing", "Clearing (costs without a vendor)"
        MARKUP = "markup", "Financial markup of change orders"

    purpose = models.CharField(max_length=30, choices=Purpose)
    account = models.CharField(max_length=20)
    dimensions = models.JSONField(default=dict, blank=True)
    stands_for = ("integration", "purpose")

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        constraints = [forwards("account_rule")]
        triggers = one_at_a_time("purpose")
        indexes = [models.Index(fields=["integration", "purpose"])]
        ordering = ["purpose", "valid_until"]

    def __str__(self) -> str:
        return with_days(f"{self.get_purpose_display()} → {self.account}", self)

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        covered = Wanted.of("purpose", purpose=self.purpose).within(self)
        return [covered, *retargeted(self, before)]

    def clean(self) -> None:
        if not self.integration_id:
            return
        ledger = self.integration.ledger
        if self.account and (problem := account_problem(ledger, self.account)):
            raise ValidationError({"account": problem})
        if wrong := dimension_problems(ledger, self.dimensions):
            raise ValidationError({"dimensions": wrong})


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(),
    exclude=["checked_at", "problems"],  # what a check stores is nobody's change
)  # fmt: skip
class BoardLayout(Mapping):
    """The board on which one kind of purchase document is shown, and the column of each fact.

    Columns and labels are known by their ids, so that people may rename them.
    """

    class Kind(models.TextChoices):
        INVOICES = "ledger_invoice", "Purchase invoices"
        ORDERS = "ledger_order", "Purchase orders"

    kind = models.CharField(max_length=20, choices=Kind)
    board_id = models.CharField(max_length=40)
    board_name = models.CharField(max_length=255, blank=True)
    board_url = models.URLField(max_length=500, blank=True)
    columns = models.JSONField(default=dict, help_text="fact -> column id")
    statuses = models.JSONField(default=dict, help_text="the ledger's status -> label id")
    checked_at = models.DateTimeField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True, help_text="sentences; none = ready")

    class Meta:
        verbose_name = "board"
        default_permissions = ("add", "change", "delete", "view")
        constraints = [
            models.UniqueConstraint(fields=["integration", "kind"], name="one_board_per_kind"),
            models.UniqueConstraint(fields=["integration", "board_id"], name="one_kind_per_board"),
        ]
        ordering = ["kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on “{self.board_name or self.board_id}”"

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        return [Wanted.of("board", board=self.kind)]


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class StatusRule(Mapping):
    """What it means when a person sets this label in the approval column."""

    class Meaning(models.TextChoices):
        PENDING = "pending", "Nobody decided yet (new items get it)"
        RELEASE = "release", "Release the document"
        REOPEN = "reopen", "Reopen the document"
        APPROVE = "approve", "Approve it"
        POST = "post", "Post the document (never to be taken back)"
        REJECT = "reject", "Reject it"
        REFUSED = "refused", "The ledger refused (the connector sets it)"
        NOTHING = "nothing", "Nothing: people's own label"

    kind = models.CharField(max_length=20, choices=BoardLayout.Kind)
    label_id = models.CharField(max_length=20)
    label = models.CharField(max_length=60, blank=True, help_text="as it read when it was mapped")
    meaning = models.CharField(max_length=10, choices=Meaning)
    way = models.CharField(
        max_length=20, blank=True, help_text="how it reaches the ledger; empty = the best there is"
    )

    class Meta:
        verbose_name = "label meaning"
        default_permissions = ("add", "change", "delete", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "kind", "label_id"], name="one_meaning_per_label"
            ),
            models.UniqueConstraint(
                fields=["integration", "kind", "meaning"],
                condition=models.Q(meaning__in=["pending", "refused"]),
                name="one_pending_one_refused",
            ),
        ]
        ordering = ["kind", "label_id"]

    def __str__(self) -> str:
        return f"{self.label or self.label_id}: {self.get_meaning_display()}"

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        return [Wanted.of("label", label=self.label_id)]


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ChartAccount(Mapping):
    """An account of a ledger whose services have no chart of accounts: imported from a file."""

    number = models.CharField(max_length=130, help_text="whole, with all segments")
    name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=100, blank=True)
    posting = models.BooleanField("posting account", default=True)
    active = models.BooleanField(default=True)
    direct = models.BooleanField("takes entries", default=True)

    class Meta:
        default_permissions = MAPPING_PERMISSIONS
        verbose_name = "account of the chart"
        verbose_name_plural = "chart of accounts"
        constraints = [
            models.UniqueConstraint(fields=["integration", "number"], name="one_chart_row_each")
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    def wanted(self, before: Mapping | None = None) -> list[Wanted]:
        """A document waits for a rule; the master data is read anew when the chart changed."""
        return []
