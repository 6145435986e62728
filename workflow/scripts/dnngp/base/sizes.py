"""The size from which work is done in another way. Nothing but the standard library: plans read it."""

#: Samples above which nothing is made that has a number for each pair of them: a matrix would take 0.8 GB
#: three times, and its eigendecomposition ten times as long as products with streamed markers.
LARGE = 10_000
