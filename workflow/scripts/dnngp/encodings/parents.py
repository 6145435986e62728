"""Parents: crosses by the genotypes of their parents, a side at a time or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dnngp.base.parameters import choice
from dnngp.encodings.additive import Additive
from dnngp.encodings.encoding import EncodingKind

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Encoded
    from dnngp.encodings.samples.population import Selection


def _kernel(selection: Selection, options: Mapping[str, Any]) -> Encoded:
    from dnngp.encodings.samples.parent_kernel import ParentKernel

    return ParentKernel(selection, options["side"])


ENCODING = EncodingKind(
    name="parents",
    meaning="relationships of crosses through their `side`: `female`, `male`, or the product of `both`; as "
    "rows the dosages of the crosses themselves",
    options={"side": choice("both", "female", "male", "both")},
    transformer=lambda ploidy, options: Additive(),
    kernel=_kernel,
)
