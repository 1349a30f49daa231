"""The entity sets of API v2.0: fields in page order, parts in page order, what may be written.

A field is `name:kind` with `!` for read-only and `^` for set once. Kinds: g guid, cN Code[N] (upper
case), sN Text[N], n decimal, i integer, b boolean, d date, t datetime, o option, e:Enum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
NO_DATE = "0001-01-01"

_LINE_TYPES = "Comment|Account|Item|Resource|Fixed Asset|Charge|Allocation Account"
_ACCOUNT_TYPES = (
    "G/L Account|Customer|Vendor|Bank Account|Fixed Asset|IC Partner|Employee|Allocation Account"
)
_PARENTS = (
    " |Journal|Journal Line|Purchase Invoice|Purchase Invoice Line|General Ledger Entry"
    "|Purchase Receipt|Purchase Receipt Line|Purchase Order|Purchase Order Line"
    "|Purchase Credit Memo|Purchase Credit Memo Line|Vendor|Job|Item|Customer|Employee"
)
ENUMS = {
    name: tuple(members.split("|"))
    for name, members in {
        "Category": " |Assets|Liabilities|Equity|Income|Cost of Goods Sold|Expense",
        "AccountKind": "Posting|Heading|Total|Begin-Total|End-Total",
        "Blocked": " |Payment|All",
        "Validation": " |Code Mandatory|Same Code|No Code",
        "Parent": _PARENTS,
        "InvoiceStatus": " |Draft|In Review|Open|Paid|Canceled|Corrective",
        "MemoStatus": "Draft|In Review|Open|Canceled|Corrective|Paid",
        "OrderStatus": "Draft|In Review|Open",
        "LineType": _LINE_TYPES,
        "AccountType": _ACCOUNT_TYPES,
        "EntryType": " |Payment|Invoice|Credit Memo|Finance Charge Memo|Reminder|Refund",
        "TaxType": "Sales Tax|VAT",
        "ApprovalType": "Quote|Order|Invoice|Credit Memo|Blanket Order|Return Order| |Payment",
        "ApprovalStatus": "Created|Open|Canceled|Rejected|Approved| ",
        "ValueType": "Standard|Heading|Total|Begin-Total|End-Total",
    }.items()
}


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    length: int = 0
    read_only: bool = False
    once: bool = False
    enum: tuple[str, ...] = ()

    @property
    def blank(self) -> Any:
        """What an empty field of this kind reads as."""
        if self.kind == "e":
            return self.enum[0]
        return {"g": ZERO_GUID, "n": 0, "i": 0, "b": False, "d": NO_DATE}.get(self.kind, "")


@dataclass(frozen=True)
class Part:
    name: str
    entity: str


@dataclass(frozen=True)
class Entity:
    name: str
    set: str
    allowed: str
    fields: dict[str, Field]
    parts: tuple[Part, ...]
    label: str

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def _field(text: str) -> Field:
    name, kind = text.rstrip("!^").split(":", 1)
    read_only, once = text.endswith("!"), text.endswith("^")
    if kind.startswith("e:"):
        return Field(name, "e", 0, read_only, once, ENUMS[kind[2:]])
    return Field(name, kind[0], int(kind[1:] or 0), read_only, once)


def _entity(block: str) -> Entity:
    head, *body = block.strip().splitlines()
    name, set_name, allowed, label = head.split(None, 3)
    words = " ".join(body).split()
    parts = tuple(Part(*word[1:].split("=")) for word in words if word.startswith(">"))
    fields = [_field(word) for word in words if not word.startswith(">")]
    return Entity(name, set_name, allowed, {f.name: f for f in fields}, parts, label)


_TOTALS = """discountAppliedBeforeTax:b! totalAmountExcludingTax:n! totalTaxAmount:n!
 totalAmountIncludingTax:n!"""
_BUY_FROM = """buyFromAddressLine1:s100 buyFromAddressLine2:s50 buyFromCity:s30 buyFromCountry:c10
 buyFromState:s30 buyFromPostCode:c20"""
_SHIP_TO = """shipToAddressLine1:s100 shipToAddressLine2:s50 shipToCity:s30 shipToCountry:c10
 shipToState:s30 shipToPostCode:c20"""
_PAY_TO = """payToAddressLine1:s100! payToAddressLine2:s50! payToCity:s30! payToCountry:c10!
 payToState:s30! payToPostCode:c20!"""
_SHORTCUTS = "shortcutDimension1Code:c20 shortcutDimension2Code:c20 currencyId:g currencyCode:c10"
_LINE_HEAD = """id:g! documentId:g^ sequence:i^ itemId:g accountId:g lineType:e:LineType
 lineObjectNumber:c20^ description:s100"""
_UNIT = "unitOfMeasureId:g unitOfMeasureCode:c10"
_LINE_TAIL = "itemVariantId:g locationId:g >dimensionSetLines=dimensionSetLine"


def _amounts(mark: str) -> str:
    return f"""discountAmount:n discountPercent:n discountAppliedBeforeTax:b!
 amountExcludingTax:n{mark} taxCode:c50 taxPercent:n! totalTaxAmount:n! amountIncludingTax:n{mark}
 invoiceDiscountAllocation:n{mark} netAmount:n{mark} netTaxAmount:n{mark}
 netAmountIncludingTax:n{mark}"""


_TEXT = f"""
companyInformation companyInformation M Company Information
 id:g! displayName:s100 addressLine1:s100 addressLine2:s50 city:s30 state:s30 country:c10
 postalCode:c20 phoneNumber:s30 faxNumber:s30 email:s80 website:s255 taxRegistrationNumber:s50
 currencyCode:c10! currentFiscalYearStartDate:d! industry:s30! lastModifiedDateTime:t!

