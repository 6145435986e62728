"""Keys and words of the configuration that had other names in version 0.1.0."""

from __future__ import annotations

from collections.abc import Mapping

#: New names by the old one; where it is known among several groups, the one that its group has is right.
RENAMED: Mapping[str, tuple[str, ...]] = {
    "CV2*": ("CV2star",),
    "answer": ("candidate",),
    "choose": ("marker_order",),
    "inputs": ("encodings",),
    "layer": ("omics",),
    "layers": ("omics",),
    "lines": ("samples",),
    "margin": ("equivalence_margin",),
    "size": ("learning_curve",),
    "study": ("experiments",),
    "top": ("selected_fraction",),
    "variant": ("model",),
    "variants": ("models",),
}

#: What to do instead of a key that has no successor of its own.
MOVED: Mapping[str, str] = {
    "trials": "Since 0.2.0 a dataset describes its `environments`, or treats `traits` as such; CV1, CV2, "
    "CV2star, CV0 and CV00 are `cv.schemes`, and what models several environments is listed in `methods`: "
    "docs/how-to/multi-environment-trials.md"
}
