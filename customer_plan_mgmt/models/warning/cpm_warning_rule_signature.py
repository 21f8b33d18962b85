"""What a rule looks at, and how to notice that this has changed."""

import zlib

from odoo import models

from .cpm_warning_rule_check import CONDITIONS

METRIC_DEFINITION = (
    "source numerator_id denominator_id model_name partner_field date_field measure "
    "measure_field currency_field domain period_days active"
).split()

CARD = "sequence segment_id tier_id high_from medium_from".split()
CARD_LINE = "scorecard_id metric_id weight banding low_value high_value".split()
CARD_BAND = "line_id from_value points".split()


def values_of(record, names):
    """Return the values of the fields ``names`` of ``record``, relations as ids."""
    return [
        sorted(record[name].ids) if record._fields[name].relational else record[name]
        for name in names
    ]


def metric_parts(metrics):
    """Return how ``metrics`` and what they are made of are measured."""
    metrics |= metrics.numerator_id | metrics.denominator_id
    return [values_of(metric, METRIC_DEFINITION) for metric in metrics.sorted("id")]


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    # --------------------------------------------------------------- Metrics

    def _contact_metrics(self):
        """Return the metrics whose latest event is the last contact. Of the shipped
        ones those in use count."""
        self.ensure_one()
        if self.contact_metric_ids:
            return self.contact_metric_ids
        metrics = self.env["cpm.metric"]
        for name in ("days_since_last", "days_since_message", "days_since_feedback"):
            metrics |= self._shipped_metric(name)
        return metrics

    def _rhythm_metric(self):
        """Return the ratio of silence to the usual interval."""
        self.ensure_one()
        return self.metric_id or self._shipped_metric("silence_ratio")

    def _shipped_metric(self, name):
        metric = self.env.ref(
            f"customer_plan_mgmt.cpm_metric_{name}", raise_if_not_found=False
        )
        return (metric or self.env["cpm.metric"]).filtered("active")

    # ------------------------------------------------------------- Signature

    def _signature(self, company):
        """Return a text that changes whenever the rule may find other customers of
        ``company``: with its trigger and conditions, and with the metrics, scorecards,
        segments and tiers these read. What they do not read does not count."""
        self.ensure_one()
        rule = self.sudo().with_context(active_test=False, lang=None)
        names = ("trigger", *rule._used_fields(), *CONDITIONS)
        parts = [values_of(rule, names), rule.segment_id.domain]
        parts += metric_parts(rule._watched_metrics())
        if rule.trigger == "silence":
            parts += rule._tier_parts(company)
        if "measure" in names and rule.measure != "metric":
            parts += rule._scorecard_parts(company)
        return f"{zlib.crc32(repr(parts).encode()):08x}"

    def _watched_metrics(self):
        """Return the metrics the trigger reads itself."""
        if self.trigger == "silence":
            return self._contact_metrics()
        if self.trigger == "overdue":
            return self._rhythm_metric()
        return (
            self.metric_id if "metric_id" in self._used_fields() else self.metric_id[:0]
        )

    def _tier_parts(self, company):
        """Return what the tiers promise."""
        tiers = self.env["cpm.tier"].search(
            [
                ("company_id", "in", [company.id, False]),
                ("contact_interval_days", ">", 0),
            ],
            order="id",
        )
        return [(tier.id, tier.contact_interval_days) for tier in tiers]

    def _scorecard_parts(self, company):
        """Return what decides the score the rule looks at."""
        cards = self.env["cpm.scorecard"].search(
            [
                ("purpose", "=", self.measure.removesuffix("_score")),
                ("company_id", "in", [company.id, False]),
                ("active", "=", True),
            ],
            order="id",
        )
        lines = cards.line_ids.sorted("id")
        bands = lines.band_ids.sorted("id")
        return [
            *[(values_of(card, CARD), card.segment_id.domain) for card in cards],
            *[values_of(line, CARD_LINE) for line in lines],
            *[values_of(band, CARD_BAND) for band in bands],
            *metric_parts(lines.metric_id),
        ]
