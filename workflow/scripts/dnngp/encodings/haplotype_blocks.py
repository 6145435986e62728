"""Haplotype blocks: which combination of genotypes a sample has in each run of linked markers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.base.parameters import Parameter, share
from dnngp.encodings.encoding import EncodingKind, whole_dosages_alone
from dnngp.encodings.row_transformer import RowTransformer, check_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.fitting import TransformedRows
    from dnngp.encodings.samples.population import Samples, Selection

#: Most markers of a block: of the highest ploidy the number of a pattern still is an int64.
LONGEST = 15


class Block(NamedTuple):
    """A block, and the patterns of dosages that training samples have in it.

    Attributes
    ----------
    markers
        (m,) columns of its markers.
    codes
        (k,) int64 number of each pattern, ascending.
    classes
        (k,) class that it belongs to.
    counts
        (k,) training samples with it.
    rest
        Class of patterns that no training sample has; -1 where there is none.
    """

    markers: np.ndarray
    codes: np.ndarray
    classes: np.ndarray
    counts: np.ndarray
    rest: int


@dataclass(eq=False, repr=False)
class HaplotypeBlocks(RowTransformer):
    """A column for each class of genotypes in each block of linked markers, centred.

    Markers of a chromosome that lie behind one another are a block as long as every two of them have a
    squared correlation of dosages of ``r2`` or more among the training samples (Cuyabano et al. 2014, BMC
    Genomics 15:1171, who take D' of phased haplotypes), and as there are no more than ``markers``; with
    ``r2`` 0 all blocks are of this length.

    A class is a pattern of dosages over the markers of a block: of homozygous lines a haplotype, of others a
    pair of unphased ones. Patterns of fewer than :attr:`RARE` of the training samples, or of one alone, are
    one class (Hess et al. 2017, Genet Sel Evol 49:54, leave those below 1 % out), and any that no training
    sample has belongs to it; where no pattern is rare, such a sample stands at the frequencies of the
    classes. One with missing calls stands at those of the patterns that its calls allow. Blocks of one class
    have no column.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.
    r2
        Least squared correlation of any two markers of a block.
    markers
        Most markers of a block.
    chromosomes, positions
        (p,) of each marker; None: all on one chromosome, in their order.

    Attributes
    ----------
    ends_ : (b,) int64
        One past the last marker of each block, in the order of the genome.
    mean_ : (q,) float64
        Share of the training samples in each class.
    """

    ploidy: int = 2
    r2: float = 0.2
    markers: int = 10
    chromosomes: Any = None
    positions: Any = None

    #: Share of the training samples below which a pattern is rare.
    RARE: ClassVar[float] = 0.01
    #: Columns that are made at a time.
    PIECE: ClassVar[int] = 4096
    STATE = ("n_features_in_", "order_", "ends_", "sizes_", "codes_", "classes_", "counts_", "rest_", "mean_")

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Find blocks and classes in X (n, p), integers with -1 for missing.

        Raises
        ------
        UserError
            No block has two classes.
        """
        X = self._begin(X)
        self.__dict__.pop("_blocks", None)
        chromosome, position = (
            np.zeros(X.shape[1], np.int64) if given is None else np.unique(given, return_inverse=True)[1]
            for given in (self.chromosomes, self.positions)
        )
        self.order_ = np.lexsort((position, chromosome))
        self.ends_ = self._ends(X, chromosome[self.order_])
        starts = np.append(0, self.ends_[:-1])
        blocks = [
            self._block(X, self.order_[start:end]) for start, end in zip(starts, self.ends_, strict=True)
        ]
        self.sizes_ = np.array([len(one.codes) for one in blocks])
        self.codes_, self.classes_, self.counts_ = (
            np.concatenate([getattr(one, name) for one in blocks]) for name in ("codes", "classes", "counts")
        )
        self.rest_ = np.array([one.rest for one in blocks])
        if not any(map(_width, blocks)):
            raise UserError(
                f"none of {len(blocks)} haplotype blocks has two patterns that are common enough to tell "
                f"{len(X)} training samples apart.",
                remedy="Lower `markers` of the encoding haplotype_blocks.",
            )
        self.mean_ = np.concatenate([piece.mean(axis=0) for piece in self._pieces(X)])
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, q) float32.

        Raises
        ------
        UserError
            Dosages that are no whole numbers.
        """
        return np.hstack([piece.astype(np.float32) for piece in self.pieces(X)])

    def pieces(self, X: np.ndarray) -> Iterator[np.ndarray]:
        """What :meth:`transform` gives, float64, some columns at a time."""
        X = np.nan_to_num(self._checked(X), nan=-1)
        check_whole(X, "haplotype_blocks")
        first = 0
        for piece in self._pieces(X.astype(np.int64)):
            yield piece - self.mean_[first : first + piece.shape[1]]
            first += piece.shape[1]

    def reference(self) -> np.ndarray:
        """(q,) the mean genotype, encoded."""
        return np.zeros(len(self.mean_))

    def on_markers(self, shares: np.ndarray) -> np.ndarray:
        """By marker (n, p): the markers of a block have equal parts of what its columns (n, q) have."""
        found, first = np.zeros((len(shares), self.n_features_in_)), 0
        for block in self._blocks:
            of_block = shares[:, first : first + _width(block)].sum(axis=1, keepdims=True)
            found[:, block.markers] = of_block / len(block.markers)
            first += _width(block)
        return found

    def _ends(self, X: np.ndarray, chromosome: np.ndarray) -> np.ndarray:
        """One past the last marker of each block, of markers in the order of the genome."""
        from dnngp.genotypes.ld import MarkerPlanes

        p, back = len(chromosome), np.arange(1, self.markers)
        later, earlier = np.broadcast_arrays(np.arange(p)[:, None], np.arange(p)[:, None] - back)
        linked = (earlier >= 0) & (chromosome[np.maximum(earlier, 0)] == chromosome[later])
        if self.r2 > 0:
            planes = MarkerPlanes(np.ascontiguousarray(X.T), self.ploidy, self.order_)
            # A marker without calls in common with another has no correlation, and ends the block.
            linked[linked] = planes.r2(later[linked], earlier[linked]) >= self.r2
        reach = np.cumprod(linked, axis=1).sum(axis=1)
        starts = [0]
        for marker, behind in enumerate(reach.tolist()):
            if marker - starts[-1] > behind:
                starts.append(marker)
        return np.array([*starts[1:], p])

    def _block(self, X: np.ndarray, markers: np.ndarray) -> Block:
        calls = X[:, markers].astype(np.int64)
        complete = (calls >= 0).all(axis=1)
        codes, counts = np.unique(self._codes(calls[complete]), return_counts=True)
        rare = counts < max(self.RARE * complete.sum(), 2)
        classes = np.cumsum(~rare) - 1
        rest = int(np.sum(~rare)) if rare.any() else -1
        return Block(markers, codes, np.where(rare, rest, classes), counts, rest)

    def _codes(self, calls: np.ndarray) -> np.ndarray:
        """Number (n,) of each pattern of dosages (n, m)."""
        return calls @ (self.ploidy + 1) ** np.arange(calls.shape[1])

    @cached_property
    def _blocks(self) -> list[Block]:
        """The blocks of several classes."""
        markers = np.split(self.order_, self.ends_[:-1])
        patterns = [
            np.split(of, np.cumsum(self.sizes_)[:-1]) for of in (self.codes_, self.classes_, self.counts_)
        ]
        blocks = map(Block, markers, *patterns, self.rest_.tolist())
        return [one for one in blocks if _width(one)]

    def _pieces(self, X: np.ndarray) -> Iterator[np.ndarray]:
        """Classes of samples, before centring: (n, some columns) float64."""
        waiting, columns = [], 0
        for block in self._blocks:
            waiting.append(self._encoded(X[:, block.markers].astype(np.int64), block))
            columns += waiting[-1].shape[1]
            if columns >= self.PIECE:
                yield np.hstack(waiting)
                waiting, columns = [], 0
        if waiting:
            yield np.hstack(waiting)

    def _encoded(self, calls: np.ndarray, block: Block) -> np.ndarray:
        """Classes (n, c) of samples with calls (n, m) of one block."""
        result = np.zeros((len(calls), _width(block)))
        missing = (calls < 0).any(axis=1)
        codes = self._codes(calls)
        place = np.minimum(np.searchsorted(block.codes, codes), len(block.codes) - 1)
        seen = (block.codes[place] == codes) & ~missing
        result[np.flatnonzero(seen), block.classes[place[seen]]] = 1
        result[~seen & ~missing] = _shares(block, np.zeros(len(block.codes), bool))
        if missing.any():
            patterns = block.codes[:, None] // (self.ploidy + 1) ** np.arange(calls.shape[1])
            patterns %= self.ploidy + 1
            given, of = np.unique(calls[missing], axis=0, return_inverse=True)
            allowed = [((patterns == one) | (one < 0)).all(axis=1) for one in given]
            result[missing] = np.array([_shares(block, some) for some in allowed])[of.reshape(-1)]
        return result


def _width(block: Block) -> int:
    """Columns of a block, 0 where it has but one class."""
    classes = int(block.classes.max(initial=-1)) + 1
    return classes if classes > 1 else 0


def _shares(block: Block, allowed: np.ndarray) -> np.ndarray:
    """Shares (c,) of the classes among patterns that are allowed (k,); without any, of an unseen pattern."""
    width = _width(block)
    if not allowed.any() and block.rest >= 0:
        return np.eye(width)[block.rest]
    counts = np.where(allowed, block.counts, 0) if allowed.any() else block.counts
    return np.bincount(block.classes, counts, width) / counts.sum()


class BlockProducts:
    """Cross products of the classes of training samples: a relationship matrix of haplotypes."""

    def __init__(self, selection: Selection, options: Mapping[str, Any]) -> None:
        from dnngp.encodings.samples.arrays_and_kernels import Kernel

        self._selection = selection
        selection.saw("haplotype blocks, relationships")
        rows = selection.values()
        self._transformer = _of(selection, options).fit(rows)
        self._training = list(self._transformer.pieces(rows))
        values = np.sum([piece @ piece.T for piece in self._training], axis=0)
        # The mean of the diagonal is 1, as that of VanRaden's matrix in Hardy-Weinberg proportions.
        self._scale = float(np.trace(values)) / len(values)
        self.training = Kernel(values, np.diagonal(values).copy(), self._scale, selection.source.name)
        self.fitted: Sequence[np.ndarray] = (*self._transformer.to_arrays().values(), values)
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding."""
        from dnngp.encodings.samples.arrays_and_kernels import Kernel

        rows = self._selection.values_of(samples)
        values, diagonal = np.zeros((len(rows), len(self._training[0]))), np.zeros(len(rows))
        for piece, others in zip(self._training, self._transformer.pieces(rows), strict=True):
            values += others @ piece.T
            diagonal += np.einsum("mq,mq->m", others, others)
        return Kernel(values, diagonal, self._scale, self._selection.source.name)


