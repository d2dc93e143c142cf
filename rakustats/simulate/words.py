"""Words of the trade: carriers, methods, goods, places and reasons as exports spell them."""

from __future__ import annotations

from dataclasses import dataclass

AGENCY_NAME = "ラクマート"
BAD_CARRIER = 5  # position of the carrier that bad sellers prefer


@dataclass(frozen=True)
class CarrierFacts:
    """How a carrier behaves: transit in days (leg 2: last mile), damage and loss per unit."""

    name: str
    weight: float
    days: float
    damage: float
    loss: float
    prefix: str


LEG1 = (
    CarrierFacts("中通快递", 0.30, 2.5, 0.003, 0.002, "78"),
    CarrierFacts("圆通速递", 0.22, 2.7, 0.004, 0.003, "YT"),
    CarrierFacts("申通快递", 0.17, 2.9, 0.005, 0.003, "77"),
    CarrierFacts("韵达快递", 0.19, 2.8, 0.004, 0.003, "43"),
    CarrierFacts("顺丰速运", 0.12, 1.8, 0.001, 0.001, "SF"),
    CarrierFacts("捷安达快运", 0.0, 5.2, 0.030, 0.020, "JAD"),
)
LEG2 = (
    CarrierFacts("ヤマト運輸", 0.0, 1.0, 0.004, 0.005, "48"),
    CarrierFacts("佐川急便", 0.0, 1.2, 0.012, 0.009, "40"),
    CarrierFacts("日本郵便", 0.0, 1.4, 0.006, 0.012, "62"),
    CarrierFacts("ラクマート自社便", 0.0, 1.9, 0.018, 0.015, "RW"),
)


@dataclass(frozen=True)
class Method:
    """One way to ship to Japan; ``carriers`` are the shares of LEG2, times are medians in days."""

    name: str
    mode: str
    weight: float
    days: float
    spread: float
    customs: float
    roughness: float
    yen_per_kg: float
    carriers: tuple[float, float, float, float]


METHODS = (
    Method("KS-JP航空便", "air", 0.24, 3.0, 0.35, 0.45, 1.0, 640, (0.6, 0.4, 0.0, 0.0)),
    Method("EMS", "air", 0.10, 3.6, 0.40, 0.55, 1.1, 980, (0.0, 0.0, 1.0, 0.0)),
    Method("OCS", "air", 0.12, 2.6, 0.30, 0.40, 0.8, 820, (0.5, 0.5, 0.0, 0.0)),
    Method("KS-JP航空経済便", "air", 0.12, 5.0, 0.40, 0.60, 1.0, 520, (0.2, 0.3, 0.5, 0.0)),
    Method("RW船便", "sea", 0.26, 9.5, 0.30, 2.1, 1.5, 230, (0.1, 0.3, 0.0, 0.6)),
    Method("TW船便", "sea", 0.16, 12.0, 0.32, 2.4, 1.7, 190, (0.2, 0.6, 0.2, 0.0)),
)

PLATFORMS = ("1688", "taobao", "tmall", "other")
PLATFORM_WEIGHTS = (0.72, 0.2, 0.06, 0.02)
REGIONS = ("広東", "浙江", "義烏", "福建", "江蘇", "河北", "山東")
REGION_WEIGHTS = (0.32, 0.22, 0.18, 0.1, 0.09, 0.05, 0.04)
PREFECTURES = (
    "東京都",
    "大阪府",
    "神奈川県",
    "埼玉県",
    "愛知県",
    "福岡県",
    "千葉県",
    "北海道",
    "兵庫県",
)
WAREHOUSE = "義烏倉庫"

CATEGORIES = (
    "アパレル",
    "バッグ",
    "アクセサリー",
    "生活雑貨",
    "家電小物",
    "玩具",
    "ペット用品",
    "文具",
)
PIECE_KG = (0.32, 0.55, 0.04, 0.28, 0.35, 0.25, 0.4, 0.09)
PRICE_CNY = (38.0, 52.0, 9.0, 16.0, 45.0, 22.0, 24.0, 7.0)
GOODS = (
    ("ニットカーディガン", "綿Tシャツ", "裏起毛パーカー", "プリーツスカート"),
    ("トートバッグ", "リュック 大容量", "ショルダーバッグ", "化粧ポーチ"),
    ("ピアス 14K", "ヘアクリップ", "ネックレス", "リング 調節可"),
    ("収納ボックス", "シリコン鍋つかみ", "珪藻土マット", "ステンレスボトル"),
    ("USB加湿器", "LEDデスクライト", "ワイヤレス充電器", "ハンディ扇風機"),
    ("知育パズル", "ミニカー", "ぬいぐるみ", "水遊びセット"),
    ("ペットベッド", "自動給水器", "犬用ハーネス", "猫じゃらし"),
    ("ゲルペン 12色", "マスキングテープ", "手帳カバー", "付箋セット"),
)
FLAVOURS = ("", "【新作】", "韓国風 ", "北欧風 ", "業務用 ", "高品質 ", "①番人気 ", "ギフト用 ")
SKUS = (
    ("黒/M", "黒/L", "白/M", "白/L", "ベージュ/M", "グレー/XL"),
    ("黒", "ブラウン", "キャメル", "アイボリー", "ネイビー", "グリーン"),
    ("金色", "銀色", "ローズゴールド", "金色/16号", "銀色/16号", "混合"),
    ("S", "M", "L", "白/S", "白/L", "グレー/L"),
    ("白", "黒", "ピンク", "白/プラグ付", "黒/プラグ付", "ミント"),
    ("A款", "B款", "C款", "赤", "青", "混合"),
    ("S/灰色", "M/灰色", "L/灰色", "S/茶色", "M/茶色", "L/茶色"),
    ("A5", "A6", "B6", "12本セット", "24本セット", "混合"),
)

SHOP_PLACES = ("义乌市", "广州市", "深圳市", "杭州", "泉州市", "汕头市", "宁波", "东莞市", "青岛")
SHOP_NAMES = (
    "华悦",
    "锦程",
    "佳美",
    "鑫隆",
    "百顺",
    "优品汇",
    "恒达",
    "晨曦",
    "铭扬",
    "乐途",
    "尚品",
    "宏远",
)
SHOP_TRADES = ("服饰", "箱包", "饰品", "日用品", "电子", "玩具", "宠物用品", "文具")
SHOP_FORMS = ("有限公司", "商行", "工厂店", "旗舰店", "贸易有限公司")
SHOP_JAPANESE = ("㈱髙島服飾", "宮﨑雑貨㈱", "㈱髙﨑商店 上海支店", "①番街ショップ")

PAY_METHODS = ("balance", "card", "paypal", "bank", "offset")
PAY_WORDS = ("残高払い", "クレジットカード", "PayPal", "銀行振込", "残高払い")
INSPECTIONS = ("none", "basic", "detailed")
