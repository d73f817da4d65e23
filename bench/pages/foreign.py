"""Orders as strangers write them: HTML pages printed by a browser, in words and shapes that no reader was developed on.

Measured before the reader was changed for them (86.1 % of fields as PDF, 82 to 87 % as pictures), then learnt from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.pages import foreign_forms, foreign_screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pages.foreign_sheet import Sheet
    from bench.pages.orders import SampleOrder

FOREIGN: dict[str, Callable[[SampleOrder], Sheet]] = {
    "contract": foreign_forms.contract,
    "bilingual_po": foreign_forms.bilingual,
    "landscape": foreign_forms.landscape,
    "thermal": foreign_forms.thermal,
    "leaders": foreign_forms.leaders,
    "remarked": foreign_forms.remarked,
    "sealed": foreign_forms.sealed,
    "two_tables": foreign_forms.two_tables,
    "paged": foreign_forms.paged,
    "below": foreign_forms.below,
    "capitals": foreign_screens.capitals,
    "taxed": foreign_screens.taxed,
    "traditional": foreign_screens.traditional,
    "synonyms": foreign_screens.synonyms,
    "erp_screen": foreign_screens.erp_screen,
    "wps_grid": foreign_screens.wps_grid,
    "excel_screen": foreign_screens.excel_screen,
    "letter": foreign_screens.letter,
}
