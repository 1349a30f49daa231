"""Keystone Ridge Builders, the demo contractor that both stand-ins and the demo mappings share.

Nothing here is random: the same day gives the same company. Dates follow `TODAY` (UTC). In
`MAPPINGS` an empty cost type or project means "any". The three `UNMAPPED_COST_CODES` are in every
list but in no mapping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.simulators.company_vendors import CURRENCY, VENDORS, Vendor

__all__ = ["CURRENCY", "VENDORS", "Vendor"]

COMPANY_NAME = "Keystone Ridge Builders"
TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Job:
    number: str
    name: str
    city: str
    state: str
    start: date
    dimension_code: str


@dataclass(frozen=True)
class CostCode:
    code: str
    name: str
    division: str


@dataclass(frozen=True)
class CostType:
    code: str
    name: str
    base_type: str


@dataclass(frozen=True)
class Account:
    number: str
    name: str
    category: str
    account_type: str = "Posting"
    direct_posting: bool = True
    blocked: bool = False


@dataclass(frozen=True)
class Dimension:
    code: str
    name: str
    values: dict[str, str]


@dataclass(frozen=True)
class TaxCode:
    code: str
    name: str
    percent: Decimal


@dataclass(frozen=True)
class PaymentTerm:
    code: str
    name: str
    due: str


@dataclass(frozen=True)
class Mapping:
    cost_code: str
    cost_type: str
    project: str
    account: str
    dimensions: dict[str, str] = field(default_factory=dict)


def first_of_month(day: date, months: int) -> date:
    """The first day of the month that lies `months` after (or before) the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


CLOSED_BEFORE = first_of_month(TODAY, -3)
OPEN_UNTIL = first_of_month(TODAY, 2) - timedelta(days=1)

HEAD_OFFICE = Job("1000", "Head Office", "Columbus", "OH", first_of_month(TODAY, -60), "P-1000")
JOBS = [
    HEAD_OFFICE,
    Job("1042", "Riverside Medical Office Building", "Columbus", "OH",
        first_of_month(TODAY, -14), "P-1042"),
    Job("1043", "Lincoln Elementary School Addition", "Dayton", "OH",
        first_of_month(TODAY, -10), "P-1043"),
    Job("1044", "Harbor Point Apartments, Phase II", "Cleveland", "OH",
        first_of_month(TODAY, -8), "P-1044"),
    Job("1045", "Northgate Distribution Center", "Indianapolis", "IN",
        first_of_month(TODAY, -6), "P-1045"),
    Job("1046", "St. Brigid Parish Hall Renovation", "Pittsburgh", "PA",
        first_of_month(TODAY, -4), "P-1046"),
]  # fmt: skip

# The example of F&O has fifteen active jobs: these ten beside the five above, and smaller.
FIFTEEN = "demo_fifteen"
SMALL_JOBS = [
    Job(f"{1047 + at}", name, city, "OH", first_of_month(TODAY, -4 + at % 3), f"P-{1047 + at}")
    for at, (name, city) in enumerate((
        ("Wexford Fire Station 4", "Columbus"), ("Beacon Credit Union, Main Branch", "Dayton"),
        ("Olentangy Trail Bridge", "Columbus"), ("Maple Street Parking Deck", "Toledo"),
        ("Great Lakes Cold Storage", "Cleveland"), ("Hilltop Library Renovation", "Columbus"),
        ("Canal Works Brewery", "Akron"), ("Tri-County Dialysis Clinic", "Mansfield"),
        ("Sycamore Middle School Roof", "Cincinnati"), ("Fairgrounds Pavilion", "Lima"),
    ))
]  # fmt: skip


def jobs(company: str) -> list[Job]:
    """Of the company that a stand-in was asked for, the head office first."""
    return JOBS + SMALL_JOBS if company == FIFTEEN else JOBS


COST_TYPES = [
    CostType("L", "Labor", "labor"),
    CostType("M", "Materials", "materials"),
    CostType("S", "Subcontract", "commitment"),
    CostType("E", "Equipment", "equipment"),
    CostType("O", "Other", "other"),
]

DIVISIONS = {
    "01": "General Requirements", "02": "Existing Conditions", "03": "Concrete", "04": "Masonry",
    "05": "Metals", "06": "Wood, Plastics and Composites", "07": "Thermal and Moisture Protection",
    "08": "Openings", "09": "Finishes", "10": "Specialties", "11": "Equipment", "12": "Furnishings",
    "14": "Conveying Equipment", "21": "Fire Suppression", "22": "Plumbing", "23": "HVAC",
    "26": "Electrical", "27": "Communications", "28": "Electronic Safety and Security",
    "31": "Earthwork", "32": "Exterior Improvements", "33": "Utilities",
}  # fmt: skip

