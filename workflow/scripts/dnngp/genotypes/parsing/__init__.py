"""What formats share: calls, cells, rows of tables, lines of VCF, compressed text."""
