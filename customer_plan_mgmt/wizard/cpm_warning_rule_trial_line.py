"""What a dry run of a warning rule found."""

from odoo import api, fields, models


class CpmWarningRuleTrialHit(models.TransientModel):
    """A customer the rule would warn of today."""

    _name = "cpm.warning.rule.trial.hit"
    _description = "Customer a Warning Rule Finds"
    _order = "id"

    trial_id = fields.Many2one(
        "cpm.warning.rule.trial", required=True, ondelete="cascade", index=True
    )
    profile_id = fields.Many2one(
        "cpm.profile", string="Customer", required=True, ondelete="cascade"
    )
    facts = fields.Json()
    fact_text = fields.Char(string="Why", compute="_compute_fact_text")

    @api.depends_context("lang")
    @api.depends("facts")
    def _compute_fact_text(self):
        rules = self.env["cpm.warning.rule"]
        for hit in self:
            hit.fact_text = rules._facts_in_words(hit.facts, hit.trial_id.company_id)


class CpmWarningRuleTrialMonth(models.TransientModel):
    """What the rule would have raised at one month end."""

    _name = "cpm.warning.rule.trial.month"
    _description = "Month of a Dry Run"
    _order = "day desc, id"

    trial_id = fields.Many2one(
        "cpm.warning.rule.trial", required=True, ondelete="cascade", index=True
    )
    day = fields.Date(string="Month end")
    raised_count = fields.Integer(string="Warnings")
    is_over = fields.Boolean(string="Horizon is over")
    judged_count = fields.Integer(string="Judged")
    lost_count = fields.Integer(string="Left")
