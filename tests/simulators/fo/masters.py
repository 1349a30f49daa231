"""The sets of set-up and master data."""

from __future__ import annotations

from .model import entity

COMPANY = "dataAreaId:s4^"
VENDOR = f"""
{COMPANY} VendorAccountNumber:s20^ VendorGroupId:s10* VendorPartyType:s20^ VendorPartyNumber:s!
VendorOrganizationName:s100 PersonFirstName:s25 PersonLastName:s25 VendorSearchName:s20
VendorKnownAsName:s100 CurrencyCode:s3* DefaultPaymentTermsName:s10
DefaultVendorPaymentMethodName:s10 SalesTaxGroupCode:s10 TaxExemptNumber:s20
Tax1099FederalTaxId:s20 Tax1099IdType:e.TaxIDType IsReportingTax1099:e.NoYes Tax1099BoxId:s10
Tax1099DoingBusinessAsName:s60 NameControl:s4 OnHoldStatus:e.CustVendorBlocked
VendorHoldReleaseDate:d CreditLimit:n AddressCountryRegionId:s10 AddressStreet:s250
AddressStreetNumber:s20 AddressCity:s60 AddressStateId:s10 AddressZipCode:s10 AddressCountyId:s10
AddressDescription:s60 AddressLocationRoles:s60 AddressValidFrom:t! AddressValidTo:t!
FormattedPrimaryAddress:s! PrimaryEmailAddress:s255
PrimaryEmailAddressDescription:s60 PrimaryPhoneNumber:s255 PrimaryPhoneNumberDescription:s60
PrimaryFaxNumber:s255 PrimaryURL:s255 DefaultLedgerDimensionDisplayValue:s500
DefaultOffsetAccountType:e.LedgerJournalACType DefaultOffsetLedgerAccountDisplayValue:s500
OurAccountNumber:s20 Notes:s1000 InvoiceVendorAccountNumber:s20 BankAccountId:s10 LanguageId:s7
"""
VENDOR_RELATIONS = {
    "VendorGroupId": ("VendorGroups", "VendorGroupId", "Vendor groups"),
    "CurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
    "DefaultPaymentTermsName": ("PaymentTerms", "Name", "Terms of payment"),
    "DefaultVendorPaymentMethodName": ("VendorPaymentMethods", "Name", "Methods of payment"),
    "SalesTaxGroupCode": ("TaxGroups", "TaxGroupCode", "Sales tax groups"),
    "InvoiceVendorAccountNumber": ("VendorsV3", "VendorAccountNumber", "Vendors"),
}

entity("LegalEntities", "LegalEntity", "OMLegalEntity", "Legal entities", "LegalEntityId",
       "LegalEntityId:s4 Name:s CompanyName:s LanguageId:s AddressCity:s AddressState:s "
       "AddressCountryRegionId:s AddressStreet:s AddressZipCode:s PartyNumber:s")  # fmt: skip
entity("Companies", "Company", "DataAreaEntity", "Companies", "DataArea",
       "DataArea:s Name:s KnownAs:s LanguageId:s PartyNumber:s")  # fmt: skip
entity("Ledgers", "Ledger", "LedgerEntity", "Ledger", "LegalEntityId",
       "LegalEntityId:s4 Name:s Description:s ChartOfAccounts:s ChartOfAccountsRecId:l "
       "AccountingCurrency:s ReportingCurrency:s FiscalCalendar:s AccountStructureName1:s "
       "AccountStructureName2:s BalancingFinancialDimension:s ExchangeRateType:s LedgerRecId:l "
       "IsBudgetControlEnabled:e.NoYes")  # fmt: skip
entity("Currencies", "Currency", "CurrencyEntity", "Currencies", "CurrencyCode",
       "CurrencyCode:s3 Name:s Symbol:s GeneralRoundingRule:n RoundingRulePrices:n "
       "RoundingRulePurchaseOrders:n")  # fmt: skip
entity("ChartOfAccounts", "ChartOfAccounts", "LedgerChartOfAccountsEntity", "Chart of accounts",
       "ChartOfAccounts", "ChartOfAccounts:s Description:s MainAccountMask:s "
       "ChartOfAccountsRecId:l")  # fmt: skip
entity("MainAccounts", "MainAccount", "MainAccountEntity", "Main accounts",
       "ChartOfAccounts MainAccountId",
       "ChartOfAccounts:s MainAccountId:s20 Name:s60 MainAccountType:e.DimensionLedgerAccountType "
       "MainAccountCategory:s AccountCategoryDescription:s IsSuspended:e.NoYes "
       "DoNotAllowManualEntry:e.NoYes ActiveFrom:t ActiveTo:t DefaultCurrency:s "
       "DebitCreditRequirement:e.DebCredProposal PostingType:e.LedgerPostingType "
       "ParentMainAccountId:s MainAccountRecId:l ChartOfAccountsRecId:l")  # fmt: skip
entity("MainAccountLegalEntities", "MainAccountLegalEntity", "MainAccountLegalEntityEntity",
       "Main account legal entities", "MainAccountId ChartOfAccounts LegalEntityId",
       "MainAccountId:s ChartOfAccounts:s LegalEntityId:s IsSuspended:e.NoYes "
       "DoNotAllowManualEntry:e.NoYes ActiveFrom:t ActiveTo:t DefaultDimensionDisplayValue:s "
       "FixedDimensionsDisplayValue:s")  # fmt: skip
