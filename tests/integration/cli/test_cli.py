"""The command line: what it prints, and 0 ok, 1 refused with a reason, 2 usage."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest

from orders.actor import Role
from orders.decision import canonical_bytes
from rules.bundle import POLICIES
from server.cli import main
from server.db import people
from server.db.database import Database
from server.db.rulework import bundles
from tests.integration.desk.conftest import order

TEXT = "订单号：HL-1\n客户：苏州恒力机电有限公司\n联系人：张总 13800138000\nA-1001 A型接头 300个 单价12.50\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SLUICE_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'sluice.db'}")
    monkeypatch.setenv("SLUICE_OCR_ENGINE", "tesseract")
    return tmp_path


def file(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_read_prints_drafts_with_their_evidence(here, capsys):
    assert main(["read", file(here, "order.txt", TEXT), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"kind", "pages", "quality", "orders"}
    line = result["orders"][0]["order"]["lines"][0]
    assert (line["sku"], line["quantity"]) == ("A-1001", "300")
    assert {"path", "value", "raw", "confidence", "status", "why"} <= set(result["orders"][0]["fields"][0])


def test_NL_01_relative_day_counts_from_the_day_that_is_given(here, capsys):
    said = file(here, "said.txt", "客户张总要1000个A型接头，月底前送到苏州工厂".encode())
    assert main(["read", said, "--json", "--on", "2026-02-03"]) == 0
    (draft,) = json.loads(capsys.readouterr().out)["orders"]
    assert draft["order"]["requested_date"] == "2026-02-28"


def test_read_for_people_marks_what_is_doubtful(here, capsys):
    assert main(["read", file(here, "order.txt", TEXT)]) == 0
    assert "/lines/0/sku" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 100])
def test_read_refuses_what_it_cannot_read_with_the_reason(here, capsys, content):
    assert main(["read", file(here, "a.pdf", content)]) == 1
    assert capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(here, capsys):
    for command in ("read", "decide"):
        assert main([command, str(here / "none.json")]) == 1
        assert "none.json" in capsys.readouterr().err


def test_decide_prints_the_decision_and_stores_nothing(here, capsys):
    value = order("X-1", ("A-1001", "60"), address="江苏省苏州市虎丘区星湖街328号菜鸟驿站")
    assert main(["decide", file(here, "order.json", canonical_bytes(value))]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["outcome"], [hold["code"] for hold in body["holds"]]) == ("hold", ["PICKUP_POINT_HIGH_VALUE"])
    assert not (here / "data").exists()


def test_decide_names_the_field_that_is_wrong(here, capsys):
    value = {**order("X-1", ("A-1001", "60")), "currency": "XXX"}
    assert main(["decide", file(here, "order.json", canonical_bytes(value))]) == 1
    assert "/currency" in capsys.readouterr().err


def test_rules_are_checked_and_their_examples_run(here, capsys):
    assert main(["rules", "check"]) == 0
    policy = here / "sound"
    policy.mkdir()
    rule = "{id: R-1, when: order.payable > 500.00元, then: [{flag: F}], message: {zh: x, en: x}}"
    both = (
        "  - {name: a, given: {order.payable: 500.00}, silent: [R-1]}\n"
        "  - {name: b, given: {order.payable: 500.01}, fires: [R-1]}\n"
    )
    (policy / "p.yaml").write_text(f"policy: p\nowner: risk\nstage: fraud\nrules: [{rule}]\nexamples:\n{both}")
    assert main(["rules", "test", "--dir", str(policy)]) == 0
    told = capsys.readouterr().out
    assert "全部示例通过" in told
    assert re.search(r"变异 (\d+) 处，示例发现 \1 处", told)


def test_U1_rules_test_names_the_mutant_that_survives_and_the_missing_example(here, capsys):
    policy = here / "hollow"
    policy.mkdir()
    rule = "{id: R-1, when: order.payable > 500.00元, then: [{flag: F}], message: {zh: x, en: x}}"
    example = "{name: e, given: {order.payable: 500.01}, fires: [R-1]}"
    (policy / "p.yaml").write_text(f"policy: p\nowner: risk\nstage: fraud\nrules: [{rule}]\nexamples:\n  - {example}\n")
    assert main(["rules", "test", "--dir", str(policy)]) == 1
    told = capsys.readouterr()
    assert "p.yaml:4:25: R-1 · order.payable > 500.00元：> 改为 >=" in told.out
    assert "given: {order.payable: 500.00}, silent: [R-1]" in told.out
    assert "处变异没有示例发现" in told.err


def test_a_rule_file_with_a_typo_is_refused_with_file_line_and_suggestion(here, capsys):
    broken = here / "rules"
    shutil.copytree(POLICIES, broken)
    policy = broken / "fraud.yaml"
    policy.write_text(
        policy.read_text("utf-8").replace("order.payable > $pickup_limit", "order.payabel > $pickup_limit")
    )
    assert main(["rules", "check", "--dir", str(broken)]) == 1
    told = capsys.readouterr().err
    assert "fraud.yaml:" in told
    assert "order.payable" in told


def test_the_first_rules_need_only_a_reason(here, capsys):
    assert main(["migrate"]) == 0
    assert main(["rules", "publish"]) == 1
    assert main(["rules", "publish", "--reason", "首次发布"]) == 0
    assert "live" in capsys.readouterr().out


def test_rules_are_published_by_two_people_with_their_passwords(here, capsys, monkeypatch):
    assert main(["migrate"]) == 0
    small = here / "small"
    small.mkdir()
    rule = "{id: R-1, when: order.payable > 500.00元, then: [{flag: F}], message: {zh: x, en: x}}"
    examples = [f"{{name: e{cents}, given: {{order.payable: {cents}}}, {key}: [R-1]}}" for cents, key in
                (("500.00", "silent"), ("500.01", "fires"))]  # fmt: skip
    text = f"policy: p\nowner: risk\nstage: fraud\nrules: [{rule}]\nexamples:\n  - {examples[0]}\n  - {examples[1]}\n"
    (small / "p.yaml").write_text(text)
    publish = ["rules", "publish", "--dir", str(small), "--reason", "r"]
    assert main(publish) == 0
    now = datetime(2026, 11, 22, tzinfo=UTC)
    db = Database(f"sqlite:///{here / 'data' / 'sluice.db'}")
    with db.write() as conn:
        for login in ("anna", "ben"):
            user = {"login": login, "name": login, "password": f"{login}-password", "roles": [Role.RISK]}
            people.add_user(conn, user, now)
    (small / "p.yaml").write_text(text.replace("500.0", "800.0"))

    def typed(*lines):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    assert main(publish) == 1
    typed("anna-password", "wrong")
    assert main([*publish, "--author", "anna", "--second", "ben"]) == 1
    typed("anna-password", "anna-password")
    assert main([*publish, "--author", "anna", "--second", "anna"]) == 1
    capsys.readouterr()
    typed("anna-password")
    assert main([*publish, "--author", "anna"]) == 0
    assert "waits for a second person" in capsys.readouterr().out
    typed("anna-password", "ben-password")
    assert main([*publish, "--author", "anna", "--second", "ben"]) == 0
    with db.read() as conn:
        assert "800.00元" in bundles.files(conn, bundles.live(conn))["p.yaml"]
    db.close()


def test_the_demo_replays_and_verifies_and_tampering_is_found(here, capsys):
    assert main(["demo"]) == 0
    assert main(["demo"]) == 0
    assert main(["verify"]) == 0
    database = sqlite3.connect(here / "data" / "sluice.db")
    (order_id,) = database.execute("SELECT id FROM orders LIMIT 1").fetchone()
    assert main(["replay", order_id]) == 0
    database.execute("UPDATE audit SET detail = '{}' WHERE chain = ?", (order_id,))
    database.execute("UPDATE decisions SET body = '{}' WHERE order_id = ?", (order_id,))
    database.commit()
    database.close()
    assert main(["verify"]) == 1
    assert main(["replay", order_id]) == 1
    assert order_id in capsys.readouterr().out


def test_an_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["dance"])
    assert stopped.value.code == 2
    assert "dance" in capsys.readouterr().err


def test_a_bad_setting_is_a_usage_error_that_names_it(here, monkeypatch, capsys):
    monkeypatch.setenv("SLUICE_PORT", "eighty")
    assert main(["migrate"]) == 2
    assert "SLUICE_PORT" in capsys.readouterr().err
