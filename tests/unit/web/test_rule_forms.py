"""The forms of the rule workbench: what a filled-in form changes, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

from werkzeug.datastructures import MultiDict

from rules import policy
from web import rule_forms
from web.rulebook import shown_files

POLICIES = Path(policy.__file__).parent / "policies"
FILES = {path.name: path.read_text("utf-8") for path in sorted(POLICIES.glob("*.yaml"))}
REGION = [f"t:route.yaml:region:{name}" for name in ("province", "site")]


def filled(**changes: str) -> MultiDict[str, str]:
    """Return the form as the page sends it, with some fields otherwise."""
    form: MultiDict[str, str] = MultiDict()
    for sheet in rule_forms.sheets(FILES):
        for param in sheet.params:
            form.add(param.field, changes.get(param.name, param.value))
        for grid in sheet.grids:
            for row in (*grid.rows, ("",) * len(grid.heads)):
                for head, cell in zip(grid.heads, row, strict=True):
                    form.add(head.field, cell)
    return form


def test_RSK_10_an_untouched_form_changes_nothing() -> None:
    assert rule_forms.changed(filled(), FILES, follow=True) is None


def test_RSK_10_a_number_keeps_the_unit_of_the_old_value() -> None:
    edits = rule_forms.changed(filled(pickup_limit="800", pickup_words="驿站\r\n快递柜\r\n"), FILES, follow=True)
    assert edits is not None
    assert edits.params == {"fraud.yaml": {"pickup_limit": "800元", "pickup_words": ["驿站", "快递柜"]}}
    assert rule_forms.title_of(edits, FILES) == "代收点用词；代收点金额上限 500.00元 → 800元"


def test_RSK_10_choices_and_truths_are_named_in_words() -> None:
    fields = {param.name: param for sheet in rule_forms.sheets(FILES) for param in sheet.params}
    assert fields["promo_mode"].choices[1] == ("abs", "双向绝对偏差")
    assert fields["count_cancelled"].choices == (("true", "是"), ("false", "否"))
    edits = rule_forms.changed(filled(promo_mode="abs"), FILES, follow=False)
    assert edits is not None
    assert rule_forms.title_of(edits, FILES) == "促销偏差口径 低于成本或毛利过薄 → 双向绝对偏差"


def test_RTE_09_a_filled_blank_row_is_added_and_an_emptied_one_goes() -> None:
    form = filled()
    for field, cell in zip(REGION, ("山西", "CD"), strict=True):
        form.setlist(field, [*form.getlist(field)[1:-1], cell])
    edits = rule_forms.changed(form, FILES, follow=True)
    assert edits is not None
    rows = edits.tables["route.yaml"]["region"]
    assert (rows[0], rows[-1]) == (("湖南", "CD"), ("山西", "CD"))
    assert rule_forms.title_of(edits, FILES) == "地区分仓表"


def test_RSK_10_what_was_typed_wrongly_stays_in_the_form() -> None:
    form = filled(pickup_limit="八百元")
    shown = {param.name: param for sheet in rule_forms.sheets(FILES, form) for param in sheet.params}
    assert (shown["pickup_limit"].typed, shown["pickup_limit"].value) == ("八百元", "500.00元")


def test_U2_one_value_is_typed_as_people_write_it() -> None:
    def typed(name: str, text: str) -> object:
        edits = rule_forms.one_changed(f"fraud.yaml:{name}", text, FILES)
        return edits and edits.params["fraud.yaml"][name]

    assert typed("pickup_limit", "800") == "800元"
    assert typed("pickup_words", "驿站，快递柜、代收点,自提柜") == ["驿站", "快递柜", "代收点", "自提柜"]
    assert typed("promo_mode", "双向绝对偏差") == "abs"
    assert typed("pickup_limit", "500.00") is None
    assert typed("no_such", "5") is None


def test_RSK_11_a_rules_effects_are_told_in_words() -> None:
    told = {rule.id: rule.effects for file in shown_files(FILES) for rule in file.rules}
    assert told["PEK-04"] == ("转人工复核",)
    assert told["RTE-01.region"] == ("分仓到：仓库",)
    assert told["RTE-01.default"] == ("分仓到：默认仓",)
    assert told["APP-06.skip"] == ("跳过审批：绿色通道跳过的审批",)
    assert told["RTE-05"] == ("同仓发货",)
    assert told["CAR-01.default"] == ("承运商：YUNDA · standard",)
    broken = shown_files({"pack.yaml": FILES["pack.yaml"].replace("order.", "ordr.")})
    assert "承运商：YUNDA · standard" in [effect for file in broken for rule in file.rules for effect in rule.effects]
