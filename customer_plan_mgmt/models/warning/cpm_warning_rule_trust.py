"""How far a warning rule can be trusted."""

from odoo import api, fields, models


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    trust_text = fields.Char(
        string="Trust",
        compute="_compute_trust",
        help="What became of the customers this rule would have warned of in the latest "
        "back-test.",
    )
    trust_share = fields.Float(
        string="Left of those warned",
        compute="_compute_trust",
        aggregator=None,
        help="Share of the customers this rule would have warned of that left; 0 when "
        "it was not tested or on too few customers.",
    )

    @api.depends("trigger", "company_id")
    @api.depends_context("lang", "company")
    def _compute_trust(self):
        tests = self.env["cpm.backtest"]
        tables = {}
        for rule in self:
            unknown = rule._past_unknown()
            if unknown:
                rule.trust_share = 0
                rule.trust_text = self.env._("Cannot be back-tested. %s", unknown)
                continue
            company = rule.company_id or self.env.company
            if company not in tables:
                tables[company] = tests._trust_table(company)
            trust = tests._trust(company, None, rule=rule, table=tables[company])
            rule.trust_share = trust["share"] or 0
            rule.trust_text = trust["text"]
