"""Addresses: what is certain is taken, what fits two places is left open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from intake.known.address import complete, parse
from intake.known.division import divisions
from orders.errors import InternalError
from orders.party import Address

if TYPE_CHECKING:
    from pathlib import Path

CERTAIN = """
江苏省苏州市虎丘区星湖街328号 | 江苏省 | 苏州市 | 虎丘区 | 星湖街328号 | 320505
江苏省 苏州市 虎丘区 星湖街328号 | 江苏省 | 苏州市 | 虎丘区 | 星湖街328号 | 320505
江苏省，苏州市，虎丘区，星湖街328号 | 江苏省 | 苏州市 | 虎丘区 | 星湖街328号 | 320505
苏州工业园区星湖街328号 | 江苏省 | 苏州市 | 苏州工业园区 | 星湖街328号 | 320576
苏州市工业园区星湖街328号 | 江苏省 | 苏州市 | 苏州工业园区 | 星湖街328号 | 320576
江苏省苏州市苏州工业园区星湖街328号 | 江苏省 | 苏州市 | 苏州工业园区 | 星湖街328号 | 320576
江苏苏州园区星湖街328号 | 江苏省 | 苏州市 | 苏州工业园区 | 星湖街328号 | 320576
苏州新区狮山路1号 | 江苏省 | 苏州市 | 虎丘区 | 狮山路1号 | 320505
东莞长安镇振安中路168号 | 广东省 | 东莞市 | 长安镇 | 振安中路168号 | 441900
广东省东莞市长安镇振安中路168号 | 广东省 | 东莞市 | 长安镇 | 振安中路168号 | 441900
广东省东莞市振安中路168号 | 广东省 | 东莞市 | 东莞市 | 振安中路168号 | 441900
渝北区龙溪街道新溉大道1号 | 重庆市 | 重庆市 | 渝北区 | 龙溪街道新溉大道1号 | 500112
重庆渝北龙溪街道1号 | 重庆市 | 重庆市 | 渝北区 | 龙溪街道1号 | 500112
重庆市酉阳土家族苗族自治县1号 | 重庆市 | 重庆市 | 酉阳土家族苗族自治县 | 1号 | 500242
北京朝阳区建国路88号 | 北京市 | 北京市 | 朝阳区 | 建国路88号 | 110105
北京市北京市朝阳区建国路88号 | 北京市 | 北京市 | 朝阳区 | 建国路88号 | 110105
北京市市辖区朝阳区建国路88号 | 北京市 | 北京市 | 朝阳区 | 建国路88号 | 110105
长春市朝阳区人民大街1号 | 吉林省 | 长春市 | 朝阳区 | 人民大街1号 | 220104
南京鼓楼区中山路1号 | 江苏省 | 南京市 | 鼓楼区 | 中山路1号 | 320106
内蒙古自治区呼和浩特市赛罕区大学西街1号 | 内蒙古自治区 | 呼和浩特市 | 赛罕区 | 大学西街1号 | 150105
内蒙古呼和浩特赛罕区大学西街1号 | 内蒙古自治区 | 呼和浩特市 | 赛罕区 | 大学西街1号 | 150105
广西南宁青秀区民族大道1号 | 广西壮族自治区 | 南宁市 | 青秀区 | 民族大道1号 | 450103
宁夏银川金凤区北京中路1号 | 宁夏回族自治区 | 银川市 | 金凤区 | 北京中路1号 | 640106
西藏拉萨城关区北京中路1号 | 西藏自治区 | 拉萨市 | 城关区 | 北京中路1号 | 540102
新疆维吾尔自治区喀什地区喀什市1号 | 新疆维吾尔自治区 | 喀什地区 | 喀什市 | 1号 | 653101
新疆石河子市北四路1号 | 新疆维吾尔自治区 | 石河子市 | 石河子市 | 北四路1号 | 659001
海南省琼海市嘉积镇银海路1号 | 海南省 | 琼海市 | 嘉积镇 | 银海路1号 | 469002
海南省省直辖县级行政区划琼海市嘉积镇银海路1号 | 海南省 | 琼海市 | 嘉积镇 | 银海路1号 | 469002
海南陵水县椰林镇1号 | 海南省 | 陵水黎族自治县 | 椰林镇 | 1号 | 469028
海南省儋州市那大镇文化路1号 | 海南省 | 儋州市 | 那大镇 | 文化路1号 | 460400
湖北省仙桃市干河街道1号 | 湖北省 | 仙桃市 | 干河街道 | 1号 | 429004
甘肃省嘉峪关市雄关街道1号 | 甘肃省 | 嘉峪关市 | 雄关街道 | 1号 | 620201
浙江省杭州市临平区南苑街道1号 | 浙江省 | 杭州市 | 临平区 | 南苑街道1号 | 330113
临平区南苑街道1号 | 浙江省 | 杭州市 | 临平区 | 南苑街道1号 | 330113
杭州市江干区钱江路1号 | 浙江省 | 杭州市 | 上城区 | 钱江路1号 | 330102
上海浦东金科路2889号 | 上海市 | 上海市 | 浦东新区 | 金科路2889号 | 310115
上海闸北区共和新路1号 | 上海市 | 上海市 | 静安区 | 共和新路1号 | 310106
天津市滨海新区塘沽1号 | 天津市 | 天津市 | 滨海新区 | 塘沽1号 | 120116
昆山市玉山镇前进路1号 | 江苏省 | 苏州市 | 昆山市 | 玉山镇前进路1号 | 320583
义乌小商品城1号 | 浙江省 | 金华市 | 义乌市 | 小商品城1号 | 330782
吉林市船营区吉林大街1号 | 吉林省 | 吉林市 | 船营区 | 吉林大街1号 | 220204
湖北恩施州恩施市航空大道1号 | 湖北省 | 恩施土家族苗族自治州 | 恩施市 | 航空大道1号 | 422801
四川省阿坝藏族羌族自治州汶川县1号 | 四川省 | 阿坝藏族羌族自治州 | 汶川县 | 1号 | 513221
海南藏族自治州共和县1号 | 青海省 | 海南藏族自治州 | 共和县 | 1号 | 632521
广州天河体育西路1号 | 广东省 | 广州市 | 天河区 | 体育西路1号 | 440106
深圳南山科技园南区1号 | 广东省 | 深圳市 | 南山区 | 科技园南区1号 | 440305
湖南长沙芙蓉区五一大道1号 | 湖南省 | 长沙市 | 芙蓉区 | 五一大道1号 | 430102
518000 广东省深圳市宝安区1号 | 广东省 | 深圳市 | 宝安区 | 1号 | 440306
中国广东省深圳市宝安区1号 | 广东省 | 深圳市 | 宝安区 | 1号 | 440306
河北省雄安新区容城县1号 | 河北省 | 保定市 | 容城县 | 1号 | 130629
湖北襄樊市樊城区1号 | 湖北省 | 襄阳市 | 樊城区 | 1号 | 420606
成都市双流县西航港大道88号 | 四川省 | 成都市 | 双流区 | 西航港大道88号 | 510116
合肥市高新区望江西路1号 | 安徽省 | 合肥市 | 合肥高新技术产业开发区 | 望江西路1号 | 340176
山东青岛西海岸新区1号 | 山东省 | 青岛市 | 黄岛区 | 1号 | 370211
江苏南通通州区1号 | 江苏省 | 南通市 | 通州区 | 1号 | 320612
台湾省台北市信义区1号 | 台湾省 | 台北市 | 信义区 | 1号 | 710000
香港湾仔区轩尼诗道1号 | 香港特别行政区 | 香港岛 | 湾仔区 | 轩尼诗道1号 | 810000
""".strip().splitlines()

OPEN = """
朝阳区建国路88号 | - | - | 建国路88号 | 北京市朝阳区 | 吉林省长春市朝阳区
西湖区文三路1号 | - | - | 文三路1号 | 浙江省杭州市西湖区 | 江西省南昌市西湖区
通州区新华大街1号 | - | - | 新华大街1号 | 北京市通州区 | 江苏省南通市通州区
江苏省鼓楼区中山路1号 | 江苏省 | - | 中山路1号 | 江苏省南京市鼓楼区 | 江苏省徐州市鼓楼区
朝阳建设路1号 | - | - | 朝阳建设路1号
新区长江路1号 | - | - | 新区长江路1号
南京路100号 | - | - | 南京路100号
苏州路12号 | - | - | 苏州路12号
广州大道中289号 | - | - | 广州大道中289号
四川北路1号 | - | - | 四川北路1号
中山公园1号门 | - | - | 中山公园1号门
菜鸟驿站3号柜 | - | - | 菜鸟驿站3号柜
长沙市芙蓉中路1号 | 湖南省 | 长沙市 | 芙蓉中路1号
成都高新区天府大道1号 | 四川省 | 成都市 | 高新区天府大道1号
江苏省杭州市西湖区文三路1号 | 江苏省 | - | 杭州市西湖区文三路1号
""".strip().splitlines()


def cells(row: str) -> list[str | None]:
    return [None if cell.strip() == "-" else cell.strip() for cell in row.split(" | ")]


@pytest.mark.parametrize("row", CERTAIN)
def test_MAP_12_address_that_is_certain_is_taken_apart(row: str) -> None:
    text, *expected = cells(row)
    read = parse(text or "")
    assert [read.province, read.city, read.district, read.detail, read.adcode] == expected
    assert read.candidates == ()


@pytest.mark.parametrize("row", OPEN)
def test_VAL_03_address_that_fits_two_places_or_none_is_left_open(row: str) -> None:
    text, province, city, detail, *candidates = cells(row)
    read = parse(text or "")
    assert (read.province, read.city, read.district, read.detail) == (province, city, None, detail)
    assert list(read.candidates) == candidates


@pytest.mark.parametrize("text", ["", " ", "，", "1", "省", "市区县", "\U0001f600" * 400])
def test_address_that_says_nothing_is_read_as_nothing(text: str) -> None:
    read = parse(text)
    assert (read.province, read.city, read.district, read.adcode) == (None, None, None, None)


def test_every_division_written_out_comes_back_with_its_code() -> None:
    index = divisions()
    wrong = []
    for code, name in index.areas.items():
        province, city = index.provinces[code[:2]], index.city_shown(code[:4])
        read = parse(f"{province}{city or ''}{name}人民路1号")
        expected = code if code[:2] not in {"71", "81", "82"} else code[:2] + "0000"
        if read.adcode != expected:
            wrong.append(f"{province}{city}{name}")
    assert len(index.areas) > 2900
    assert wrong == []


def test_address_stated_in_parts_wins_over_its_text() -> None:
    stated = Address(text="江苏省苏州市虎丘区星湖街328号", district="吴中区")
    assert complete(stated).district == "吴中区"
    assert complete(stated).city == "苏州市"


def test_address_code_wins_over_its_text() -> None:
    read = complete(Address(text="朝阳区建国路88号", adcode="220104"))
    assert (read.province, read.city, read.district, read.detail) == ("吉林省", "长春市", "朝阳区", "建国路88号")


def test_address_stated_parts_make_an_ambiguous_text_certain() -> None:
    read = complete(Address(text="朝阳区建国路88号", province="北京市"))
    assert (read.city, read.district, read.adcode) == ("北京市", "朝阳区", "110105")


def test_address_that_came_in_parts_gets_a_text_for_the_rules() -> None:
    read = complete(Address(province="广东省", city="广州市", district="天河区", detail="菜鸟驿站"))
    assert read.text == "广东省广州市天河区菜鸟驿站"
    assert read.adcode == "440106"


def test_address_that_is_empty_stays_empty() -> None:
    assert complete(Address()) == Address()


def test_address_data_not_installed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="make setup"):
        divisions(tmp_path)


def test_address_takes_less_than_a_millisecond() -> None:
    texts = [cells(row)[0] or "" for row in CERTAIN + OPEN]
    parse(texts[0])
    started = time.process_time()
    for text in texts * 5:
        parse(text)
    assert (time.process_time() - started) / (5 * len(texts)) < 0.001
