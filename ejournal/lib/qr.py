"""QR codes drawn as SVG, without a style and without a script: for pages under our CSP and for paper."""

from functools import lru_cache

import qrcode
from django.utils.safestring import SafeString, mark_safe

QUIET = 4  # modules of white around, as the standard asks
_MASK = 3  # a fixed mask saves the search for the best of eight, more than half of the time


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of a code, with correction M and without the quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, mask_pattern=_MASK, border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


@lru_cache(maxsize=512)
def qr_svg(text: str) -> SafeString:
    """An SVG whose size its place gives: black on white in both themes, since scanners need it so."""
    rows = qr_matrix(text)
    size = len(rows) + 2 * QUIET
    path = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                path.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h-{x - start}z")
            x += 1
    # Figures of our own making; the text itself is not in it.
    return mark_safe(  # noqa: S308
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"'
        f' role="img" aria-label="QR"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path fill="#000" d="{"".join(path)}"/></svg>'
    )
