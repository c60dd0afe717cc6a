"""What callers may use and have used: limits, budgets, the ledger; counted here or in Redis."""
