"""Sections of the report, a folder each; see :mod:`dnngp.report.section`."""