_COST_CODES = """
01-100 Summary of Work|01-310 Project Management and Coordination|01-320 Progress Documentation
01-410 Permits and Regulatory Fees|01-450 Quality Control and Testing|01-500 Temporary Facilities
01-510 Temporary Utilities|01-540 Scaffolding and Hoisting|01-560 Temporary Barriers
01-710 Surveying and Layout|01-740 Cleaning and Waste Management|01-780 Closeout Submittals
02-200 Site Assessment|02-410 Demolition|02-820 Asbestos Remediation
03-100 Concrete Forming|03-200 Concrete Reinforcing|03-300 Cast-in-Place Concrete
03-350 Concrete Finishing|03-400 Precast Concrete
04-050 Masonry Mortar and Grout|04-200 Unit Masonry|04-400 Stone Assemblies
05-100 Structural Steel Framing|05-300 Metal Decking|05-400 Cold-Formed Metal Framing
05-500 Metal Fabrications
06-100 Rough Carpentry|06-200 Finish Carpentry|06-400 Architectural Woodwork
07-100 Dampproofing and Waterproofing|07-200 Thermal Insulation|07-500 Membrane Roofing
07-840 Firestopping|07-920 Joint Sealants
08-100 Doors and Frames|08-330 Coiling Doors|08-400 Storefronts and Curtain Walls
08-700 Door Hardware|08-800 Glazing
09-200 Plaster and Gypsum Board|09-300 Tiling|09-500 Ceilings|09-650 Resilient Flooring
09-680 Carpeting|09-900 Painting and Coating
10-140 Signage|10-210 Toilet Compartments|10-440 Fire Protection Specialties
11-310 Residential Appliances|12-200 Window Treatments|12-300 Casework
14-200 Elevators
21-130 Fire Sprinkler Systems|22-100 Plumbing Piping|22-400 Plumbing Fixtures
23-050 HVAC Testing and Balancing|23-300 HVAC Air Distribution|23-700 Central HVAC Equipment
23-900 HVAC Controls
26-050 Basic Electrical Materials|26-200 Low-Voltage Distribution|26-320 Generators
26-500 Lighting|27-100 Structured Cabling|27-500 Distributed Communications
28-100 Access Control|28-310 Fire Detection and Alarm
31-100 Site Clearing|31-200 Earth Moving|31-250 Erosion and Sedimentation Controls
31-600 Special Foundations
32-120 Flexible Paving|32-160 Curbs and Sidewalks|32-310 Fences and Gates|32-900 Planting
33-100 Water Utilities|33-300 Sanitary Sewerage|33-400 Storm Drainage
"""

COST_CODES = [
    CostCode(text[:6], text[7:].strip(), text[:2])
    for line in _COST_CODES.strip().splitlines()
    for text in line.split("|")
]
UNMAPPED_COST_CODES = ("02-820", "14-200", "27-500")

# Job cost accounts: 5, cost type, group of divisions, 00. So 53200 is subcontracted structure.
_GROUPS = {
    1: ("General Conditions", ("01",)),
    2: ("Structure", ("03", "04", "05", "06")),
    3: ("Envelope and Finishes", ("07", "08", "09", "10", "11", "12")),
    4: ("Mechanical", ("14", "21", "22", "23")),
    5: ("Electrical", ("26", "27", "28")),
    6: ("Sitework", ("02", "31", "32", "33")),
}
_TYPE_DIGIT = {"L": 1, "M": 2, "S": 3, "E": 4, "O": 5}


def job_cost_account(cost_type: str, division: str) -> str:
    group = next(key for key, (_, divisions) in _GROUPS.items() if division in divisions)
    return f"5{_TYPE_DIGIT[cost_type]}{group}00"


def _job_cost_accounts() -> list[Account]:
    cogs, rows = "Cost of Goods Sold", []
    for cost_type in COST_TYPES:
        digit = _TYPE_DIGIT[cost_type.code]
        rows.append(Account(f"5{digit}000", f"Job Cost: {cost_type.name}", cogs, "Begin-Total"))
        rows += [
            Account(f"5{digit}{group}00", f"{cost_type.name}, {name}", cogs)
            for group, (name, _) in _GROUPS.items()
        ]
        rows.append(Account(f"5{digit}999", f"Total Job Cost: {cost_type.name}", cogs, "End-Total"))
    return rows


