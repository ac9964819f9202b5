"""The credit demonstration: a lender proves a decision to a bank."""
