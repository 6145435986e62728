"""What a method reads of the genotypes, fitted on training samples and applied to others; imputation."""