ACCOUNTS = [
    Account("10000", "ASSETS", "Assets", "Begin-Total"),
    Account("10100", "Operating Cash", "Assets"),
    Account("10200", "Payroll Cash", "Assets"),
    Account("11000", "Contracts Receivable", "Assets", direct_posting=False),
    Account("11100", "Retainage Receivable", "Assets"),
    Account("12000", "Prepaid Insurance", "Assets"),
    Account("12100", "Materials Inventory", "Assets"),
    Account("13000", "Costs in Excess of Billings", "Assets"),
    Account("15000", "Construction Equipment", "Assets"),
    Account("15900", "Accumulated Depreciation", "Assets"),
    Account("19999", "TOTAL ASSETS", "Assets", "End-Total"),
    Account("20000", "LIABILITIES", "Liabilities", "Begin-Total"),
    Account("20100", "Accounts Payable", "Liabilities", direct_posting=False),
    Account("20200", "Retainage Payable", "Liabilities"),
    Account("20210", "Retainage Released", "Liabilities"),
    Account("20300", "Sales Tax on Purchases", "Liabilities"),
    Account("20310", "Use Tax Accrued", "Liabilities"),
    Account("20400", "Payroll Clearing", "Liabilities"),
    Account("20410", "Accrued Wages", "Liabilities"),
    Account("20500", "Billings in Excess of Costs", "Liabilities"),
    Account("29999", "TOTAL LIABILITIES", "Liabilities", "End-Total"),
    Account("30000", "EQUITY", "Equity", "Heading"),
    Account("30100", "Common Stock", "Equity"),
    Account("30200", "Retained Earnings", "Equity"),
    Account("40000", "REVENUE", "Income", "Begin-Total"),
    Account("40100", "Contract Revenue", "Income"),
    Account("40200", "Change Order Revenue", "Income"),
    Account("49999", "TOTAL REVENUE", "Income", "End-Total"),
    *_job_cost_accounts(),
    Account("58000", "Job Cost, Old System", "Cost of Goods Sold", blocked=True),
    Account("58900", "Job Cost Adjustments, by Period Close Only", "Cost of Goods Sold",
            direct_posting=False),
    Account("60000", "OVERHEAD", "Expense", "Begin-Total"),
    Account("60100", "Office Salaries", "Expense"),
    Account("60200", "Office Rent", "Expense"),
    Account("60300", "Office Supplies", "Expense"),
    Account("60400", "Software and Subscriptions", "Expense"),
    Account("60500", "Insurance and Bonds", "Expense"),
    Account("60600", "Vehicles and Fuel", "Expense"),
    Account("60900", "Invoice Rounding", "Expense"),
    Account("69999", "TOTAL OVERHEAD", "Expense", "End-Total"),
    Account("90000", "MEMORANDUM", "", "Heading"),
    Account("90100", "Commitments, Memo", ""),
    Account("90110", "Commitments, Contra", ""),
    Account("90200", "Contract Revenue Changes, Memo", ""),
    Account("90210", "Contract Revenue Changes, Contra", ""),
]  # fmt: skip

ACCOUNT_RULES = {
    "retainage_held": "20200",
    "retainage_released": "20210",
    "rounding": "60900",
    "commitment": "90100",
    "commitment_contra": "90110",
    "contract_change": "90200",
    "contract_change_contra": "90210",
    "clearing": "20400",
}
PAYABLES_ACCOUNT = "20100"
RECEIVABLES_ACCOUNT = "11000"
TAX_ACCOUNT = "20300"

DIMENSIONS = [
    Dimension("PROJECT", "Project", {job.dimension_code: job.name[:50] for job in JOBS}),
    Dimension("COSTCODE", "Cost Code", {cost.code: cost.name[:50] for cost in COST_CODES}),
    Dimension("COSTTYPE", "Cost Type", {kind.code: kind.name for kind in COST_TYPES}),
    Dimension("DEPARTMENT", "Department",
              {"FIELD": "Field Operations", "OFFICE": "Office and Administration",
               "PRECON": "Estimating and Preconstruction", "SHOP": "Shop and Yard"}),
]  # fmt: skip

TAX_CODES = [
    TaxCode("NONTAXABLE", "Not taxable", Decimal("0")),
    TaxCode("LABOR", "Labor on job", Decimal("0")),
    TaxCode("MATERIALS", "Materials, Ohio and county", Decimal("7.25")),
    TaxCode("RENTAL", "Equipment rental", Decimal("6.75")),
    TaxCode("SUPPLIES", "Office supplies", Decimal("7.5")),
]

PAYMENT_TERMS = [
    PaymentTerm("NET30", "Net 30 days", "30D"),
    PaymentTerm("NET45", "Net 45 days", "45D"),
    PaymentTerm("NET10", "Net 10 days", "10D"),
    PaymentTerm("EOM", "End of month", "CM"),
    PaymentTerm("PAYPAID", "Pay when paid", "60D"),
]


def _code_mappings(cost: CostCode) -> list[Mapping]:
    """One rule for the code whatever its type (subcontract), and one for each other cost type."""
    rules = [("", "S"), *((kind.code, kind.code) for kind in COST_TYPES if kind.code != "S")]
    return [
        Mapping(cost.code, match, "", job_cost_account(kind, cost.division),
                {"COSTCODE": cost.code, "COSTTYPE": kind})
        for match, kind in rules
    ]  # fmt: skip


def _head_office_mappings() -> list[Mapping]:
    rules = {"01-100": "60100", "01-310": "60400", "01-410": "60500", "01-500": "60200",
             "01-510": "60600", "01-740": "60300"}  # fmt: skip
    return [
        Mapping(code, "", HEAD_OFFICE.number, account,
                {"COSTCODE": code, "COSTTYPE": "O", "DEPARTMENT": "OFFICE"})
        for code, account in rules.items()
    ]  # fmt: skip


MAPPINGS = [
    rule
    for cost in COST_CODES
    if cost.code not in UNMAPPED_COST_CODES
    for rule in _code_mappings(cost)
] + _head_office_mappings()
