"""The sets of documents and of posted facts."""

from __future__ import annotations

from .masters import COMPANY
from .model import entity

ALL = "POST PATCH DELETE"
VENDOR = ("VendorsV3", "VendorAccountNumber", "Vendors")
CURRENCY = ("Currencies", "CurrencyCode", "Currencies")
TERMS = ("PaymentTerms", "Name", "Terms of payment")
METHOD = ("VendorPaymentMethods", "Name", "Methods of payment")
TAX_GROUP = ("TaxGroups", "TaxGroupCode", "Sales tax groups")
ITEM_TAX = ("TaxItemGroups", "TaxItemGroupCode", "Item sales tax groups")
CATEGORY = ("ProcurementProductCategories", "CategoryName", "Procurement categories")
ITEM = ("ReleasedProductsV2", "ItemNumber", "Items")
ORDER = ("PurchaseOrderHeadersV2", "PurchaseOrderNumber", "Purchase orders")
NAMES = ("JournalNames", "Name", "Journal names")

entity("PurchaseOrderHeadersV2", "PurchaseOrderHeaderV2", "PurchPurchaseOrderHeaderV2Entity",
       "Purchase orders", "dataAreaId PurchaseOrderNumber", f"""
{COMPANY} PurchaseOrderNumber:s20^ OrderVendorAccountNumber:s20* InvoiceVendorAccountNumber:s20
PurchaseOrderName:s60 CurrencyCode:s3 LanguageId:s7 PaymentTermsName:s10 SalesTaxGroupCode:s10
VendorPaymentMethodName:s10 DeliveryTermsId:s10 DeliveryModeId:s10 VendorOrderReference:s60
AccountingDate:d RequestedDeliveryDate:d ConfirmedDeliveryDate:d FixedDueDate:d
DefaultReceivingSiteId:s10 DefaultReceivingWarehouseId:s10 ProjectId:s20
DefaultLedgerDimensionDisplayValue:s500 FinTagDisplayValue:s500 RequesterPersonnelNumber:s25
OrdererPersonnelNumber:s25 BuyerGroupId:s10 PurchaseOrderPoolId:s10 ReasonCode:s10
ReasonComment:s255 Email:s80 AttentionInformation:s60 URL:s255
PurchaseOrderStatus:e.PurchStatus=Backorder! DocumentApprovalStatus:e.VersioningDocumentState!
IsChangeManagementActive:e.NoYes! IsDeliveryAddressOrderSpecific:e.NoYes
DeliveryAddressName:s60 DeliveryAddressStreet:s250 DeliveryAddressCity:s60
DeliveryAddressStateId:s10 DeliveryAddressZipCode:s10 DeliveryAddressCountryRegionId:s10
TotalDiscountPercentage:n
""", source="PurchTable", writes=ALL, parts={"PurchaseOrderLinesV2": "PurchaseOrderLinesV2"},
       relations={"OrderVendorAccountNumber": VENDOR, "InvoiceVendorAccountNumber": VENDOR,
                  "CurrencyCode": CURRENCY, "PaymentTermsName": TERMS,
                  "SalesTaxGroupCode": TAX_GROUP, "VendorPaymentMethodName": METHOD})  # fmt: skip

entity("PurchaseOrderLinesV2", "PurchaseOrderLineV2", "PurchPurchaseOrderLineV2Entity",
       "Purchase order lines", "dataAreaId PurchaseOrderNumber LineNumber", f"""
{COMPANY} PurchaseOrderNumber:s20^* LineNumber:l^ ItemNumber:s20 LineDescription:s1000
ProcurementProductCategoryName:s254 OrderedPurchaseQuantity:n* PurchaseUnitSymbol:s10
PurchasePrice:n PurchasePriceQuantity:n LineAmount:n CalculateLineAmount:e.NoYes=Yes
LineDiscountAmount:n LineDiscountPercentage:n FixedPriceCharges:n RequestedDeliveryDate:d
ConfirmedDeliveryDate:d ReceivingSiteId:s10 ReceivingWarehouseId:s10 ProjectId:s20
ProjectCategoryId:s30 ProjectActivityNumber:s20 ProjectLinePropertyId:s10
DefaultLedgerDimensionDisplayValue:s500 FinTagDisplayValue:s500 MainAccountIdDisplayValue:s500
SalesTaxGroupCode:s10 SalesTaxItemGroupCode:s10 ExternalItemNumber:s20 CustomerReference:s60
VendorInvoiceMatchingPolicy:e.PurchMatchingPolicyOption VendorRetentionTermRuleId:s10
IsLineStopped:e.NoYes IsDeleted:e.NoYes! PurchaseOrderLineStatus:e.PurchStatus=Backorder!
WorkflowState:e.TradeWorkflowState! InventoryLotId:s!
""", source="PurchLine", writes=ALL, parent="PurchaseOrderHeadersV2",
       relations={"ProcurementProductCategoryName": CATEGORY, "ItemNumber": ITEM,
                  "SalesTaxGroupCode": TAX_GROUP, "SalesTaxItemGroupCode": ITEM_TAX})  # fmt: skip

