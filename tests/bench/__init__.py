"""How fast, as ratios within one run: every figure stands beside a naive one made with the same libraries."""
