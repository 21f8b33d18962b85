"""What a metric yields for a handful of customers."""

from odoo import fields, models


class CpmMetricSample(models.TransientModel):
    _name = "cpm.metric.sample"
    _description = "Metric Sample"

    metric_id = fields.Many2one("cpm.metric", required=True, ondelete="cascade")
    line_ids = fields.One2many("cpm.metric.sample.line", "wizard_id", readonly=True)


class CpmMetricSampleLine(models.TransientModel):
    _name = "cpm.metric.sample.line"
    _description = "Metric Sample Line"
    _order = "is_missing, value desc, id"

    wizard_id = fields.Many2one("cpm.metric.sample", required=True, ondelete="cascade")
    profile_id = fields.Many2one("cpm.profile", string="Customer", readonly=True)
    value = fields.Float(string="Metric value", readonly=True)
    is_missing = fields.Boolean(string="No data", readonly=True)
