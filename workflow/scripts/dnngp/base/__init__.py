"""What every room stands on, free of genetics: errors, files, tables, seeds, jobs, timing, the ledger."""
