"""The text behind `pages`: one block a page.

First line: number | title | table | draft or posted | Insert, Modify, Delete | keys | part=page.
"""

from __future__ import annotations

_TWO = "Shortcut_Dimension_1_Code:c20=#1 Shortcut_Dimension_2_Code:c20=#2"
_TWO_FIXED = "Shortcut_Dimension_1_Code:c20!=#1 Shortcut_Dimension_2_Code:c20!=#2"
_GLOBAL = "Global_Dimension_1_Code:c20!=#1 Global_Dimension_2_Code:c20!=#2"
_EIGHT = " ".join(
    f"nav.ShortcutDimCode_x005B_{n}_x005D_:c20=#{n} bc.ShortcutDimCode{n}:c20=#{n}"
    for n in range(3, 9)
)
_EIGHT_FIXED = " ".join(f"bc.ShortcutDimCode{n}:c20!=#{n}" for n in range(3, 9))

_BUY_FROM = """No:c20!=number Buy_from_Vendor_No:c20=vendorNumber
 Buy_from_Vendor_Name:s50+=vendorName bc.Posting_Description:s100
 Buy_from_Address:s50+=buyFromAddressLine1 Buy_from_Address_2:s50=buyFromAddressLine2
 Buy_from_Post_Code:c20=buyFromPostCode Buy_from_City:s30=buyFromCity
 bc.Buy_from_County:s30=buyFromState bc.Buy_from_Country_Region_Code:c10=buyFromCountry
 Buy_from_Contact_No:c20 Buy_from_Contact:s50+"""
_REST = f"""Purchaser_Code:c20 Campaign_No:c20 Order_Address_Code:c10 Responsibility_Center:c10
 Assigned_User_ID:c50 Status:o:DocStatus!=_approval Job_Queue_Status:s30!
 Currency_Code:c10=@currency Expected_Receipt_Date:d Prices_Including_VAT:b=pricesIncludeTax
 VAT_Bus_Posting_Group:c20=@vat_group Payment_Terms_Code:c10=@terms Payment_Method_Code:c10
 Transaction_Type:c10 {_TWO} Payment_Discount_Percent:n Pmt_Discount_Date:d
 Shipment_Method_Code:c10 Payment_Reference:c50 Creditor_No:c20 On_Hold:c3 Location_Code:c10
 Pay_to_Name:s50+=payToName Pay_to_Address:s50+!=payToAddressLine1 Pay_to_City:s30!=payToCity
 Pay_to_Post_Code:c20!=payToPostCode Transaction_Specification:c10 Transport_Method:c10
 Entry_Point:c10 Area:c10 bc.Vendor_Posting_Group:c20=@vendor_group"""
_SHIP_TO = """Ship_to_Name:s50+=shipToName Ship_to_Address:s50+=shipToAddressLine1
 Ship_to_Address_2:s50=shipToAddressLine2 Ship_to_Post_Code:c20=shipToPostCode
 Ship_to_City:s30=shipToCity bc.Ship_to_County:s30=shipToState
 bc.Ship_to_Country_Region_Code:c10=shipToCountry Ship_to_Contact:s50+=shipToContact"""
_POSTED = """No:c20!=number bc.Buy_from_Vendor_No:c20!=vendorNumber
 Buy_from_Vendor_Name:s50+!=vendorName Buy_from_Address:s50+!=buyFromAddressLine1
 Buy_from_Address_2:s50!=buyFromAddressLine2 Buy_from_Post_Code:c20!=buyFromPostCode
 Buy_from_City:s30!=buyFromCity Buy_from_Contact:s50+! Posting_Date:d!=postingDate"""
_POSTED_REST = f"""Cancelled:b!=@cancelled Corrective:b!=@corrective Currency_Code:c10!=@currency
 Payment_Terms_Code:c10!=@terms Payment_Method_Code:c10! {_TWO_FIXED} On_Hold:c3!
 Payment_Reference:c50! Pay_to_Name:s50+!=payToName Location_Code:c10!"""
_LISTED = f"""Buy_from_Vendor_No:c20!=vendorNumber Buy_from_Vendor_Name:s50+!=vendorName
 Currency_Code:c10!=@currency Amount:n!=totalAmountExcludingTax
 Amount_Including_VAT:n!=totalAmountIncludingTax Pay_to_Vendor_No:c20!=payToVendorNumber
 Posting_Date:d!=postingDate Due_Date:d!=dueDate {_TWO_FIXED} Location_Code:c10!
 Remaining_Amount:n!=@remaining Closed:b!=@closed Cancelled:b!=@cancelled
 Corrective:b!=@corrective"""
