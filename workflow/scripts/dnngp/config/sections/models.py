"""Models: named choices of method, encoding and parameters."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, Tag, model_validator

from dnngp.config.option_types import Encoding, FolderName, Options, Section, Text, tagged


class EncodedLayer(Options):
    """A layer that is read in another encoding than the model's."""

    layer: Text
    """Its name."""

    encoding: Encoding
    """By its name, or an object with ``name`` and options."""


LayerChoice = Annotated[
    Annotated[Text, Tag("<string>")] | Annotated[EncodedLayer, Tag("<object>")],
    tagged(string=str, object=dict),
]


class Choice(Options):
    """A method with an encoding and parameters."""

    method: Text
    """Name of a method."""

    encoding: Encoding | None = None
    """`additive`, `onehot`, `pca` or `haplotype_blocks`, or an object with options such as `{name: pca,
    variance: 0.95}` or `{name: additive, impute: knn}`; null is the method's default.
    """

    omics: Annotated[list[LayerChoice], Field(min_length=1)] | None = None
    """What to read, `[markers, bands]`; null is the markers. A layer that needs another `encoding` is named
    with it: `{layer: bands, encoding: additive}`. Several stand side by side, but `kernel_sum` makes a
    kernel of each and `dnngp` with `branches` a branch; the members of a `stack` have `omics` of their
    own.
    """

    params: dict[str, Any] = {}
    """Parameters of the method; of a `stack` its `members`, each the name of a method or an object with
    `method`, `encoding`, `omics` and `params`.
    """

    @model_validator(mode="after")
    def _members_of_a_stack(self) -> Self:
        if self.method == "stack" and "members" in self.params:
            given = {"params": {"members": self.params["members"]}}
            members = _Stack.model_validate(given).params.members
            self.params["members"] = [one if isinstance(one, str) else one.model_dump() for one in members]
        return self


#: Members of a stack: each the name of a method, or one with an encoding and parameters.
Members = Annotated[
    list[
        Annotated[
            Annotated[Text, Tag("<string>")] | Annotated[Choice, Tag("<object>")],
            tagged(string=str, object=dict),
        ]
    ],
    Field(min_length=1),
]


class _Members(Options):
    members: Members


class _Stack(Options):
    params: _Members


class Tuning(Options):
    """Hyper-parameters chosen within the training samples of each fold."""

    budget: int = Field(ge=2)
    """Settings to try, the first of which is the default; each is fitted on five inner folds."""


class Model(Choice):
    """A named choice of method, encoding and parameters."""

    tune: Tuning | None = None
    """Choose hyper-parameters within the training lines of each fold, `{budget: 20}`; null takes the
    defaults.
    """


SECTION = Section(
    "models",
    dict[FolderName, Model],
    "Named choices of method, encoding and parameters, run beside `methods`. The name becomes a folder.",
    order=40,
)
