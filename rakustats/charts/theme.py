"""Colours and words that all figures share."""

from __future__ import annotations

# Okabe and Ito's palette keeps apart for colour-blind readers
BLUE, ORANGE, GREY, BAND = "#0072B2", "#D55E00", "#999999", "rgba(0,114,178,0.18)"
COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FONTS = "Noto Sans, Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
WORDS = {
    "estimate": {"ja": "推定値（90 % 区間）", "en": "estimate (90 % interval)"},
    "rate": {"ja": "実測の割合", "en": "observed rate"},
    "n": {"ja": "件数 n", "en": "units n"},
    "events": {"ja": "該当の数", "en": "events"},
    "month": {"ja": "月", "en": "month"},
    "unknown": {"ja": "不明", "en": "unknown"},
    "all": {"ja": "全体", "en": "all"},
    "limits": {"ja": "限界", "en": "limits"},
    "certain": {"ja": "責任が確かなもの", "en": "certain"},
    "possible": {"ja": "責任不明も含める", "en": "certain and undetermined"},
    "cumulated": {"ja": "累積の割合", "en": "cumulated share"},
    "arrived": {"ja": "届いた割合", "en": "share arrived"},
    "days": {"ja": "日数", "en": "days"},
    "at_risk": {"ja": "未着の数", "en": "still awaited"},
    "mean_days": {"ja": "平均日数", "en": "mean days"},
    "door_to_door": {"ja": "合計", "en": "door to door"},
    "closure": {"ja": "休業期間", "en": "closure"},
    "probability": {"ja": "届かない確率（90 % 区間）", "en": "probability (90 % interval)"},
    "score": {"ja": "スコア（90 % 区間）", "en": "score (90 % interval)"},
    "cautious": {"ja": "評価の基準（20 % 分位）", "en": "graded by (20 % quantile)"},
    "cusum": {"ja": "悪化の累積和", "en": "cumulative sum"},
    "limit": {"ja": "警報の線", "en": "alarm"},
    "alarm": {"ja": "警報", "en": "alarm"},
    "rank": {"ja": "順位（90 % 区間）", "en": "rank (90 % interval)"},
    "adjusted": {"ja": "条件をそろえた推定値（90 % 区間）", "en": "in like circumstances (90 %)"},
    "raw": {"ja": "補正前の推定値", "en": "before adjustment"},
    "predicted": {"ja": "予測した確率", "en": "predicted probability"},
    "came_true": {"ja": "実際に遅れた割合", "en": "share that was late"},
    "looked_after": {"ja": "確認した荷物の割合（危険な順）", "en": "looked after, likeliest first"},
    "found": {"ja": "見つかった遅れの割合", "en": "share of late ones among them"},
    "honest": {"ja": "その時点までの情報だけ", "en": "what was known then"},
    "leaky": {"ja": "未来の情報が混じった見かけ", "en": "with the future leaking in"},
    "logit": {"ja": "対数オッズ", "en": "log odds"},
    "week": {"ja": "週（月曜日の日付）", "en": "week (its Monday)"},
}
WEEKDAYS = {
    "ja": ["月", "火", "水", "木", "金", "土", "日"],
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}
