"""Files of genotypes, a module each format, to :class:`dnngp.genotypes.store.Genotypes`."""
