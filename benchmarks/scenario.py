"""The rules that are measured, and changes to the purchases."""

from odoo.fields import Command

from .floor import BANDS, PERIOD

# What the lifecycle rules may lean on when only recency and 12 months are measured
STAGES = {
    "prospect": "[('days_since_last', '=', False)]",
    "active": "[('days_since_last', '<=', 90), ('orders_12m', '>=', 2)]",
    "first_purchase": "[('days_since_last', '<=', 180), ('orders_12m', '=', 1)]",
    "at_risk": "[('days_since_last', '<=', 365)]",
    "lost": "[('days_since_last', '>', 365)]",
}
# As shipped, for going back
SHIPPED_STAGES = {}
RECORDS = {"cpm.transaction": "[]", "cpm.purchase": "[('state', '=', 'recorded')]"}


def _rules(env, model):
    return env[model].with_context(active_test=False).search([])


def use_rfm(env, source="cpm.transaction"):
    """One value scorecard over three banded metrics of ``source``; nothing else.

    Tiers stay as shipped. The lifecycle rules are cut down to these metrics.
    """
    _rules(env, "cpm.warning.rule").active = False  # measured by themselves
    shipped = _rules(env, "cpm.scorecard")
    shipped.filtered(lambda card: card.name != "Benchmark").active = False
    metrics = _rules(env, "cpm.metric")
    ratios = metrics.filtered(lambda metric: metric.source == "ratio")
    ratios.active = False
    used = metrics.filtered(lambda metric: metric.code in BANDS)
    (metrics - ratios - used).active = False
    used.write(
        {
            "active": True,
            "model_id": env["ir.model"]._get_id(source),
            "domain": RECORDS[source],
        }
    )
    assert set(used.mapped("period_days")) == {0, PERIOD}
    for stage in _rules(env, "cpm.lifecycle.stage"):
        SHIPPED_STAGES.setdefault(stage.code, stage.rule)
        stage.write({"rule": STAGES.get(stage.code), "active": stage.code in STAGES})
    card = shipped.filtered(lambda card: card.name == "Benchmark")
    if card:
        card.active = True
        return
    env["cpm.scorecard"].create(
        {
            "name": "Benchmark",
            "purpose": "value",
            "line_ids": [
                Command.create(
                    {
                        "metric_id": used.filtered(lambda m, c=code: m.code == c).id,
                        "weight": weight,
                        "banding": "threshold",
                        "band_ids": [
                            Command.create({"from_value": limit, "points": points})
                            for limit, points in bands.items()
                        ],
                    }
                )
                for code, (weight, bands) in BANDS.items()
            ],
        }
    )


def use_shipped(env):
    """All rules as the module ships them: three scorecards, with percentiles."""
    cards = _rules(env, "cpm.scorecard")
    benchmark = cards.filtered(lambda card: card.name == "Benchmark")
    benchmark.active = False
    metrics = _rules(env, "cpm.metric")
    for parts in (metrics.filtered(lambda m: m.source != "ratio"), metrics):
        parts.active = True
    metrics.filtered(lambda metric: metric.code in BANDS).write(
        {
            "model_id": env["ir.model"]._get_id("cpm.purchase"),
            "domain": RECORDS["cpm.purchase"],
        }
    )
    (cards - benchmark).active = True
    for stage in _rules(env, "cpm.lifecycle.stage"):
        stage.write({"active": True, "rule": SHIPPED_STAGES[stage.code]})


FORGET = """
    TRUNCATE cpm_score, cpm_tier_change, cpm_metric_value CASCADE;
    UPDATE cpm_profile
    SET value_score = NULL, value_level = NULL, health_score = NULL,
        health_level = NULL, loyalty_score = NULL, loyalty_level = NULL,
        tier_id = NULL, tier_origin = NULL, tier_since = NULL, tier_reason = NULL,
        lifecycle_stage_id = NULL, lifecycle_since = NULL, lifecycle_origin = NULL,
        metric_state = NULL;
    UPDATE res_company
    SET cpm_scored_on = NULL, cpm_last_run_at = NULL, cpm_last_full_on = NULL,
        cpm_rule_signature = NULL, cpm_tiers_started = NULL
"""

# One more purchase for some per mille of the customers, all over the table
BUY = """
    INSERT INTO cpm_transaction (
        partner_id, profile_id, company_id, date, amount, currency_id, reference,
        source, create_uid, write_uid, create_date, write_date
    )
    SELECT p.partner_id, p.id, p.company_id, %(day)s, 400, c.currency_id,
           'B' || p.id, %(label)s, p.create_uid, p.create_uid,
           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
    FROM cpm_profile p JOIN res_company c ON c.id = p.company_id
    WHERE p.active AND abs(hashint4(p.partner_id)::bigint) %% 1000 < %(per_mille)s
"""
UNDO = "DELETE FROM cpm_transaction WHERE source = %(label)s"
AGE = """
    UPDATE cpm_transaction SET write_date = write_date - interval '400 days'
    WHERE source = %(label)s
"""
