# %% [markdown]
# From a results folder to the distribution behind an estimate.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/quickstart")
values = pl.read_parquet(folder / "replications.parquet")

# %% A metric per arm: mean and spread over the replications.
metric = values.filter((pl.col("scope") == "pool:lab") & (pl.col("metric") == "welfare_rate"))
print(metric.group_by("arm", maintain_order=True).agg(pl.col("value").mean().alias("mean"), pl.col("value").std().alias("sd")))

# %% Pairing: the same replication met the same demand in every arm.
wide = metric.pivot(on="arm", index="replication", values="value")
first, second = wide.columns[1:3]
plt.scatter(wide[first], wide[second])
plt.axline((wide[first].mean(), wide[first].mean()), slope=1, color="grey", linewidth=1)
plt.xlabel(f"welfare_rate in {first} (USD/h)")
plt.ylabel(f"welfare_rate in {second} (USD/h)")
plt.title("One point per replication: common random numbers")
plt.savefig(folder / "pairing.png", dpi=150)
