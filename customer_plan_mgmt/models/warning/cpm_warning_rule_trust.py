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
        tables = {}
        for rule in self:
            company = rule.company_id or self.env.company
            trust = rule._trust_in(company, tables)
            rule.trust_share = trust["share"] or 0
            rule.trust_text = trust["text"]

    def _trust_in(self, company, tables):
        """Return what became of the customers of ``company`` the rule flagged.

        :param dict tables: by company, filled here; for many rules the same
        :return: see ``cpm.backtest._trust``
        """
        self.ensure_one()
        tests = self.env["cpm.backtest"]
        unknown = self.with_company(company)._past_unknown()
        if unknown:
            return tests._no_trust(self.env._("Cannot be back-tested. %s", unknown))
        if company not in tables:
            tables[company] = tests._trust_table(company)
        return tests._trust(company, None, rule=self, table=tables[company])