generalLedgerSetup generalLedgerSetup - General Ledger Setup
 id:g! allowPostingFrom:d! allowPostingTo:d! additionalReportingCurrency:c10!
 localCurrencyCode:c10! localCurrencySymbol:s10! lastModifiedDateTime:t!
 allowQueryFromConsolidation:b! shortcutDimension1Code:c20! shortcutDimension2Code:c20!
 shortcutDimension3Code:c20! shortcutDimension4Code:c20! shortcutDimension5Code:c20!
 shortcutDimension6Code:c20! shortcutDimension7Code:c20! shortcutDimension8Code:c20!

accountingPeriod accountingPeriods - Accounting Period
 id:g! startingDate:d! name:s10! newFiscalYear:b! closed:b! dateLocked:b! lastModifiedDateTime:t!

account accounts - G/L Account
 id:g! number:c20! displayName:s100! category:e:Category! subCategory:s80! blocked:b!
 accountType:e:AccountKind! directPosting:b! netChange:n! consolidationTranslationMethod:o!
 consolidationDebitAccount:c20! consolidationCreditAccount:c20! excludeFromConsolidation:b!
 lastModifiedDateTime:t!

vendor vendors IMD Vendor
 id:g! number:c20 displayName:s100 addressLine1:s100 addressLine2:s50 city:s30 state:s30
 country:c10 postalCode:c20 phoneNumber:s30 email:s80 website:s255 taxRegistrationNumber:s50
 currencyId:g currencyCode:c10 irs1099Code:c10 paymentTermsId:g paymentMethodId:g taxLiable:b
 blocked:e:Blocked balance:n! lastModifiedDateTime:t! >defaultDimensions=defaultDimension
 >documentAttachments=documentAttachment

defaultDimension defaultDimensions IMD Default Dimension
 id:g! parentType:e:Parent parentId:g dimensionId:g dimensionCode:c20! dimensionValueId:g
 dimensionValueCode:c20! postingValidation:e:Validation lastModifiedDateTime:t!

dimension dimensions - Dimension
 id:g! code:c20! displayName:s30! consolidationCode:c20! lastModifiedDateTime:t!
 >dimensionValues=dimensionValue