entity("VendorInvoiceHeaders", "VendorInvoiceHeader", "VendorInvoiceHeaderEntity",
       "Pending vendor invoices", "dataAreaId HeaderReference", f"""
{COMPANY} HeaderReference:s40^ InvoiceNumber:s* InvoiceAccount:s20* VendorAccount:s20 VendorName:s!
InvoiceDate:d Date:d DueDate:d InvoiceReceivedDate:d Currency:s3 PurchaseOrderNumber:s20
InvoiceDescription:s255 DocumentNumber:s20 Comment:s1000 IsApproved:e.NoYes
ApproverPersonnelNumber:s25 IsOnHold:e.NoYes InvoicePaymentReleaseDate:d ReleaseDateComment:s255
TermsOfPayment:s10 MethodOfPayment:s10 PaymentId:s60 CashDiscount:n CashDiscountCode:s10
CashDiscountDate:d SalesTaxGroup:s10 IsPricesIncludeSalesTax:e.NoYes
IgnoreCalculatedSalesTax:e.NoYes DimensionDisplayValue:s500 FinTagDisplayValue:s500
ImportedAmount:n ImportedSalesTax:n VendorInvoiceReviewStatus:e.VendInvoiceRequestStatus! Log:s!
InvoiceGroup:s10 PostingProfile:s10 NumberSequenceGroup:s10 BankAccount:s10 TaxExemptNumber:s20
CreditCorrection:e.NoYes OverrideSalesTax:e.NoYes HeaderOnlyImport:e.NoYes PurchIdRange:s250
PackingslipRange:s250
""", source="VendInvoiceInfoTable", writes=ALL,
       parts={"VendorInvoiceLine": "VendorInvoiceLines"},
       relations={"InvoiceAccount": VENDOR, "VendorAccount": VENDOR, "Currency": CURRENCY,
                  "PurchaseOrderNumber": ORDER, "TermsOfPayment": TERMS,
                  "MethodOfPayment": METHOD, "SalesTaxGroup": TAX_GROUP})  # fmt: skip

entity("VendorInvoiceLines", "VendorInvoiceLine", "VendorInvoiceLineEntity",
       "Pending vendor invoice lines", "dataAreaId HeaderReference InvoiceLineNumber", f"""
{COMPANY} HeaderReference:s40^* InvoiceLineNumber:n^ LineNumber:n! LineType:e.PurchInvoiceLineType
ItemNumber:s20 ItemName:s60 ProcurementCategoryName:s254 ProcurementCategoryHierarchyName:s60
PurchaseOrder:s20 PurchLineNumber:l LineDescription:s1000 ReceiveNow:n UnitPrice:n PriceUnit:n
Unit:s10 Amount:n! NetAmount:n Discount:n DiscountPercent:n ChargesOnPurchases:n Currency:s3
DimensionDisplayValue:s500 FinTagDisplayValue:s500 MainAccountDisplayValue:s500 SalesTaxGroup:s10
ItemSalesTax:s10 RetainPercentage:n RetainageAmount:n ReleaseAllRetainedAmount:e.NoYes
TotalRetainedAmount:n! Tax1099Box:s10 Tax1099Amount:n CloseForReceipt:e.NoYes InventorySiteId:s10
InventoryWarehouseId:s10 InvoiceAccount:s! VendorAccount:s! RemainBefore:n! RemainAfter:n!
VendorInvoiceLineReviewStatus:e.VendInvoiceRequestStatus!
""", source="VendInvoiceInfoLine", writes=ALL, parent="VendorInvoiceHeaders",
       relations={"ProcurementCategoryName": CATEGORY, "ItemNumber": ITEM, "PurchaseOrder": ORDER,
                  "Currency": CURRENCY, "SalesTaxGroup": TAX_GROUP,
                  "ItemSalesTax": ITEM_TAX})  # fmt: skip

entity("VendorInvoiceDocumentAttachments", "VendorInvoiceDocumentAttachment",
       "VendorInvoiceDocumentAttachmentEntity", "Attachments of vendor invoices",
       "DocumentId", f"""
DocumentId:g! {COMPANY} HeaderReference:s40^* TypeId:s10 Name:s60 Notes:s1000 Restriction:s20
FileContents:x FileName:s200 FileType:s10
""", source="DocuRef", writes="POST DELETE")  # fmt: skip

entity("VendorInvoiceJournalHeaders", "VendorInvoiceJournalHeader",
       "VendInvoiceJournalHeaderEntity", "Ledger journal table",
       "dataAreaId JournalBatchNumber", f"""
{COMPANY} JournalBatchNumber:s10^ JournalName:s10^* Description:s60 SalesTaxIncluded:e.NoYes
IsPosted:e.NoYes!
""", table="InvoiceJournals", source="LedgerJournalTable", writes=ALL,
       relations={"JournalName": NAMES})  # fmt: skip