def _of(selection: Selection, options: Mapping[str, Any]) -> HaplotypeBlocks:
    variants = selection.source.genotypes.variants.iloc[selection.markers]
    places = variants["chrom"].to_numpy(str), variants["pos"].to_numpy()
    return HaplotypeBlocks(selection.ploidy or 2, **options, chromosomes=places[0], positions=places[1])


def _array(selection: Selection, options: Mapping[str, Any]) -> TransformedRows:
    from dnngp.encodings.samples.fitting import TransformedRows

    selection.saw("encoding (haplotype_blocks)")
    return TransformedRows(_of(selection, options), selection)


ENCODING = EncodingKind(
    name="haplotype_blocks",
    meaning="a column for each pattern of dosages over a block of neighbouring markers, centred; every two "
    "markers of a block have a squared correlation of `r2` or more among the training samples, and a block "
    "has no more than `markers` (with `r2: 0`, exactly so many); patterns of less than 1 % of the training "
    "samples are one class. As a kernel, relationships by haplotypes (Cuyabano et al. 2014, BMC Genomics "
    "15:1171)",
    options={"r2": share(0.2), "markers": Parameter(10, int, 2, LONGEST)},
    transformer=lambda ploidy, options: HaplotypeBlocks(ploidy or 2, **options),
    array=_array,
    kernel=BlockProducts,
    refusal=lambda ploidy, whole: whole_dosages_alone(ploidy, whole, "haplotype_blocks", "additive or pca"),
    citation="Cuyabano et al. 2014, BMC Genomics 15:1171",
    like="additive",
)
