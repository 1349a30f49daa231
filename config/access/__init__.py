"""Who may do what: the page on which an auditor reviews it."""