_DRAFT_LIST = f"""Document_Type:o:DocType!=@type No:c20!=number
 Buy_from_Vendor_No:c20!=vendorNumber Buy_from_Vendor_Name:s50+!=vendorName
 Posting_Date:d!=postingDate {_TWO_FIXED} Location_Code:c10! Assigned_User_ID:c50!
 Currency_Code:c10!=@currency Status:o:DocStatus!=_approval Payment_Terms_Code:c10!=@terms
 Job_Queue_Status:s30! Amount:n!=totalAmountExcludingTax
 bc.Amount_Including_VAT:n!=totalAmountIncludingTax"""


def _line(cost: str, extra: str = "") -> str:
    return f"""Document_Type:o:DocType!=@type Document_No:c20!=@document_no Line_No:i!=sequence
 Type:o:LineType=@line_type bc.FilteredTypeField:s30!=@line_type No:c20=lineObjectNumber
 nav.Cross_Reference_No:c20 bc.Item_Reference_No:c50 Variant_Code:c10
 VAT_Prod_Posting_Group:c20=taxCode us.Tax_Group_Code:c20=taxCode us.Tax_Area_Code:c20
 us.Tax_Liable:b Description:s50+=description bc.Description_2:s50 Return_Reason_Code:c10
 Location_Code:c10 Bin_Code:c20 Quantity:n=quantity Unit_of_Measure_Code:c10
 Unit_of_Measure:s50! Direct_Unit_Cost:n={cost} Indirect_Cost_Percent:n Unit_Cost_LCY:n!={cost}
 Unit_Price_LCY:n Line_Discount_Percent:n=discountPercent Line_Amount:n=@line_amount
 Line_Discount_Amount:n=discountAmount Allow_Invoice_Disc:b
 Inv_Discount_Amount:n=invoiceDiscountAllocation {extra} Qty_to_Assign:n! Qty_Assigned:n!
 Job_No:c20 Job_Task_No:c20 Job_Line_Type:o:JobLine Insurance_No:c20 Budgeted_FA_No:c20
 Depreciation_Book_Code:c10 Appl_to_Item_Entry:i Deferral_Code:c10 {_TWO} {_EIGHT}
 AmountBeforeDiscount:n!=@document_net InvoiceDiscountAmount:n!=@document_discount
 Invoice_Disc_Pct:n! Total_Amount_Excl_VAT:n!=@document_net Total_VAT_Amount:n!=@document_tax
 Total_Amount_Incl_VAT:n!=@document_gross"""


_POSTED_LINE = f"""Document_No:c20!=@document_no Line_No:i!=sequence Type:o:LineType!=@line_type
 No:c20!=lineObjectNumber Variant_Code:c10! Description:s50+!=description Return_Reason_Code:c10!
 Quantity:n!=quantity Unit_of_Measure_Code:c10! Unit_of_Measure:s50! Direct_Unit_Cost:n!=unitCost
 Unit_Cost_LCY:n!=unitCost Line_Discount_Percent:n!=discountPercent Line_Amount:n!=@line_amount
 Line_Discount_Amount:n!=discountAmount Allow_Invoice_Disc:b! Job_No:c20! Job_Task_No:c20!
 Deferral_Code:c10! us.Tax_Group_Code:c20!=taxCode {_TWO_FIXED} {_EIGHT_FIXED}
 bc.Total_Amount_Excl_VAT:n!=@document_net bc.Total_VAT_Amount:n!=@document_tax
 bc.Total_Amount_Incl_VAT:n!=@document_gross"""
_RECEIVING = """Qty_to_Receive:n=receiveQuantity Quantity_Received:n!=receivedQuantity
 Qty_to_Invoice:n=invoiceQuantity Quantity_Invoiced:n!=invoicedQuantity Requested_Receipt_Date:d
 Promised_Receipt_Date:d Planned_Receipt_Date:d Expected_Receipt_Date:d=expectedReceiptDate
 Drop_Shipment:b! Reserved_Quantity:n!"""
_ADDRESS = """Address:s50+=addressLine1 Address_2:s50=addressLine2 Post_Code:c20=postalCode
 City:s30=city bc.County:s30=state us.County:s30=state Country_Region_Code:c10=country"""
_GROUPS = """Gen_Bus_Posting_Group:c20=@gen_group VAT_Bus_Posting_Group:c20=@vat_group
 Vendor_Posting_Group:c20=@vendor_group"""