entity("VendorInvoiceJournalLines", "VendorInvoiceJournalLine", "VendInvoiceJournalLineEntity",
       "Journal lines", "dataAreaId JournalBatchNumber LineNumber", f"""
{COMPANY} JournalBatchNumber:s10^* LineNumber:n^ Company:s4 AccountType:e.LedgerJournalACType=Vend
AccountDisplayValue:s500 Credit:n Debit:n Currency:s3 Invoice:s20 InvoiceDate:d Date:d Document:s20
DueDate:d OffsetAccountType:e.LedgerJournalACType OffsetAccountDisplayValue:s500
DefaultDimensionDisplayValue:s500 Description:s60 TermsOfPayment:s10 MethodOfPayment:s10
PostingProfile:s10 SalesTaxGroup:s10 ItemSalesTaxGroup:s10 Approved:e.NoYes ApproverNumber:s25
Voucher:s20 ReasonCode:s10 ExchRate:n
""", source="LedgerJournalTrans", writes=ALL, parent="VendorInvoiceJournalHeaders",
       relations={"Currency": CURRENCY, "TermsOfPayment": TERMS, "MethodOfPayment": METHOD,
                  "SalesTaxGroup": TAX_GROUP, "ItemSalesTaxGroup": ITEM_TAX})  # fmt: skip

entity("LedgerJournalHeaders", "LedgerJournalHeader", "LedgerJournalHeaderEntity",
       "Ledger journal table", "dataAreaId JournalBatchNumber", f"""
{COMPANY} JournalBatchNumber:s10^ JournalName:s10^* Description:s60 IsPosted:e.NoYes!
PostingLayer:e.CurrentOperationsTax JournalTotalDebit:n! JournalTotalCredit:n!
AccountingCurrency:s! IntegrationKey:s60
""", table="Journals", source="LedgerJournalTable", writes=ALL,
       relations={"JournalName": NAMES})  # fmt: skip

entity("LedgerJournalLines", "LedgerJournalLine", "LedgerJournalLineEntity", "Journal lines",
       "dataAreaId JournalBatchNumber LineNumber", f"""
{COMPANY} JournalBatchNumber:s10^* LineNumber:n^ Company:s4 AccountType:e.LedgerJournalACType
AccountDisplayValue:s500 DefaultDimensionDisplayValue:s500 OffsetAccountType:e.LedgerJournalACType
OffsetAccountDisplayValue:s500 OffsetDefaultDimensionDisplayValue:s500 OffsetText:s60
OffsetCompany:s4 DebitAmount:n CreditAmount:n CurrencyCode:s3* ExchRate:n
ReportingCurrencyExchRate:n TransDate:d* Voucher:s20 Text:s60 Document:s20 DocumentDate:d
Invoice:s20 DueDate:d PaymentReference:s20 PaymentId:s60 PaymentMethod:s10 PostingProfile:s10
Quantity:n SalesTaxGroup:s10 ItemSalesTaxGroup:s10 SalesTaxCode:s10 OverrideSalesTax:e.NoYes
FinTagDisplayValue:s500 OffsetFinTagDisplayValue:s500 ReverseEntry:e.NoYes ReverseDate:d
""", source="LedgerJournalTrans", writes=ALL, parent="LedgerJournalHeaders",
       relations={"CurrencyCode": CURRENCY, "SalesTaxGroup": TAX_GROUP,
                  "ItemSalesTaxGroup": ITEM_TAX})  # fmt: skip

entity("GeneralJournalAccountEntries", "GeneralJournalAccountEntry",
       "GeneralJournalAccountEntryEntity", "General journal account entries",
       "GeneralJournalAccountEntryRecId", """
GeneralJournalAccountEntryRecId:l JournalNumber:s Voucher:s AccountingDate:d DocumentDate:d
DocumentNumber:s AccountDisplayValue:s LedgerAccount:s Description:s TransactionCurrencyCode:s
TransactionCurrencyAmount:n TransactionCurrencyDebitAmount:n TransactionCurrencyCreditAmount:n
AccountingCurrencyAmount:n ReportingCurrencyAmount:n PostingType:e.LedgerPostingType
JournalCategory:e.LedgerTransType PostingLayer:e.CurrentOperationsTax IsCredit:e.NoYes
IsCorrection:e.NoYes LedgerName:s DataArea:s
""")  # fmt: skip

entity("VendTransBiEntities", "VendTransBiEntity", "VendTransBiEntity", "Vendor transactions",
       "SourceKey", """
SourceKey:l AccountNum:s Invoice:s Voucher:s TransType:e.LedgerTransType TransDate:d DocumentDate:d
DocumentNum:s DueDate:d AmountCur:n AmountMST:n CurrencyCode:s SettleAmountCur:n SettleAmountMST:n
Closed:d LastSettleDate:d LastSettleVoucher:s Txt:s DataArea:s
""")  # fmt: skip
