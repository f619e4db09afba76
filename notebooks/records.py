# %% [markdown]
# From full records to a bill: per use, per user, per bid, and what a pool went through.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/quickstart")
arm = sys.argv[2] if len(sys.argv) > 2 else sorted(path.name for path in (folder / "records").iterdir())[0]
read = lambda table: pl.read_parquet(folder / "records" / arm / "0" / f"{table}.parquet")
billing, leases, requests, prices = map(read, ["billing", "leases", "requests", "prices"])

# %% Per use: what each lease came to, and who paid whom.
print(billing.group_by("lease", "payer", "payee", "kind", maintain_order=True).agg(pl.col("amount").sum()))

# %% Per user: what was spent for each, whoever paid.
print(billing.group_by("user", "department", "currency", maintain_order=True).agg(pl.col("amount").sum().alias("spent")))

# %% Per bid: what a request bid, what became of it, and what it paid per slot-hour.
held = leases.group_by("request").agg(pl.col("slot_hours").sum(), pl.col("charge").sum())
bids = requests.join(held, on="request", how="left").with_columns(paid=pl.col("charge") / pl.col("slot_hours"))
print(bids.select("request", "user", "bid", "fate", "slot_hours", "paid"))

# %% The price of one pool over time.
pool = prices["pool"][0]
of_pool = prices.filter(pl.col("pool") == pool)
plt.step(of_pool["time_us"] / 3.6e9, of_pool["price"], where="post")
plt.xlabel("hours")
plt.ylabel(f"price of {pool} per slot-hour")
plt.savefig(folder / "price.png", dpi=150)
