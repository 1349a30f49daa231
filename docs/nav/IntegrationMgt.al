/// What no page can do, for the connector. Publish on the page Web Services as IntegrationMgt.
/// It has never been compiled: try it in a copy first, as README.md says in chapter 5.
codeunit 50100 "Integration Mgt."
{
    // Releases and returns the status; the standard checks refuse it while an approval is needed.
    // A document that is released already stays as it is.
    procedure ReleasePurchaseDocument(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        ReleaseDocument: Codeunit "Release Purchase Document";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        if PurchaseHeader.Status <> PurchaseHeader.Status::Released then
            ReleaseDocument.PerformManualRelease(PurchaseHeader);
        exit(StatusOf(documentType, documentNo));
    end;

    // Back to Open, so that lines can be changed again; returns the status.
    procedure ReopenPurchaseDocument(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        ReleaseDocument: Codeunit "Release Purchase Document";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        ReleaseDocument.PerformManualReopen(PurchaseHeader);
        exit(StatusOf(documentType, documentNo));
    end;

    // Approves the open request as the connector's user, and returns the status. That user must be
    // the approver, or an approval administrator (then the requests of others, too).
    procedure ApprovePurchaseDocument(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        ApprovalEntry: Record "Approval Entry";
        ApprovalsMgmt: Codeunit "Approvals Mgmt.";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        if PurchaseHeader.Status = PurchaseHeader.Status::Released then
            exit(StatusOf(documentType, documentNo));
        if OpenRequestsOfOthers(PurchaseHeader, ApprovalEntry) then
            ApprovalsMgmt.ApproveApprovalRequests(ApprovalEntry)
        else
            ApprovalsMgmt.ApproveRecordApprovalRequest(PurchaseHeader.RecordId);
        exit(StatusOf(documentType, documentNo));
    end;

    // The same for a rejection: the document is open again.
    procedure RejectPurchaseDocument(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        ApprovalEntry: Record "Approval Entry";
        ApprovalsMgmt: Codeunit "Approvals Mgmt.";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        if PurchaseHeader.Status = PurchaseHeader.Status::Open then
            exit(StatusOf(documentType, documentNo));
        if OpenRequestsOfOthers(PurchaseHeader, ApprovalEntry) then
            ApprovalsMgmt.RejectApprovalRequests(ApprovalEntry)
        else
            ApprovalsMgmt.RejectRecordApprovalRequest(PurchaseHeader.RecordId);
        exit(StatusOf(documentType, documentNo));
    end;

    // Starts the approval workflow and returns the status; an error when none is set up.
    procedure SendForApproval(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
        ApprovalsMgmt: Codeunit "Approvals Mgmt.";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        if ApprovalsMgmt.CheckPurchaseApprovalPossible(PurchaseHeader) then
            ApprovalsMgmt.OnSendPurchaseDocForApproval(PurchaseHeader);
        exit(StatusOf(documentType, documentNo));
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

    // In English whatever the language of the service.
    local procedure StatusOf(documentType: Text; documentNo: Code[20]): Text
    var
        PurchaseHeader: Record "Purchase Header";
    begin
        GetDocument(PurchaseHeader, documentType, documentNo);
        case PurchaseHeader.Status of
            PurchaseHeader.Status::Open:
                exit('Open');
            PurchaseHeader.Status::Released:
                exit('Released');
            PurchaseHeader.Status::"Pending Approval":
                exit('Pending Approval');
            PurchaseHeader.Status::"Pending Prepayment":
                exit('Pending Prepayment');
        end;
    end;

    // True when none of the open requests is ours and we administer approvals: all open ones.
    local procedure OpenRequestsOfOthers(PurchaseHeader: Record "Purchase Header"; var ApprovalEntry: Record "Approval Entry"): Boolean
    var
        UserSetup: Record "User Setup";
        ApprovalsMgmt: Codeunit "Approvals Mgmt.";
    begin
        if ApprovalsMgmt.HasOpenApprovalEntriesForCurrentUser(PurchaseHeader.RecordId) then
            exit(false);
        if not UserSetup.Get(UserId) then
            exit(false);
        if not UserSetup."Approval Administrator" then
            exit(false);
        ApprovalEntry.SetRange("Table ID", Database::"Purchase Header");
        ApprovalEntry.SetRange("Record ID to Approve", PurchaseHeader.RecordId);
        ApprovalEntry.SetRange(Status, ApprovalEntry.Status::Open);
        exit(not ApprovalEntry.IsEmpty);
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
