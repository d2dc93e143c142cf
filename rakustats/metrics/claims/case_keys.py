"""How claims are grouped and which day they count by, as docstrings say it."""

CASE_KEYS = (
    "Keys: kind, stage_found, attributed_to, and seller, carrier, ship_method, mode, origin_region,"
    " dest_region, category, platform, inspection_level, leg (of the claim's line, else those on"
    " which the lines of its order agree), month, closure."
)
OPENED = "Days in Japan on which the claim was opened"
PURCHASED = "Days on which the claim's order was purchased (else paid, else submitted)"