entity("DimensionAttributes", "DimensionAttribute", "DimensionAttributeEntity",
       "Financial dimensions", "DimensionName",
       "DimensionName:s60 UseValuesFrom:s DimensionValueMask:s ReportColumnName:s "
       "CopyValuesOnCreate:e.NoYes")  # fmt: skip
entity("FinancialDimensionValues", "FinancialDimensionValue", "DimensionAttributeValueEntity",
       "Financial dimension values", "FinancialDimension LegalEntityId DimensionValue",
       "FinancialDimension:s60^* LegalEntityId:s4^ DimensionValue:s30^* Description:s60 "
       "ActiveFrom:t ActiveTo:t IsSuspended:e.NoYes IsTotal:e.NoYes "
       "IsBlockedForManualEntry:e.NoYes GroupDimension:s30 Owner:s60",
       source="DimensionFinancialTag", writes="POST PATCH DELETE")  # fmt: skip
entity("DimensionIntegrationFormats", "DimensionIntegrationFormat",
       "DimensionIntegrationFormatEntity", "Dimension integration formats",
       "DimensionFormatName DimensionFormatType",
       "DimensionFormatName:s DimensionFormatType:e.DimensionHierarchyType IsActive:e.NoYes "
       "FinancialDimensionFormat:s")  # fmt: skip
entity("DimensionParameters", "DimensionParameters", "DimensionParametersEntity",
       "Dimension parameters", "Key",
       "Key:i DimensionSegmentDelimiter:e.DimensionSegmentDelimiter")  # fmt: skip
entity("FiscalPeriods", "FiscalPeriod", "FiscalCalendarPeriodEntity", "Fiscal periods",
       "Calendar FiscalYear StartDate EndDate PeriodName",
       "Calendar:s FiscalYear:s StartDate:d EndDate:d PeriodName:s ShortName:s Days:i")  # fmt: skip
entity("LedgerFiscalPeriodsV2", "LedgerFiscalPeriodV2", "LedgerFiscalPeriodV2Entity",
       "Ledger periods", "LegalEntityId Calendar FiscalYear PeriodName",
       "LegalEntityId:s4 Calendar:s FiscalYear:s PeriodName:s StartDate:d EndDate:d "
       "PeriodStatus:e.FiscalPeriodStatus")  # fmt: skip
entity("PaymentTerms", "PaymentTerm", "PaymentTermEntity", "Terms of payment", "dataAreaId Name",
       f"{COMPANY} Name:s10 Description:s NumberOfDays:i NumberOfMonths:i "
       "PaymentMethodType:e.NetCurrent")  # fmt: skip
entity("VendorPaymentMethods", "VendorPaymentMethod", "VendorPaymentMethodEntity",
       "Methods of payment", "dataAreaId Name",
       f"{COMPANY} Name:s10 Description:s AccountType:e.LedgerJournalACType")  # fmt: skip
entity("TaxGroups", "TaxGroup", "TaxGroupEntity", "Sales tax groups", "dataAreaId TaxGroupCode",
       f"{COMPANY} TaxGroupCode:s10 Description:s")  # fmt: skip
entity("TaxItemGroups", "TaxItemGroup", "TaxItemGroupEntity", "Item sales tax groups",
       "dataAreaId TaxItemGroupCode TaxCodeId",
       f"{COMPANY} TaxItemGroupCode:s10 TaxCodeId:s10 Description:s ExemptTax:e.NoYes")  # fmt: skip
entity("ProcurementProductCategories", "ProcurementProductCategory",
       "ProcProcurementProductCategoryEntity", "Procurement categories", "CategoryName",
       "CategoryName:s254 CategoryRecordId:l")  # fmt: skip
entity("ReleasedProductsV2", "ReleasedProductV2", "EcoResReleasedProductV2Entity",
       "Released products", "dataAreaId ItemNumber",
       f"{COMPANY} ItemNumber:s20 SearchName:s ProductType:e.EcoResProductType "
       "PurchaseUnitSymbol:s PurchasePrice:n")  # fmt: skip
entity("JournalNames", "JournalName", "JournalNameEntity", "Journal names", "dataAreaId Name",
       f"{COMPANY} Name:s10 Description:s Type:e.LedgerJournalType NewVoucher:e.NewVoucher "
       "VoucherSeriesCode:s OffsetAccountType:e.LedgerJournalACType OffsetAccountDisplayValue:s"
       )  # fmt: skip
entity("VendorGroups", "VendorGroup", "VendVendorGroupEntity", "Vendor groups",
       "dataAreaId VendorGroupId",
       f"{COMPANY} VendorGroupId:s10 Description:s DefaultPaymentTermName:s DefaultTaxGroupCode:s "
       "VendorAccountNumberSequence:s DefaultDimensionDisplayValue:s")  # fmt: skip
entity("VendorsV3", "VendorV3", "VendVendorV3Entity", "Vendors", "dataAreaId VendorAccountNumber",
       VENDOR, table="VendTable", source="VendTable", writes="POST PATCH DELETE",
       relations=VENDOR_RELATIONS)  # fmt: skip
entity("VendorsV2", "VendorV2", "VendVendorV2Entity", "Vendors", "dataAreaId VendorAccountNumber",
       VENDOR, table="VendTable", source="VendTable", writes="POST PATCH DELETE",
       relations=VENDOR_RELATIONS)  # fmt: skip
entity("SysAADClients", "SysAADClient", "SysAADClientEntity", "Microsoft Entra ID applications",
       "AADClientId", "AADClientId:s Name:s UserId:s")  # fmt: skip
