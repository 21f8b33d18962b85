"""What a rule looks at, and how to notice that this has changed."""

import zlib

from odoo import models

from .cpm_warning_rule_check import LOOKED_FOR

METRIC_DEFINITION = (
    "source numerator_id denominator_id model_name partner_field date_field measure "
    "measure_field currency_field domain period_days active"
).split()


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

    def _signature(self, company=None):
        """Return a text that changes whenever the rule may find other customers: with
        its trigger and conditions, and with the metrics, segments and tiers it names."""
        self.ensure_one()
        rule = self.sudo().with_context(active_test=False, lang=None)
        metrics = rule.metric_id
        if rule.trigger == "silence":
            metrics = rule._contact_metrics()
        elif rule.trigger == "overdue":
            metrics = rule._rhythm_metric()
        metrics |= metrics.numerator_id | metrics.denominator_id
        parts = [self._values_of(rule, LOOKED_FOR), rule.segment_id.domain]
        parts += [
            self._values_of(metric, METRIC_DEFINITION)
            for metric in metrics.sorted("id")
        ]
        if rule.trigger == "silence":
            tiers = self.env["cpm.tier"].sudo().search([], order="id")
            parts += [(tier.id, tier.contact_interval_days) for tier in tiers]
        return f"{zlib.crc32(repr(parts).encode()):08x}"

    @staticmethod
    def _values_of(record, names):
        return [
            sorted(record[name].ids)
            if record._fields[name].relational
            else record[name]
            for name in names
        ]
