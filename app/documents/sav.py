"""SPSS system files, written in stretches: labels, value labels and missing values, all numeric.

The layout is that of PSPP's description of the format, version 2, little-endian, not compressed,
UTF-8. The common libraries hold all rows in memory; this holds one block.
"""

from __future__ import annotations

import datetime as dt
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from numpy.typing import NDArray

#: Where the header says how many rows there are.
_ROWS_AT = 80
_LONGEST_LABEL, _LONGEST_VALUE_LABEL = 255, 120
_NUMBER = 5  # format F


@dataclass(frozen=True, slots=True)
class Variable:
    """A column: its name, its label, the words of its values."""

    name: str
    label: str
    values: Mapping[int, str] = field(default_factory=dict)
    decimals: int = 0


class Writer:
    """Writes a file whose place can be changed: the number of rows is put in at the end."""

    def __init__(
        self,
        file: IO[bytes],
        variables: Sequence[Variable],
        *,
        weight: str,
        missing: tuple[int, int],
        made: dt.datetime,
    ) -> None:
        self._file, self._variables, self.rows = file, tuple(variables), 0
        names = [variable.name for variable in self._variables]
        file.write(_header(len(names), names.index(weight) + 1, made))
        for place, variable in enumerate(self._variables, 1):
            file.write(_variable(f"V{place}", variable, missing))
        for place, variable in enumerate(self._variables, 1):
            if variable.values:
                file.write(_value_labels(place, variable.values))
        file.write(_about_numbers())
        pairs = (f"V{place}={name}" for place, name in enumerate(names, 1))
        file.write(_extension(13, "\t".join(pairs).encode()))
        file.write(_extension(20, b"UTF-8"))
        file.write(struct.pack("<ii", 999, 0))

    def write(self, block: NDArray[np.float64]) -> None:
        """Append rows (n, variables)."""
        self._file.write(np.ascontiguousarray(block, dtype="<f8").tobytes())
        self.rows += len(block)

    def close(self) -> None:
        """Say in the header how many rows there are; the file itself stays open."""
        self._file.seek(_ROWS_AT)
        self._file.write(struct.pack("<i", self.rows))
        self._file.seek(0, 2)


def _header(columns: int, weight: int, made: dt.datetime) -> bytes:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    day = f"{made.day:02d} {months[made.month - 1]} {made.year % 100:02d}"
    return struct.pack(
        "<4s60s5id9s8s64s3x", b"$FL2", b"@(#) SPSS DATA FILE".ljust(60), 2, columns, 0, weight, -1,
        100.0, day.encode(), f"{made:%H:%M:%S}".encode(), b" " * 64,
    )  # fmt: skip


def _variable(short: str, variable: Variable, missing: tuple[int, int]) -> bytes:
    label = _cut(variable.label, _LONGEST_LABEL)
    look = _NUMBER << 16 | 12 << 8 | variable.decimals
    head = struct.pack("<6i8s", 2, 0, bool(label), -2, look, look, short.ljust(8).encode())
    named = struct.pack("<i", len(label)) + label + b" " * (-len(label) % 4) if label else b""
    return head + named + struct.pack("<2d", *missing)


def _value_labels(place: int, values: Mapping[int, str]) -> bytes:
    found = struct.pack("<ii", 3, len(values))
    for value, words in values.items():
        label = _cut(words, _LONGEST_VALUE_LABEL)
        text = bytes([len(label)]) + label
        found += struct.pack("<d", value) + text + b" " * (-len(text) % 8)
    return found + struct.pack("<3i", 4, 1, place)


def _about_numbers() -> bytes:
    """Little-endian IEEE numbers in UTF-8, and which of them stand for missing, most and least."""
    integers = struct.pack("<8i", 20, 0, 0, -1, 1, 1, 2, 65001)
    most = sys.float_info.max
    floats = struct.pack("<3d", -most, most, float(np.nextafter(-most, 0.0)))
    return _extension(3, integers, size=4) + _extension(4, floats, size=8)


def _extension(kind: int, content: bytes, *, size: int = 1) -> bytes:
    return struct.pack("<4i", 7, kind, size, len(content) // size) + content


def _cut(text: str, longest: int) -> bytes:
    """The text in UTF-8, at most so many bytes, no letter cut in two."""
    return text.encode()[:longest].decode(errors="ignore").encode()
