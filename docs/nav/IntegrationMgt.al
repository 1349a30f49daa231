/// What no page can do, for the connector. Publish on the page Web Services as IntegrationMgt.
codeunit 50100 "Integration Mgt."
{
    // Releases; the standard checks refuse it while an approval is needed.
    procedure ReleasePurchaseDocument(documentType: Text; documentNo: Code[20])
    var
        PurchaseHeader: Record "Purchase Header";
        ReleaseDocument: Codeunit "Release Purchase Document";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        ReleaseDocument.PerformManualRelease(PurchaseHeader);
    end;

    // Back to Open, so that lines can be changed again.
    procedure ReopenPurchaseDocument(documentType: Text; documentNo: Code[20])
    var
        PurchaseHeader: Record "Purchase Header";
        ReleaseDocument: Codeunit "Release Purchase Document";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        ReleaseDocument.PerformManualReopen(PurchaseHeader);
    end;

    // Starts the approval workflow; an error when none is set up for the document.
    procedure SendForApproval(documentType: Text; documentNo: Code[20])
    var
        PurchaseHeader: Record "Purchase Header";
        ApprovalsMgmt: Codeunit "Approvals Mgmt.";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        if ApprovalsMgmt.CheckPurchaseApprovalPossible(PurchaseHeader) then
            ApprovalsMgmt.OnSendPurchaseDocForApproval(PurchaseHeader);
    end;

    // Posts an invoice or credit memo and returns its posted number. Called a second time for the
    // same draft it returns the same number.
    procedure PostPurchaseDocument(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        PostedNo: Code[20];
    begin
        Evaluate(PurchaseHeader."Document Type", documentType);
        if not (PurchaseHeader."Document Type" in
            [PurchaseHeader."Document Type"::Invoice, PurchaseHeader."Document Type"::"Credit Memo"])
        then
            Error(OnlyInvoicesErr);
        PostedNo := PostedNumber(documentType, documentNo);
        if PostedNo <> '' then
            exit(PostedNo);
        GetDocument(PurchaseHeader, documentType, documentNo);
        Codeunit.Run(Codeunit::"Purch.-Post", PurchaseHeader);
        exit(PostedNumber(documentType, documentNo));
    end;

    // Posts every line of the batch.
    procedure PostJournalBatch(journalTemplateName: Code[10]; journalBatchName: Code[10])
    var
        GenJournalLine: Record "Gen. Journal Line";
    begin
        GenJournalLine.SetRange("Journal Template Name", journalTemplateName);
        GenJournalLine.SetRange("Journal Batch Name", journalBatchName);
        if not GenJournalLine.FindFirst() then
            Error(NothingToPostErr);
        Codeunit.Run(Codeunit::"Gen. Jnl.-Post Batch", GenJournalLine);
    end;

    local procedure GetDocument(var PurchaseHeader: Record "Purchase Header"; documentType: Text; documentNo: Code[20])
    begin
        Evaluate(PurchaseHeader."Document Type", documentType);
        PurchaseHeader.Get(PurchaseHeader."Document Type", documentNo);
    end;

    local procedure PostedNumber(documentType: Text; documentNo: Code[20]): Code[20]
    var
        PurchaseHeader: Record "Purchase Header";
        PurchInvHeader: Record "Purch. Inv. Header";
        PurchCrMemoHdr: Record "Purch. Cr. Memo Hdr.";
    begin
        Evaluate(PurchaseHeader."Document Type", documentType);
        if PurchaseHeader."Document Type" = PurchaseHeader."Document Type"::Invoice then begin
            PurchInvHeader.SetRange("Pre-Assigned No.", documentNo);
            if PurchInvHeader.FindLast() then
                exit(PurchInvHeader."No.");
        end else begin
            PurchCrMemoHdr.SetRange("Pre-Assigned No.", documentNo);
            if PurchCrMemoHdr.FindLast() then
                exit(PurchCrMemoHdr."No.");
        end;
    end;

    var
        OnlyInvoicesErr: Label 'Only invoices and credit memos can be posted from outside.';
        NothingToPostErr: Label 'There is nothing to post.';
}
