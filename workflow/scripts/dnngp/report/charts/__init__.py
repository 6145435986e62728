"""Figures: names of result tables in, Altair charts out.

Each function draws *one panel* (one dataset, one trait, ...) from tables that
hold nothing but what the panel shows. A table is given by name and its rows are
put into the specification's ``datasets`` (or its data, in the page) afterwards:
the page then draws many panels from one specification, and Altair, which copies
what it is given at every step, never holds the data.

A chart adds no statistics of its own: what is drawn is what the tables say.
"""

from __future__ import annotations
