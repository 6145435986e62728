"""Stored trees are checked before a compiled library walks them: it follows any index that it reads.

A child lies behind its parent in all forms that are stored, so that every walk ends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from dnngp.base.lazy import np


def check_tree(features: Sequence[int], columns: int, *children: Sequence[int]) -> None:
    """Whether nodes ask features that there are, and lead to nodes behind themselves.

    Parameters
    ----------
    features
        (k,) column that each node asks for.
    columns
        How many there are.
    children
        (k,) of the left and of the right: the number of a node, or below 0 for a leaf.

    Raises
    ------
    ValueError
        They do not.
    """
    asked, nodes = np.asarray(features, np.int64), np.arange(len(features))
    if ((asked < 0) | (asked >= columns)).any():
        raise ValueError(f"a tree asks for a feature that is none of {columns}")
    for side in children:
        to = np.asarray(side, np.int64)
        if len(to) != len(nodes) or ((to >= 0) & ((to <= nodes) | (to >= len(nodes)))).any():
            raise ValueError("a tree leads to a node that is not behind its parent")


def checked_lightgbm(text: str, columns: int, objective: str) -> str:
    """The trees of LightGBM's text form, without the settings of its fit.

    Raises
    ------
    ValueError
        Another kind of model, or a tree that cannot be walked.
    """
    head, *trees = text.partition("\nend of trees")[0].split("\n\nTree=")
    settings = _assigned(head)
    settings["objective"] = settings.get("objective", "").partition(" ")[0]
    expected = {"num_class": "1", "num_tree_per_iteration": "1", "objective": objective}
    expected["max_feature_idx"] = str(columns - 1)
    for name, value in expected.items():
        if settings.get(name) != value:
            raise ValueError(f"the trees have {name} {settings.get(name)!r}, not {value!r}")
    for tree in trees:
        _check_lightgbm_tree(_assigned(tree.partition("\n")[2]), columns)
    # Without the line of their sizes the trees are read one behind the other.
    lines = [line for line in head.splitlines() if not line.startswith("tree_sizes=")]
    body = [f"Tree={number}\n{tree.partition(chr(10))[2]}" for number, tree in enumerate(trees)]
    return "\n\n".join(["\n".join(lines), *body, "end of trees\n"])


def checked_xgboost(text: str, columns: int, objective: str) -> bytes:
    """The trees of XGBoost's JSON form, written anew.

    Raises
    ------
    ValueError, KeyError, TypeError
        Another kind of model, or a tree that cannot be walked.
    """
    learner = json.loads(text)["learner"]
    shape = learner["learner_model_param"]
    found = (shape["num_feature"], shape["num_class"], shape["num_target"], learner["objective"]["name"])
    if found != (str(columns), "0", "1", objective) or learner["feature_names"]:
        raise ValueError(f"the trees are of another model than {columns} features and one trait have")
    booster = learner["gradient_booster"]
    trees = booster["model"]["trees"]
    if booster["name"] != "gbtree" or any(booster["model"]["tree_info"]):
        raise ValueError("the trees are not those of one boosted model")
    for number, tree in enumerate(trees):
        size = int(tree["tree_param"]["num_nodes"])
        lists = [one for name, one in tree.items() if isinstance(one, list) and "categories" not in name]
        if tree["id"] != number or {len(one) for one in lists} != {size} or any(tree["split_type"]):
            raise ValueError("a tree has lists of different lengths")
        if any((one < 0) != (other < 0) for one, other in zip(*_children(tree), strict=True)):
            raise ValueError("a tree has a node with one child")
        check_tree(tree["split_indices"], columns, *_children(tree))
    return json.dumps(json.loads(text)).encode()


def _children(tree: dict[str, list[int]]) -> tuple[list[int], list[int]]:
    return tree["left_children"], tree["right_children"]


def _check_lightgbm_tree(tree: dict[str, str], columns: int) -> None:
    leaves = int(tree["num_leaves"])
    if (tree["num_cat"], tree["is_linear"]) != ("0", "0") or len(tree["leaf_value"].split()) != leaves:
        raise ValueError("a tree is of another kind than those of a regression")
    if leaves == 1:
        return
    names = ("split_feature", "left_child", "right_child", "decision_type")
    asked, left, right, kinds = ([int(cell) for cell in tree[name].split()] for name in names)
    sizes = {len(asked), len(kinds), len(tree["threshold"].split())}
    if sizes != {leaves - 1} or any(kind & 1 for kind in kinds) or min(*left, *right) < -leaves:
        raise ValueError("a tree has lists of different lengths")
    check_tree(asked, columns, left, right)


def _assigned(text: str) -> dict[str, str]:
    """``name=value`` lines, a name once."""
    pairs = [(line.partition("=")[0], line.partition("=")[2]) for line in text.splitlines() if "=" in line]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the trees name a value twice")
    return found
