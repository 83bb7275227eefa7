"""QR codes as pictures, drawn by us from `qrcode`'s squares: no imaging library is needed.

An address in capitals needs only the alphanumeric mode, which makes a smaller code with larger
squares: easier to scan from a poster across a counter.
"""

from __future__ import annotations

import struct
import zlib

Squares = list[list[bool]]

#: Pixels along one square: about 800 for the whole code, sharp at 7 cm in print.
_PIXELS = 24
#: A light square is drawn and a dark one left out, by (above is dark, below is dark).
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def svg(address: str, *, mask: int | None = None) -> bytes:
    """The code of an address as SVG, black on white whatever the page behind it.

    Of the eight masks the best is looked for, which takes nearly all of the time; where hundreds
    are drawn together, one is named instead. Readers take any.
    """
    squares = _squares(address, mask)
    size = len(squares)
    path = "".join(
        f"M{column},{row}h1v1h-1z"
        for row, line in enumerate(squares)
        for column, dark in enumerate(line)
        if dark
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
    ground = f'<path fill="#fff" d="M0,0h{size}v{size}h-{size}z"/>'
    return f'{head} shape-rendering="crispEdges">{ground}<path d="{path}"/></svg>'.encode()


def png(address: str) -> bytes:
    """The code of an address as PNG, one bit a pixel."""
    squares = _squares(address)
    size = len(squares) * _PIXELS
    lines = b"".join(_scan_line(line) * _PIXELS for line in squares)
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def text(address: str, *, colours: bool) -> str:
    """The code of an address for a terminal, two rows of squares a line.

    With colours it is white on black in any terminal; without, the terminal must be dark.
    """
    squares = _squares(address)
    squares += [[False] * len(squares[0])] * (len(squares) % 2)
    lines = (
        "".join(_HALVES[above, below] for above, below in zip(*pair, strict=True))
        for pair in zip(squares[::2], squares[1::2], strict=True)
    )
    start, end = ("\x1b[97;40m", "\x1b[0m") if colours else ("", "")
    return "\n".join(f"{start}{line}{end}" for line in lines)


def _squares(address: str, mask: int | None = None) -> Squares:
    """The squares of the code with the four empty ones that must surround it."""
    import qrcode  # noqa: PLC0415 - it fetches an imaging library, which no page needs

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, mask_pattern=mask)
    code.add_data(address.upper())
    code.make(fit=True)
    return [[bool(dark) for dark in line] for line in code.get_matrix()]


def _scan_line(squares: list[bool]) -> bytes:
    """One row of pixels: no filter, then white as 1 and black as 0, padded to whole bytes."""
    bits = "".join(("0" if dark else "1") * _PIXELS for dark in squares)
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
