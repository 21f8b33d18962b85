"""How far a warning rule can be trusted."""

from odoo import api, fields, models

# What these look at is kept as it is now; nobody knows how it was on a past day
WITHOUT_PAST = frozenset({"key_contact", "goal", "plan_ending", "contract_ending"})


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
            if not rule._knows_past():
                rule.trust_share = 0
                rule.trust_text = self.env._(
                    "Cannot be back-tested: what this rule looks at is not known for "
                    "past days."
                )
                continue
            company = rule.company_id or self.env.company
            if company not in tables:
                tables[company] = tests._trust_table(company)
            trust = tests._trust(company, None, rule=rule, table=tables[company])
            rule.trust_share = trust["share"] or 0
            rule.trust_text = trust["text"]

    def _knows_past(self):
        """Whether what the trigger looks at is known for past days."""
        self.ensure_one()
        return self.trigger not in WITHOUT_PAST
