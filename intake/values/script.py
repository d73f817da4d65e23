"""One script for what people type: traditional characters become simplified, letters set apart are joined.

Only the characters that orders use; a name in the customer file stays as it is. Comes before everything that matches.
"""

from __future__ import annotations

import re

_PAIRS = (
    "個个戶户頭头張张總总經经廠厂蘇苏廣广東东臺台灣湾貨货發发單单價价錢钱訂订購购買买賣卖運运輸输寄寄達达間间時时號号樓楼號号區区縣县鎮镇"
    "鄉乡門门關关閥阀墊垫彎弯壓压氣气電电銅铜鐵铁鋼钢鋁铝錫锡銹锈膠胶劑剂圓圆塊块條条雙双對对兩两萬万億亿幾几週周號号禮礼拜拜後后"
    "請请謝谢麻麻煩烦給给幫帮們们這这裡里裏里還还沒没問问題题說说話话錯错誤误應应該该換换為为減减備备註注產产規规格格尺尺寸寸長长"
    "寬宽質质檢检驗验證证稅税額额計计數数據据報报聯联係系絡络電电話话郵邮編编碼码稱称業业務务員员師师傅傅劉刘陳陈黃黄趙赵吳吴"
    "許许鄭郑羅罗謝谢馮冯鄧邓葉叶蘭兰楊杨孫孙馬马賀贺龍龙顧顾華华國国際际滬沪漢汉濟济連连寧宁瀋沈陽阳廈厦鄭郑長长濱滨海海龍龙岡冈"
    "慶庆節节過过當当從从將将會会來来現现車车專专線线網网點点開开閉闭內内進进儘尽尽尽快快緊紧儲储倉仓庫库領领採采樣样種种並并與与"
    "無无於于較较維维護护確确認认補补貼贴傳传真真圖图紙纸變变壞坏舊旧顆颗隻只雙双綠绿藍蓝紅红銀银絲丝繩绳簡简標标準准幣币製制覆复約约結结項项測测試试憑凭額额參参閱阅驛驿區区殘残飾饰絕绝熱热燈灯螺螺釘钉鉗钳鋸锯鏈链鍵键鎖锁鑽钻攔拦錶表統统貿贸營营寶宝記记簽签責责輔辅軟软輪轮軸轴鎳镍鍍镀濾滤纜缆釐厘"
)
_SIMPLE = {ord(old): new for old, new in zip(_PAIRS[::2], _PAIRS[1::2], strict=True) if old != new}
_SPACED = re.compile(
    r"(?<![A-Za-z0-9\u4e00-\u9fff])[A-Za-z0-9\u4e00-\u9fff](?: [A-Za-z\u4e00-\u9fff]){2,}(?![A-Za-z0-9])"
)


def simplified(text: str) -> str:
    """Return the text in simplified characters, each in its place: 訂單編號 → 订单编号."""
    return text.translate(_SIMPLE)


def one_script(text: str) -> str:
    """Return the text in simplified characters: 1000個 → 1000个; A 型 接 头 → A型接头."""
    return _SPACED.sub(lambda found: found.group().replace(" ", ""), simplified(text))
