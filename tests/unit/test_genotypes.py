"""The store of genotypes: what is saved comes back, and what is selected is what was asked for."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dnngp.base.tables import write_large_table
from dnngp.genotypes import store as genotypes_module
from dnngp.genotypes.store import Genotypes, GenotypesWriter, variant_names, variant_table, write_variants


@pytest.fixture
def genotypes():
    """Four variants with awkward names in three samples with awkward ids."""
    return Genotypes(
        samples=np.array(["007", 'Li "x"', "Größe 1"]),
        variants=variant_table(
            ["1", "1", "X y", ""],
            [10, 20, 5, 0],
            ["rs1", "", "NA", "1e5"],
            ["A", "AT", "", ""],
            ["C", "A", "", ""],
        ),
        dosages=np.array([[0, 1, 2], [-1, 0, 0], [2, 2, 2], [1, -1, 0]], np.int8),
        ploidy=2,
        source={"path": "x.vcf", "sha256": "0", "format": "vcf"},
    )


def test_saving_and_loading_gives_the_same(genotypes, tmp_path):
    genotypes.save(tmp_path / "a folder")
    loaded = Genotypes.load(tmp_path / "a folder")
    assert loaded.samples.tolist() == genotypes.samples.tolist()
    pd.testing.assert_frame_equal(loaded.variants, genotypes.variants)
    assert np.array_equal(loaded.dosages, genotypes.dosages)
    assert (loaded.ploidy, loaded.source) == (genotypes.ploidy, genotypes.source)


@pytest.mark.parametrize("samples", [None, np.array([2, 0]), np.array([True, False, True])])
@pytest.mark.parametrize(
    "variants", [None, np.array([3, 1]), np.array([False, True, True, False]), np.array([], int)]
)
@pytest.mark.parametrize("block", [1, 16_000_000])
def test_a_part_is_saved_as_it_would_be_selected(genotypes, tmp_path, monkeypatch, samples, variants, block):
    monkeypatch.setattr(genotypes_module, "BLOCK_BYTES", block)
    genotypes.save(tmp_path, samples, variants)
    loaded, selected = Genotypes.load(tmp_path), genotypes.select(samples, variants)
    assert loaded.samples.tolist() == selected.samples.tolist()
    pd.testing.assert_frame_equal(loaded.variants, selected.variants)
    assert np.array_equal(loaded.dosages, selected.dosages)


def test_lines_are_found_by_id_in_the_order_given(genotypes):
    assert genotypes.positions(["Größe 1", "007"]).tolist() == [2, 0]
    with pytest.raises(KeyError, match="7"):
        genotypes.positions(["7"])


def test_a_store_can_be_saved_over_itself(genotypes, tmp_path):
    genotypes.save(tmp_path)
    loaded = Genotypes.load(tmp_path)
    loaded.save(tmp_path, variants=np.array([2, 1]))
    assert Genotypes.load(tmp_path).dosages.tolist() == genotypes.dosages[[2, 1]].tolist()


@pytest.mark.parametrize("in_folder", [False, True])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_what_a_writer_collects_is_the_same_in_memory_and_on_disk(genotypes, tmp_path, in_folder, dtype):
    folder = tmp_path / "store" if in_folder else None
    dosages = genotypes.dosages.astype(dtype)
    with GenotypesWriter(genotypes.samples, 2, {"path": "x"}, folder) as writer:
        for start, end in ((0, 1), (1, 1), (1, 4)):
            writer.add(genotypes.variants.iloc[start:end], dosages[start:end])
        found = writer.close()
    for copy in [found, *([Genotypes.load(folder)] if folder else [])]:
        pd.testing.assert_frame_equal(copy.variants, genotypes.variants)
        assert copy.dosages.dtype == dtype
        assert np.array_equal(copy.dosages, dosages)
        assert copy.is_dosage
        assert len(copy.defects) == len(copy.skipped) == 0


def test_a_writer_that_fails_leaves_nothing(genotypes, tmp_path):
    def fail():
        with GenotypesWriter(genotypes.samples, 2, {}, tmp_path) as writer:
            writer.add(genotypes.variants, genotypes.dosages)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_writer_refuses_blocks_that_do_not_belong_together(genotypes):
    writer = GenotypesWriter(genotypes.samples, 2, {})
    writer.add(genotypes.variants, genotypes.dosages)
    with pytest.raises(TypeError, match="float32"):
        writer.add(genotypes.variants, genotypes.dosages.astype(np.float32))
    with pytest.raises(ValueError, match="shape"):
        writer.add(genotypes.variants.iloc[:1], genotypes.dosages)


def test_features_keep_their_missing_values(tmp_path):
    values = np.array([[0.5, np.nan], [-1e-3, 7]], np.float32)
    table = Genotypes(np.array(["a", "b"]), variant_table("", 0, ["f", "g"], "", ""), values, None, {})
    table.save(tmp_path)
    loaded = Genotypes.load(tmp_path)
    assert not loaded.is_dosage
    assert np.array_equal(loaded.dosages, values, equal_nan=True)


def test_loaded_dosages_stay_on_disk_and_cannot_be_changed(genotypes, tmp_path):
    genotypes.save(tmp_path)
    loaded = Genotypes.load(tmp_path)
    assert isinstance(loaded.dosages, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded.dosages[0, 0] = 1


@pytest.mark.parametrize("samples", [None, np.array([2, 0]), np.array([True, False, True])])
@pytest.mark.parametrize("variants", [None, np.array([3, 1]), np.array([False, True, True, False])])
def test_selections_pick_rows_columns_and_names_together(genotypes, samples, variants):
    def picked(index, count):
        return range(count) if index is None else np.arange(count)[index]

    part = genotypes.select(samples, variants)
    columns, rows = list(picked(samples, 3)), list(picked(variants, 4))
    assert part.dosages.tolist() == [[int(genotypes.dosages[v, s]) for s in columns] for v in rows]
    assert part.samples.tolist() == [genotypes.samples[s] for s in columns]
    assert part.variants["id"].tolist() == [genotypes.variants["id"][v] for v in rows]
    assert part.variants.index.tolist() == list(range(len(rows)))
    assert np.array_equal(genotypes.rows(samples, variants), part.dosages.T)


def test_rows_are_a_copy_with_contiguous_samples(genotypes):
    rows = genotypes.rows()
    assert rows.flags.c_contiguous
    rows[:] = 0
    assert genotypes.dosages.any()


def test_variants_without_an_id_are_named_by_position(genotypes):
    assert variant_names(genotypes.variants).tolist() == ["rs1", "1:20:AT:A", "NA", "1e5"]


def test_shapes_and_types_that_do_not_belong_together_are_refused(genotypes):
    with pytest.raises(ValueError, match="3 samples"):
        Genotypes(genotypes.samples, genotypes.variants, genotypes.dosages.T, 2, {})
    with pytest.raises(TypeError, match="int64"):
        Genotypes(genotypes.samples, genotypes.variants, genotypes.dosages.astype(int), 2, {})
    with pytest.raises(TypeError, match="not float32"):
        Genotypes(genotypes.samples, genotypes.variants, genotypes.dosages, None, {})


def test_a_table_of_variants_is_written_as_it_is_whatever_its_chunks(tmp_path):
    """Parts of a file may hold no variant: pyarrow 26 writes an empty first chunk as bytes never set."""
    some = variant_table("1", [1, 2], ["a", "b"], "A", "C")
    whole = pd.concat([some[:0], some], ignore_index=True)
    assert pa.array(whole["id"]).num_chunks == 2
    write_variants(whole, tmp_path / "variants.tsv")
    write_large_table(whole, tmp_path / "large.tsv")
    text = "chrom\tpos\tid\tref\talt\n1\t1\ta\tA\tC\n1\t2\tb\tA\tC\n"
    assert (tmp_path / "variants.tsv").read_text() == (tmp_path / "large.tsv").read_text() == text
