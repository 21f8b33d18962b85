"""How far a warning can be trusted."""

from odoo import api, fields, models


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    trust_text = fields.Char(
        string="Trust",
        compute="_compute_trust",
        help="What became of the customers of the same company the rule would have "
        "warned of in the latest back-test.",
    )
    trust_share = fields.Float(
        string="Left of those warned", compute="_compute_trust", aggregator=None
    )

    @api.depends("rule_id", "company_id")
    @api.depends_context("lang")
    def _compute_trust(self):
        """That of the company of the warning, wherever the reader works."""
        tables, trusts = {}, {}
        for warning in self:
            rule, company = warning.rule_id.sudo(), warning.company_id.sudo()
            if not rule:
                warning.trust_text, warning.trust_share = False, 0
                continue
            if (rule, company) not in trusts:
                trusts[rule, company] = rule._trust_in(company, tables)
            trust = trusts[rule, company]
            warning.trust_text = trust["text"]
            warning.trust_share = trust["share"] or 0
