"""The worked examples of METHODS.md, run as they stand."""

from __future__ import annotations

import doctest
from pathlib import Path

import analysis


def test_the_worked_examples_of_methods_md_are_true() -> None:
    methods = Path(analysis.__file__).with_name("METHODS.md")
    failed, attempted = doctest.testfile(str(methods), module_relative=False, encoding="utf-8")
    assert attempted > 25
    assert failed == 0
