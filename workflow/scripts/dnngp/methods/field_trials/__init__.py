"""Stage one: from plots of field trials to means of entries with their errors, a mixed model an environment.

Why it has a likelihood of its own beside :mod:`dnngp.methods.mixed.likelihood`: that one factors the
covariance of few records of related samples, of one or two kernels. A field trial has many records, several
variance components of simple designs, and entries by the hundred that are not related to one another; what
it asks for lies in equations as small as its blocks, rows and columns. Both are climbed by
:func:`dnngp.methods.mixed.maximum.ascend`.
"""