_ACCOUNT = """No:c20!=number Name:s50+!=displayName Income_Balance:o:Balance!=@income_balance
 Account_Category:o:Category!=category Account_Subcategory_Descript:s80!=subCategory
 Account_Type:o:AccountKind!=accountType Direct_Posting:b!=directPosting Totaling:s250!
 Gen_Posting_Type:o:GenPosting! Gen_Bus_Posting_Group:c20! Gen_Prod_Posting_Group:c20!"""
_BALANCES = "Net_Change:n!=netChange Balance_at_Date:n!=netChange Balance:n!=netChange"
_VALUE = """Dimension_Code:c20=@dimension_code Code:c20=code Name:s50=displayName
 Dimension_Value_Type:o:ValueType=_type Totaling:s250 Blocked:b=_blocked
 Consolidation_Code:c20=consolidationCode"""

TEXT = f"""
4 | Payment Terms | paymentTerm | | | Code |
 Code:c10!=code Due_Date_Calculation:s32!=dueDateCalculation Discount_Percent:n!=discountPercent
 Description:s50+!=displayName

5 | Currencies | currency | | | Code |
 Code:c10!=code Description:s30!=displayName

16 | Chart of Accounts | account | | | No |
 {_ACCOUNT} {_BALANCES}

17 | G/L Account Card | account | | | No |
 {_ACCOUNT} {_BALANCES} Blocked:b!=blocked Last_Date_Modified:d!=@modified

18 | G/L Account List | account | | | No |
 {_ACCOUNT}

20 | General Ledger Entries | generalLedgerEntry | | | Entry_No |
 Posting_Date:d!=postingDate Document_Type:o:GenDocType!=documentType
 Document_No:c20!=documentNumber G_L_Account_No:c20!=accountNumber
 G_L_Account_Name:s50+!=@account_name Description:s50+!=description Job_No:c20! {_GLOBAL}
 Amount:n!=@entry_amount Debit_Amount:n!=debitAmount Credit_Amount:n!=creditAmount
 Source_Code:c10!=@source_code Reversed:b! Entry_No:i!=entryNumber Dimension_Set_ID:i!
 External_Document_No:c35!=@entry_external
 {" ".join(f"bc.Shortcut_Dimension_{n}_Code:c20!=#{n}" for n in range(3, 9))}

26 | Vendor Card | vendor | | IMD | No |
 No:c20=number Name:s50+=displayName Blocked:o:Blocked=blocked Last_Date_Modified:d!=@modified
 Balance_LCY:n!=balance Search_Name:c50 Purchaser_Code:c20 {_ADDRESS} Primary_Contact_No:c20
 Phone_No:s30=phoneNumber E_Mail:s80=email Home_Page:s80=website Our_Account_No:s20
 Language_Code:c10 VAT_Registration_No:s20=taxRegistrationNumber GLN:c13 Pay_to_Vendor_No:c20
 Prices_Including_VAT:b {_GROUPS} us.Tax_Area_Code:c20 us.Tax_Liable:b=taxLiable
 Currency_Code:c10=@currency Payment_Terms_Code:c10=@terms Payment_Method_Code:c10=@method
 Preferred_Bank_Account_Code:c20 Creditor_No:c20 Location_Code:c10

27 | Vendor List | vendor | | | No |
 No:c20!=number Name:s50+!=displayName Responsibility_Center:c10! Location_Code:c10!
 Post_Code:c20!=postalCode Country_Region_Code:c10!=country Phone_No:s30!=phoneNumber
 Contact:s50+! Purchaser_Code:c20! Vendor_Posting_Group:c20!=@vendor_group
 Gen_Bus_Posting_Group:c20!=@gen_group VAT_Bus_Posting_Group:c20!=@vat_group
 Payment_Terms_Code:c10!=@terms Currency_Code:c10!=@currency Search_Name:c50!
 Blocked:o:Blocked!=blocked Last_Date_Modified:d!=@modified bc.Balance_LCY:n!=balance

29 | Vendor Ledger Entries | _vendorEntry | | | Entry_No |
 Posting_Date:d!=@entry_date Document_Type:o:GenDocType!=type Document_No:c20!=number
 External_Document_No:c35!=external Vendor_No:c20!=@entry_vendor Description:s50+! {_GLOBAL}
 Currency_Code:c10! Original_Amount:n!=@owed Amount:n!=@owed Remaining_Amount:n!=@owed_open
 Due_Date:d!=@entry_due Open:b!=@entry_open On_Hold:c3! Reversed:b! Entry_No:i!=@entry_no

39 | General Journal | journalLine | | IMD |Journal_Template_Name,Journal_Batch_Name,Line_No|
 Journal_Template_Name:c10!=@template Journal_Batch_Name:c10!=journalDisplayName
 Line_No:i!=lineNumber Posting_Date:d=postingDate bc.Document_Date:d nav.Document_Date:d
 Document_Type:o:GenDocType Document_No:c20=documentNumber
 External_Document_No:c35=externalDocumentNumber Account_Type:o:GenAccount=accountType
 Account_No:c20=accountNumber Description:s50+=description Currency_Code:c10
 Gen_Posting_Type:o:GenPosting Gen_Bus_Posting_Group:c20 Gen_Prod_Posting_Group:c20 Quantity:n
 Amount:n=amount Amount_LCY:n!=amount Debit_Amount:n=@debit Credit_Amount:n=@credit VAT_Amount:n!
 Bal_Account_Type:o:GenAccount=balanceAccountType Bal_Account_No:c20=balancingAccountNumber
 Deferral_Code:c10 {_TWO} {_EIGHT} Payment_Terms_Code:c10 Due_Date:d
 Applies_to_Doc_Type:o:GenDocType Applies_to_Doc_No:c20 On_Hold:c3 Reason_Code:c10 Correction:b
 Comment:s250=comment

50 | Purchase Order | purchaseOrder | draft | IMD | Document_Type,No | PurchLines=54
 Document_Type:o:DocType!=@type {_BUY_FROM} Document_Date:d=*orderDate Posting_Date:d=postingDate
 Order_Date:d=orderDate Due_Date:d Quote_No:c20! Vendor_Order_No:c35 Vendor_Shipment_No:c35
 Vendor_Invoice_No:c35=_external Vendor_Cr_Memo_No:c35 Your_Reference:s35
 Requested_Receipt_Date:d=requestedReceiptDate Promised_Receipt_Date:d Prepayment_Percent:n
 {_SHIP_TO} {_REST}

51 | Purchase Invoice | purchaseInvoice | draft | IMD | Document_Type,No | PurchLines=55
 Document_Type:o:DocType!=@type {_BUY_FROM} Document_Date:d=invoiceDate Posting_Date:d=postingDate
 bc.VAT_Reporting_Date:d bc.Invoice_Received_Date:d Due_Date:d=dueDate
 Incoming_Document_Entry_No:i Vendor_Invoice_No:c35=vendorInvoiceNumber bc.Vendor_Order_No:c35
 bc.DocAmount:n bc.DocAmountVAT:n {_SHIP_TO} {_REST}

52 | Purchase Credit Memo | purchaseCreditMemo | draft | IMD | Document_Type,No | PurchLines=98
 Document_Type:o:DocType!=@type {_BUY_FROM} Document_Date:d=creditMemoDate
 Posting_Date:d=postingDate Due_Date:d=dueDate Vendor_Authorization_No:c35
 Vendor_Cr_Memo_No:c35=vendorCreditMemoNumber Applies_to_Doc_Type:o:GenDocType
 Applies_to_Doc_No:c20=invoiceNumber {_REST}

54 | Purchase Order Subform | purchaseOrderLine | draft | IMD | Document_Type,Document_No,Line_No |
 {_line("directUnitCost", _RECEIVING)}

55 | Purch. Invoice Subform | purchaseInvoiceLine | draft | IMD |Document_Type,Document_No,Line_No|
 {_line("unitCost")}

88 | Job Card | project | | IMD | No |
 No:c20=number Description:s50+=displayName Bill_to_Customer_No:c20 Status:o:JobStatus
 Person_Responsible:c20 Search_Description:c50 Starting_Date:d Ending_Date:d

89 | Job List | project | | | No |
 No:c20!=number Description:s50+!=displayName Bill_to_Customer_No:c20! Status:o:JobStatus!
 Person_Responsible:c20! Search_Description:c50!

98 | Purch. Cr. Memo Subform |purchaseCreditMemoLine|draft|IMD|Document_Type,Document_No,Line_No|
 {_line("unitCost")}

118 | General Ledger Setup | generalLedgerSetup | | M | Primary_Key |
 Primary_Key:c10! Allow_Posting_From:d=allowPostingFrom Allow_Posting_To:d=allowPostingTo
 Register_Time:b Local_Address_Format:s30 LCY_Code:c10=localCurrencyCode
 bc.Local_Currency_Symbol:s10=localCurrencySymbol bc.Local_Currency_Description:s60
 Global_Dimension_1_Code:c20!=shortcutDimension1Code
 Global_Dimension_2_Code:c20!=shortcutDimension2Code
 {" ".join(f"bc.Shortcut_Dimension_{n}_Code:c20!=shortcutDimension{n}Code" for n in (1, 2))}
 {" ".join(f"Shortcut_Dimension_{n}_Code:c20!=shortcutDimension{n}Code" for n in range(3, 9))}

138 | Posted Purchase Invoice | purchaseInvoice | posted | | No | PurchInvLines=139
 {_POSTED} Document_Date:d!=invoiceDate Due_Date:d!=dueDate Quote_No:c20! Order_No:c20!=orderNumber
 Vendor_Invoice_No:c35!=vendorInvoiceNumber Vendor_Order_No:c35! Pre_Assigned_No:c20!=@pre_assigned
 {_POSTED_REST}

139 | Posted Purch. Invoice Subform | purchaseInvoiceLine | posted | | Document_No,Line_No |
 {_POSTED_LINE}

140 | Posted Purchase Credit Memo | purchaseCreditMemo | posted | | No | PurchCrMemoLines=141
 {_POSTED} Document_Date:d!=creditMemoDate Pre_Assigned_No:c20!=@pre_assigned
 Vendor_Cr_Memo_No:c35!=vendorCreditMemoNumber Applies_to_Doc_No:c20!=invoiceNumber {_POSTED_REST}

141 | Posted Purch. Cr. Memo Subform | purchaseCreditMemoLine | posted | | Document_No,Line_No |
 {_POSTED_LINE}

146 | Posted Purchase Invoices | purchaseInvoice | posted | | No |
 No:c20!=number bc.Order_No:c20!=orderNumber Vendor_Invoice_No:c35!=vendorInvoiceNumber
 Document_Date:d!=invoiceDate {_LISTED}

147 | Posted Purchase Credit Memos | purchaseCreditMemo | posted | | No |
 No:c20!=number bc.Vendor_Cr_Memo_No:c35!=vendorCreditMemoNumber Document_Date:d!=creditMemoDate
 {_LISTED}

251 | General Journal Batches | journal | | IMD | Journal_Template_Name,Name |
 Journal_Template_Name:c10=templateDisplayName Name:c10=code Description:s50+=displayName
 Bal_Account_Type:o:GenAccount Bal_Account_No:c20=balancingAccountNumber No_Series:c20
 Posting_No_Series:c20

536 | Dimensions | dimension | | IMD | Code |
 Code:c20=code Name:s30=displayName Code_Caption:s80=*displayName Filter_Caption:s80=*displayName
 Description:s50+ Blocked:b Consolidation_Code:c20=consolidationCode

537 | Dimension Values | dimensionValue | | IMD | Dimension_Code,Code |
 {_VALUE}

560 | Dimension Value List | dimensionValue | | | Dimension_Code,Code |
 {_VALUE}

658 | Approval Entries | approvalEntry | | | Entry_No |
 Table_ID:i!=tableId Limit_Type:o:Limit! Approval_Type:o:Approval!
 Document_Type:o:ApprovalDoc!=documentType Document_No:c20!=documentNumber
 RecordIDText:s250!=@record_id Sequence_No:i!=sequenceNumber Status:o:ApprovalStatus!=status
 Sender_ID:c50!=senderId Approver_ID:c50!=approverId Currency_Code:c10!=@currency
 Amount_LCY:n!=amountLCY Date_Time_Sent_for_Approval:t!=dateTimeSentForApproval
 Last_Date_Time_Modified:t!=lastDateTimeModified Last_Modified_By_User_ID:c50!=approverId
 Comment:b!=comment Due_Date:d!=dueDate Entry_No:i!=entryNumber

1002 | Job Task Lines | _jobTask | | IMD | Job_No,Job_Task_No |
 Job_No:c20=job Job_Task_No:c20=number Description:s50+=name Job_Task_Type:o:AccountKind=kind
 Totaling:s250 Job_Posting_Group:c20 Start_Date:d! End_Date:d! Schedule_Total_Cost:n!
 Usage_Total_Cost:n! {_GLOBAL}

9307 | Purchase Order List | purchaseOrder | draft | | Document_Type,No |
 {_DRAFT_LIST} Order_Date:d!=orderDate Document_Date:d!=*orderDate
 Vendor_Authorization_No:c35! bc.Vendor_Order_No:c35!

9308 | Purchase Invoices | purchaseInvoice | draft | | Document_Type,No |
 {_DRAFT_LIST} Document_Date:d!=invoiceDate Due_Date:d!=dueDate
 bc.Vendor_Invoice_No:c35!=vendorInvoiceNumber

9309 | Purchase Credit Memos | purchaseCreditMemo | draft | | Document_Type,No |
 {_DRAFT_LIST} Document_Date:d!=creditMemoDate Due_Date:d!=dueDate
 bc.Vendor_Cr_Memo_No:c35!=vendorCreditMemoNumber
"""