dimensionValue dimensionValues - Dimension Value
 id:g! code:c20! dimensionId:g! displayName:s50! consolidationCode:c20! lastModifiedDateTime:t!

financeDimensionValue dimensionValues - Dimension Value
 id:g! dimensionCode:c20! dimensionValueCode:c20! dimensionValueName:s50! dimensionValueId:i!
 dimensionValueType:e:ValueType! blocked:b! indentation:i! globalDimensionNumber:i!
 lastModifiedDateTime:t!

dimensionSetLine dimensionSetLines IMD Dimension Set Entry
 id:g^ code:c20^ consolidationCode:c20! parentId:g! parentType:e:Parent! displayName:s30!
 valueId:g valueCode:c20 valueConsolidationCode:c20! valueDisplayName:s50!

currency currencies IMD Currency
 id:g! code:c10 displayName:s30 symbol:s10 amountDecimalPlaces:s5 amountRoundingPrecision:n
 lastModifiedDateTime:t!

currencyExchangeRate currencyExchangeRates - Currency Exchange Rate
 id:g! currencyCode:c10! startingDate:d! exchangeRateAmount:n! relationalExchangeRateAmount:n!
 lastModifiedDateTime:t!

paymentTerm paymentTerms IMD Payment Terms
 id:g! code:c10 displayName:s100 dueDateCalculation:s32 discountDateCalculation:s32
 discountPercent:n calculateDiscountOnCreditMemos:b lastModifiedDateTime:t!

paymentMethod paymentMethods IMD Payment Method
 id:g! code:c10 displayName:s100 lastModifiedDateTime:t!

taxGroup taxGroups IMD Tax Group
 id:g! code:c20 displayName:s100 taxType:e:TaxType! lastModifiedDateTime:t!

project projects IMD Job
 id:g! number:c20 displayName:s100 lastModifiedDateTime:t!

purchaseInvoice purchaseInvoices IMD Purchase Invoice
 id:g! number:c20! postingDate:d invoiceDate:d dueDate:d vendorInvoiceNumber:c35 vendorId:g
 vendorNumber:c20 vendorName:s100! payToName:s100! payToContact:s100! payToVendorId:g
 payToVendorNumber:c20 shipToName:s100 shipToContact:s100 {_BUY_FROM} {_SHIP_TO} {_PAY_TO}
 {_SHORTCUTS} orderId:g! orderNumber:c20! purchaser:c20 pricesIncludeTax:b
 >dimensionSetLines=dimensionSetLine >purchaseInvoiceLines=purchaseInvoiceLine discountAmount:n
 {_TOTALS} status:e:InvoiceStatus! lastModifiedDateTime:t!
 >documentAttachments=documentAttachment

purchaseInvoiceLine purchaseInvoiceLines IMD Purchase Line
 {_LINE_HEAD} description2:s50 {_UNIT} unitCost:n quantity:n {_amounts("")} expectedReceiptDate:d
 {_LINE_TAIL}

purchaseCreditMemo purchaseCreditMemos IMD Purchase Credit Memo
 id:g! number:c20! creditMemoDate:d postingDate:d dueDate:d vendorId:g vendorNumber:c20
 vendorName:s100! vendorCreditMemoNumber:c35 payToVendorId:g payToVendorNumber:c20
 payToName:s100! {_BUY_FROM} {_PAY_TO.replace("!", "")} {_SHORTCUTS} paymentTermsId:g
 shipmentMethodId:g purchaser:c20 pricesIncludeTax:b! discountAmount:n {_TOTALS}
 status:e:MemoStatus! lastModifiedDateTime:t! invoiceId:g invoiceNumber:c20
 vendorReturnReasonId:g >dimensionSetLines=dimensionSetLine
 >purchaseCreditMemoLines=purchaseCreditMemoLine >documentAttachments=documentAttachment

purchaseCreditMemoLine purchaseCreditMemoLines IMD Purchase Line
 {_LINE_HEAD} {_UNIT} unitCost:n quantity:n {_amounts("!")} {_LINE_TAIL}

