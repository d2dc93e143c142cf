"""One spelling for the many ways in which exports write the same word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NULL_WORDS = frozenset(
    (
        *("", "-", "--", "—", "ー", "―", "■", "nan", "none", "null", "n/a", "#n/a", "na", "#ref!"),
        *("#value!", "#div/0!", "未定", "なし", "無し", "不明", "無", "暂无", "无", "未知"),
        *("0000-00-00", "0000/00/00", "0000-00-00 00:00:00"),
    )
)
# Files mix Japanese, simplified and traditional characters, often in one word: each group is one
# character, and its first form the one under which words are looked up.
_SAME = """
號号 單単单 計计 價価价 數数 時时 間间 發発发 貨货 訂订 運运 費费 國国 類类 態态 題题 狀状 圖図图
額额 庫库 稱称 規规 務务 關関关 總総总 實実实 際际 體体 積积 輸输 話话 請请 購购 買买 達达 預预
質质 詢询 問问 層层 級级 區区 對対对 應応应 圓円圆 拂払 会會 伝傳传 倉仓 個个箇 丢丟 内內 准準
処處处 別别 動动 売賣卖 変變变 員员 報报 場场 復复 届屆 币幣 当當 戸戶户 担擔 拠據据 掃扫 断斷
換换 摂攝摄 收収 書书 来來 査查 標标 検檢检 業业 様樣样 歴歷历 汇匯彙 決决 況况 済濟济 点點
為爲为 現现 監监 県縣县 碼码 確确 種种 簽签籤 納纳 紛纷 細细 結结 絡络 続續续 編编 舗鋪舖铺 補补
装裝 見见 視视 親亲 観觀观 許许 証證证 評评 認认 誤误 課课 調调 諾诺 販贩 責责 賃赁 賠赔 跡迹蹟
遞递 連连 進进 違违 采採 錯错 開开 階阶 頼賴赖 顧顾 馈饋 壞壊坏 電电 機机 郵邮 広廣广 東东 車车
門门 気氣气 画畫 営營营 険險险 験驗验 転轉转 軽輕轻 残殘 継繼继 経經经 給给 線线 縮缩 約约 紙纸
終终 組组 語语 説說说 読讀读 訳譯译 記记 設设 試试 詳详 該该 識识 護护 譲讓让 資资 贈赠 載载
辺邊边 適适 遅遲迟 遠远 選选 釈釋释 鉄鐵铁 銀银 銭錢钱 録錄录 閉闭 陸陆 難难 雑雜杂 静靜 項项
順顺 領领 顔顏颜 風风 飛飞 黄黃 長长 張张 楽樂乐 権權权 毎每 減减 測测 滞滯 帰歸归 帯帶带 帳賬账
従從从 択擇择 損损 術术 条條 極极 構构 廃廢废 強强 緊紧 網网 異异 盤盘 礼禮 節节 範范 統统 維维
織织 職职 薬藥药 覧覽览 触觸 託托 両兩两 万萬 与與 専專专 乗乘 仮假 児兒 具俱 冊册 写寫写 剤劑剂
効效 勧勸劝 協协 参參参 双雙 団團团 囲圍围 壓圧压 帮幫 庁廳厅 弁辨 戦戰战 戻戾 抜拔 挙擧举 無无
華华 飾饰 廠厂 麗丽 龍竜龙 鳳凤 馬马 島岛嶋 藝芸艺 寶宝 興兴 豊豐丰 艦舰 褲裤 鐘钟 蘇苏 陽阳
陳陈 寧宁 滬沪 濱浜滨 輝辉 銘铭 億亿 紡纺 館馆舘 偉伟 傑杰 凱凯 夢梦 藍蓝
"""
_VARIANTS = {ord(c): group[0] for group in _SAME.split() for c in group[1:]}
_BRACKET = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
# blanks, invisible signs, and marks that forms put around a label: ※注文番号：
_NOT_SAID = re.compile(r"[\s_.#*※:\u200b-\u200d\u2060\ufeff]+")


def plain(text: str) -> str:
    """Return the text in one width (NFKC), without the blanks and invisible signs around it."""
    return unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "").strip()


@lru_cache(maxsize=1 << 14)
def normalise(header: str) -> str:
    """Return a header in the one form under which it is looked up.

    Examples
    --------
    >>> normalise(" 単価（元）") == normalise("単価(元)") == normalise("單價")
    True
    """
    text = unicodedata.normalize("NFKC", header).casefold()
    return _NOT_SAID.sub("", _BRACKET.sub("", text)).translate(_VARIANTS)


def bracket(header: str) -> str:
    """Return what stands in the brackets of a header, which ``normalise`` leaves out.

    Examples
    --------
    >>> bracket("単価（元）")
    '元'
    """
    text = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(_BRACKET.findall(text)).strip()
