"""What the form of a connection asks for, vendor by vendor."""

from __future__ import annotations

from collections.abc import Iterator

from config.docs import markdown
from connections.registry import VENDORS, Case, Field, VendorModule

INTRODUCTION = (
    "Under *Connections → Add*: first the system, then what this system needs. What has a usual "
    "value may be left blank. Secrets are stored encrypted and never shown again. Then "
    "*Test connection* signs in and says what it found."
)


def page() -> str:
    parts = [markdown.paragraph(INTRODUCTION)]
    for vendor in VENDORS.values():
        fields = markdown.bullets(described(vendor, field) for field in vendor.fields)
        parts += [f"## {vendor.label}", fields]
    return markdown.page("Connections", *parts)


def described(vendor: VendorModule, field: Field) -> str:
    facts = "; ".join(told(vendor, field))
    first = f"**{field.label}**" + (f" ({facts})" if facts else "")
    return "\n".join(filter(None, (first, field.help)))


def told(vendor: VendorModule, field: Field) -> Iterator[str]:
    if field.secret:
        yield "secret"
    if not (field.required or field.default):
        yield "may stay blank"
    if field.choices:
        yield " or ".join(f"“{label}”" for _, label in field.choices)
    if field.default:
        yield f"usually “{dict(field.choices).get(field.default, field.default)}”"
    if field.only_when:
        yield "where " + ", or ".join(case(vendor, each) for each in field.only_when)


def case(vendor: VendorModule, given: Case) -> str:
    """Which other fields must say what, in the form's own words."""
    fields = {field.name: field for field in vendor.fields}
    parts = []
    for name, values in given.items():
        choices = dict(fields[name].choices)
        said = " or ".join(f"“{choices.get(value, value)}”" for value in values)
        parts.append(f"*{fields[name].label}* is {said}")
    return " and ".join(parts)
