"""Validation schemes, one file each: which samples are predicted by which others.

Read by the configuration, so that the declarations need nothing but the standard
library; the functions import what they need. To add one, write a file here that
sets ``SCHEME``: the configuration, the folds and the documentation then have it.
"""

from dnngp.base.plugins import scan
from dnngp.validation.scheme import Scheme

#: Every scheme by name, in the order of the documentation.
SCHEMES: dict[str, Scheme] = scan(__name__, "SCHEME")
