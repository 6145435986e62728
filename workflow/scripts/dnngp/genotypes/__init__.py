"""Genotypes and phenotypes: the store, formats, quality control, linkage, relationships, simulation."""