purchaseOrder purchaseOrders IMD Purchase Order
 id:g! number:c20! orderDate:d postingDate:d vendorId:g vendorNumber:c20 vendorName:s100!
 payToName:s100! payToVendorId:g payToVendorNumber:c20 shipToName:s100 shipToContact:s100
 {_BUY_FROM} {_PAY_TO} {_SHIP_TO} {_SHORTCUTS} pricesIncludeTax:b paymentTermsId:g
 shipmentMethodId:g purchaser:c20 requestedReceiptDate:d
 >purchaseOrderLines=purchaseOrderLine discountAmount:n {_TOTALS} fullyReceived:b
 status:e:OrderStatus! lastModifiedDateTime:t! >dimensionSetLines=dimensionSetLine
 >documentAttachments=documentAttachment

purchaseOrderLine purchaseOrderLines IMD Purchase Line
 {_LINE_HEAD} description2:s50 {_UNIT} quantity:n directUnitCost:n {_amounts("!")}
 expectedReceiptDate:d receivedQuantity:n! invoicedQuantity:n! invoiceQuantity:n
 receiveQuantity:n {_LINE_TAIL}

purchaseReceipt purchaseReceipts - Purch. Rcpt. Header
 id:g! number:c20! invoiceDate:d! postingDate:d! vendorNumber:c20! vendorName:s100!
 orderNumber:c20! lastModifiedDateTime:t!

journal journals IMD Gen. Journal Batch
 id:g! code:c10 displayName:s100 templateDisplayName:c10 lastModifiedDateTime:t!
 balancingAccountId:g balancingAccountNumber:c20! >journalLines=journalLine

journalLine journalLines IMD Gen. Journal Line
 id:g! journalId:g^ journalDisplayName:c10^ lineNumber:i accountType:e:AccountType accountId:g
 accountNumber:c20 postingDate:d documentNumber:c20 externalDocumentNumber:c35 amount:n
 description:s100 comment:s250 taxCode:c20 balanceAccountType:e:AccountType balancingAccountId:g
 balancingAccountNumber:c20 lastModifiedDateTime:t! >dimensionSetLines=dimensionSetLine

generalLedgerEntry generalLedgerEntries - G/L Entry
 id:g! entryNumber:i! postingDate:d! documentNumber:c20! documentType:e:EntryType! accountId:g!
 accountNumber:c20! description:s100! debitAmount:n! creditAmount:n!
 additionalCurrencyDebitAmount:n! additionalCurrencyCreditAmount:n! lastModifiedDateTime:t!
 >dimensionSetLines=dimensionSetLine

approvalEntry approvalEntries - Approval Entry
 id:g! entryNumber:i! tableId:i! documentType:e:ApprovalType! documentNumber:c20!
 sequenceNumber:i! senderId:c50! senderName:s80! approvalCode:c20! approverId:c50!
 approverName:s80! status:e:ApprovalStatus! dateTimeSentForApproval:t! lastDateTimeModified:t!
 comment:b! dueDate:d! amount:n! amountLCY:n! currencyCode:c10! pendingApprovals:i!
 workflowStepInstanceId:g! lastModifiedDateTime:t!

documentAttachment documentAttachments IMD Document Attachment
 id:g! fileName:s250 byteSize:i! parentType:e:Parent^ parentId:g^ lineNumber:i
 documentFlowSales:b documentFlowPurchase:b lastModifiedDateTime:t!
"""

ENTITIES = {entity.name: entity for entity in map(_entity, _TEXT.strip().split("\n\n"))}
SETS = {entity.set: entity for entity in reversed(ENTITIES.values())}
SETS["dimensionValues"] = ENTITIES["dimensionValue"]
LINE_OWNERS = {
    "purchaseInvoiceLine": "purchaseInvoice",
    "purchaseCreditMemoLine": "purchaseCreditMemo",
    "purchaseOrderLine": "purchaseOrder",
}
