"""Registers of enterprises that never were: as many as wanted, the same for the same seed, written to Parquet.

Sizes, revenues and contracts are spread as such things are: many small, few large (log-normal); most enterprises lie in
the region itself; a few per cent have a record, are closed, or are admitted providers. No name or code is a real one.
"""

from pathlib import Path

import duckdb

_DISTRICTS = (
    ("重庆市渝中区", 38), ("重庆市渝北区", 14), ("重庆市江北区", 11), ("重庆市九龙坡区", 9), ("重庆市沙坪坝区", 8),
    ("重庆市南岸区", 8), ("重庆市巴南区", 4), ("四川省成都市武侯区", 4), ("贵州省贵安新区", 2),
    ("湖北省武汉市洪山区", 2),
)  # fmt: skip
_INDUSTRIES = (
    ("I6513", 28), ("I6420", 12), ("M7320", 12), ("C3919", 12), ("J6900", 8), ("R8710", 8), ("F5100", 20),
)  # fmt: skip
_FIELDS = (
    ("retail-trade", 45), ("modern-finance", 9), ("health", 8), ("culture-tourism", 8), ("smart-government", 6),
    ("professional-services", 9), ("modern-logistics", 8), ("low-altitude", 3), ("metaverse", 4),
)  # fmt: skip


def write_register(path: Path, number: int, *, seed: int = 1) -> None:
    """`number` enterprises as a Parquet file, with the facts that yuzhong-2025 reads at an application and more."""
    with duckdb.connect() as session:
        session.execute("SET preserve_insertion_order = true")
        session.execute(f"COPY ({_rows(number, seed)}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _rows(number: int, seed: int) -> str:
    """The rows as one query; every column draws from a hash of the row, the seed and its own name."""
    headcount = f"CAST(least(greatest(1, {_lognormal('headcount', 2.6, 1.3, seed)}), 60000) AS BIGINT)"
    planned = _lognormal("planned", 11.2, 1.2, seed)
    return f"""
        SELECT '91500103' || upper(substr(md5('{seed}:' || i), 1, 10)) AS uscc,
               '渝甲第' || i || '号企业' AS name,
               {_one_of("district", _DISTRICTS, seed)} AS registered_in,
               CASE WHEN {_chance("elsewhere", seed)} < 0.12 THEN {_one_of("operates", _DISTRICTS, seed)}
                    WHEN {_chance("told", seed)} < 0.9 THEN {_one_of("district", _DISTRICTS, seed)} END AS operates_in,
               {_one_of("industry", _INDUSTRIES, seed)} AS industry,
               headcount,
               CAST(headcount * 400000 * ({_chance("revenue", seed)} + 0.2) AS DECIMAL(15, 2)) AS revenue,
               CASE WHEN headcount >= 300 THEN 'large' WHEN headcount >= 100 THEN 'medium'
                    WHEN headcount >= 10 THEN 'small' ELSE 'micro' END AS size_class,
               DATE '2025-12-31' - CAST(12000 * {_chance("founded", seed)} AS INTEGER) AS founded_on,
               CASE WHEN {_chance("status", seed)} < 0.94 THEN 'operating'
                    WHEN {_chance("status", seed)} < 0.97 THEN 'cancelled' ELSE 'revoked' END AS operating_status,
               CASE WHEN {_chance("record", seed)} < 0.04
                    THEN [DATE '2026-05-01' - CAST(2500 * {_chance("recorded", seed)} AS INTEGER)]
                    WHEN {_chance("record", seed)} < 0.99 THEN CAST([] AS DATE[]) END AS dishonesty,
               {_chance("provider", seed)} < 0.01 AS is_admitted_provider,
               CASE WHEN {_chance("planned", seed)} < 0.98
                    THEN CAST(least(greatest(500, {planned}), 90000000) AS DECIMAL(15, 2)) END AS planned_net,
               {_one_of("field", _FIELDS, seed)} AS field,
               CAST(CAST(100 * {_chance("green", seed)} AS INTEGER) AS VARCHAR) || '%' AS green_share,
               CAST(CASE WHEN {_chance("other", seed)} < 0.05 THEN 10000 ELSE 0 END AS DECIMAL(15, 2))
                    AS other_support_contract,
               CAST(CASE WHEN {_chance("granted", seed)} < 0.1 THEN 500000 * {_chance("used", seed)} ELSE 0 END
                    AS DECIMAL(15, 2)) AS "granted:cap-applicant-year",
               CAST(CASE WHEN {_chance("granted", seed)} < 0.1 THEN 800000 * {_chance("used", seed)} ELSE 0 END
                    AS DECIMAL(15, 2)) AS "granted:cap-controller-year",
               DATE '2026-03-01' + CAST(89 * {_chance("applied", seed)} AS INTEGER) AS applied_on
        FROM (SELECT i, {headcount} AS headcount FROM range({number}) AS numbers(i))
    """  # noqa: S608  the words are this module's own


def _chance(column: str, seed: int) -> str:
    """A number from 0 to 1 that depends on the row, the column and the seed alone."""
    return f"(hash(i, '{column}', {seed}) % 1000003 / 1000003.0)"


def _lognormal(column: str, mean: float, spread: float, seed: int) -> str:
    """A number whose logarithm has this mean and spread."""
    radius = f"sqrt(-2 * ln(greatest({_chance(column + '-r', seed)}, 1e-6)))"
    return f"exp({mean} + {spread} * {radius} * cos(6.283185307 * {_chance(column + '-a', seed)}))"


def _one_of(column: str, weighted: tuple[tuple[str, int], ...], seed: int) -> str:
    """One of the words, each as often as its weight says."""
    total, reached, branches = sum(weight for _, weight in weighted), 0, []
    for word, weight in weighted[:-1]:
        reached += weight
        branches.append(f"WHEN {_chance(column, seed)} < {reached / total:.6f} THEN '{word}'")
    return f"CASE {' '.join(branches)} ELSE '{weighted[-1][0]}' END"
