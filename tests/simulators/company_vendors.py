"""The demo contractor's vendors: 300 subcontractors and suppliers, the same on every machine."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CURRENCY = "USD"


@dataclass(frozen=True)
class Vendor:
    number: str
    name: str
    street: str
    city: str
    state: str
    zip: str
    country: str = "US"
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    blocked: str = ""
    currency: str = CURRENCY


_CITIES = [
    ("Columbus", "OH", "43215", "614"), ("Dayton", "OH", "45402", "937"),
    ("Cleveland", "OH", "44114", "216"), ("Akron", "OH", "44308", "330"),
    ("Cincinnati", "OH", "45202", "513"), ("Toledo", "OH", "43604", "419"),
    ("Indianapolis", "IN", "46204", "317"), ("Fort Wayne", "IN", "46802", "260"),
    ("Pittsburgh", "PA", "15222", "412"), ("Erie", "PA", "16501", "814"),
    ("Louisville", "KY", "40202", "502"), ("Wheeling", "WV", "26003", "304"),
    ("Ann Arbor", "MI", "48104", "734"), ("Grand Rapids", "MI", "49503", "616"),
]  # fmt: skip
_STREETS = [
    "Industrial Pkwy", "Mill St", "Commerce Dr", "Front St", "Quarry Rd", "Canal Rd",
    "Foundry Ave", "Railroad St", "Depot Rd", "Enterprise Blvd", "State Route 16",
    "Olentangy River Rd",
]  # fmt: skip
_NAMES = [
    "Abbott", "Bauman", "Buckeye", "Calloway", "Cardinal", "Delgado", "Dempsey", "Eastgate",
    "Ferraro", "Gallagher", "Great Lakes", "Hostetler", "Iron Bridge", "Jansen", "Kowalski",
    "Lakeshore", "Maumee Valley", "McAllister", "Nguyen", "O'Rourke", "Ohio Valley", "Petrakis",
    "Quality First", "Ramirez", "Scioto", "Three Rivers", "Tri-County", "Underwood", "Vasquez",
    "Whitaker",
]  # fmt: skip
_TRADES = [
    "Concrete", "Masonry", "Steel Erectors", "Roofing", "Drywall", "Painting", "Plumbing",
    "Mechanical", "Electric", "Excavating", "Paving", "Glass & Glazing", "Flooring", "Landscaping",
    "Fire Protection", "Supply", "Lumber & Millwork", "Crane & Rigging", "Equipment Rental",
    "Ready Mix", "Insulation", "Acoustics", "Fence", "Waste Services", "Survey & Layout",
]  # fmt: skip
_FORMS = ["LLC", "Inc.", "Co.", "Contractors, Inc.", "& Sons", "Corp.", "Brothers LLC"]

_SPECIAL = [
    ("Müller & Söhne Fassadenbau GmbH", "Industriestraße 14", "Köln", "", "50667", "DE", "EUR"),
    ("Łódź Precast Sp. z o.o.", "ul. Piotrkowska 104", "Łódź", "", "90-926", "PL", "EUR"),
    ("Åkesson Trähus AB", "Storgatan 7", "Växjö", "", "352 30", "SE", "EUR"),
    ("Çelik Yapı Metal Sanayi A.Ş.", "Atatürk Cad. 55", "İzmir", "", "35210", "TR", "EUR"),
    ("Marbrerie Côté & Frères Ltée", "120 rue Saint-Denis", "Québec", "QC", "G1R 1A1", "CA", "CAD"),
    ("Great White North Steel Ltd.", "88 Barton St E", "Hamilton", "ON", "L8L 2V8", "CA", "CAD"),
    ("José Peña Stucco, Inc.", "412 Mound St", "Columbus", "OH", "43206", "US", "USD"),
    ("Dvořák Ornamental Iron Works", "29 Fleet Ave", "Cleveland", "OH", "44105", "US", "USD"),
    ("O'Brien, O'Brien & O'Brien Elevator Consultants", "1 Gay St", "Columbus", "OH", "43215", "US",
     "USD"),
    ("Consolidated Mid-Ohio Mechanical, Refrigeration, Sheet Metal & Building Automation "
     "Contractors, Inc.", "7700 Huntley Rd", "Columbus", "OH", "43229", "US", "USD"),
    ("The International Association for Structural Steel Detailing, Fabrication & Erection of "
     "Ohio, LLC", "3100 E 45th St", "Cleveland", "OH", "44127", "US", "USD"),
    ("Northwest Ohio & Southeast Michigan Joint Venture for Deep Foundations and Earth Retention "
     "System", "55 Summit St", "Toledo", "OH", "43604", "US", "USD"),
]  # fmt: skip
_BLOCKED = {"V10122": "All", "V10123": "Payment"}
_COUNT = 300


def _email(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ł", "l"))
    words = re.findall(r"[a-z]+", plain.encode("ascii", "ignore").decode().lower())
    return f"ar@{''.join(words)[:30]}.example"


def _special(index: int) -> Vendor:
    name, street, city, state, code, country, currency = _SPECIAL[index]
    number = f"V{10000 + index * 10 + 1:05d}"
    tax = f"31-{5550000 + index * 91:07d}" if country == "US" else f"{country}{800100200 + index}"
    phone = f"+1 614 555 {100 + index:04d}" if country in ("US", "CA") else ""
    return Vendor(number, name, street, city, state, code, country, phone, _email(name), tax,
                  currency=currency)  # fmt: skip


def _ordinary(index: int) -> Vendor:
    """Name, trade and place walk their lists at different paces, so no two are alike."""
    name, trade = _NAMES[index % len(_NAMES)], _TRADES[(index * 7 + index // 30) % len(_TRADES)]
    title = f"{name} {trade} {_FORMS[index * 3 % len(_FORMS)]}"
    city, state, code, area = _CITIES[index * 5 % len(_CITIES)]
    number = f"V{10122 + index:05d}"
    return Vendor(
        number, title, f"{100 + index * 37 % 9000} {_STREETS[index * 5 % len(_STREETS)]}",
        city, state, code, "US", f"+1 {area} 555 {1000 + index:04d}", _email(title),
        f"31-{1000000 + index * 7919:07d}", _BLOCKED.get(number, ""),
    )  # fmt: skip


VENDORS = sorted(
    [_special(index) for index in range(len(_SPECIAL))]
    + [_ordinary(index) for index in range(_COUNT - len(_SPECIAL))],
    key=lambda vendor: vendor.number,
)
