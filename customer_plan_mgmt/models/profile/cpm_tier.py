"""Customer tiers: strategic, key, ordinary - or whatever the policy calls them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class CpmTier(models.Model):
    """One class of customers and the promises that come with it.

    A customer enters a tier when the value score reaches the promotion threshold
    and leaves it downwards only below the (lower) demotion threshold, so that
    a score wavering around one figure does not move the customer every night.
    Instead of points a tier may name a share of the customer base ("the best
    5 %"). Tiers without company serve every company that has none of its own.
    """

    _name = "cpm.tier"
    _description = "Customer Tier"
    _inherit = ["cpm.code.mixin", "cpm.guard.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _cpm_ranges = {
        "promotion_threshold": (0, 100),
        "demotion_threshold": (0, 100),
        "promotion_top_percent": (0, 100),
        "demotion_top_percent": (0, 100),
        "minimum_stay_days": (0, 36500),
        "contact_interval_days": (0, 36500),
        "max_contacts_per_month": (0, 1000),
        "review_interval_months": (0, 1200),
    }

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    color = fields.Integer(aggregator=None)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        help="Empty: for every company that has no tiers of its own.",
    )
    description = fields.Text(translate=True)
    benefits = fields.Html(
        translate=True,
        help="What customers of this tier get, as written in the policy.",
    )
    # Entry and exit
    basis = fields.Selection(
        [("score", "Value score"), ("top_percent", "Share of the customer base")],
        default="score",
        required=True,
        help="Value score: the thresholds are points from 0 to 100. Share of the "
        "customer base: the thresholds are percentages, counted from the best "
        "customer down.",
    )
    promotion_threshold = fields.Float(
        string="Promotion threshold",
        aggregator=None,
        help="A customer enters the tier when the value score is at least this.",
    )
    demotion_threshold = fields.Float(
        string="Demotion threshold",
        aggregator=None,
        help="A customer leaves the tier downwards when the value score falls below "
        "this. At most the promotion threshold; the gap keeps wavering scores still.",
    )
    promotion_top_percent = fields.Float(
        string="Enter among the best (%)",
        aggregator=None,
        default=10,
        help="A customer enters the tier when fewer than this share of the scored "
        "customers have a higher value score.",
    )
    demotion_top_percent = fields.Float(
        string="Stay among the best (%)",
        aggregator=None,
        default=15,
        help="A customer leaves the tier downwards when this share of the scored "
        "customers or more have a higher value score.",
    )
    minimum_stay_days = fields.Integer(
        string="Minimum stay (days)",
        aggregator=None,
        help="The rule demotes nobody who has been in the tier for fewer days.",
    )
    # Promises
    contact_interval_days = fields.Integer(
        string="Contact at least every (days)", aggregator=None, help="0: no promise."
    )
    max_contacts_per_month = fields.Integer(
        string="Contacts a month at most", aggregator=None, help="0: no limit."
    )
    review_interval_months = fields.Integer(
        string="Review every (months)", aggregator=None, help="0: no reviews."
    )
    profile_ids = fields.One2many("cpm.profile", "tier_id")
    profile_count = fields.Integer(
        string="Customers", compute="_compute_profile_count", aggregator="sum"
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another tier already has this code."
    )
    _thresholds_range = models.Constraint(
        "CHECK(promotion_threshold BETWEEN 0 AND 100"
        " AND demotion_threshold BETWEEN 0 AND 100)",
        "Tier: the thresholds must lie between 0 and 100.",
    )
    _percents_range = models.Constraint(
        "CHECK(promotion_top_percent BETWEEN 0 AND 100"
        " AND demotion_top_percent BETWEEN 0 AND 100)",
        "Tier: the shares must lie between 0 and 100 %.",
    )
    _promises_positive = models.Constraint(
        "CHECK(minimum_stay_days >= 0 AND contact_interval_days >= 0"
        " AND max_contacts_per_month >= 0 AND review_interval_months >= 0)",
        "Tier: days, months and contacts cannot be negative.",
    )

    def _compute_profile_count(self):
        counts = dict(
            self.env["cpm.profile"]._read_group(
                [("tier_id", "in", self.ids)], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.profile_count = counts.get(tier, 0)

    @api.constrains(
        "basis",
        "promotion_threshold",
        "demotion_threshold",
        "promotion_top_percent",
        "demotion_top_percent",
    )
    def _check_thresholds(self):
        _ = self.env._
        for tier in self:
            if (
                tier.basis == "score"
                and tier.demotion_threshold > tier.promotion_threshold
            ):
                raise ValidationError(
                    _(
                        "Tier %(tier)s: the demotion threshold %(demotion)s must not "
                        "exceed the promotion threshold %(promotion)s.",
                        tier=tier.name,
                        demotion=tier.demotion_threshold,
                        promotion=tier.promotion_threshold,
                    )
                )
            if (
                tier.basis == "top_percent"
                and tier.demotion_top_percent < tier.promotion_top_percent
            ):
                raise ValidationError(
                    _(
                        "Tier %(tier)s: the share to stay (%(stay)s %%) must not be "
                        "smaller than the share to enter (%(enter)s %%).",
                        tier=tier.name,
                        stay=tier.demotion_top_percent,
                        enter=tier.promotion_top_percent,
                    )
                )

    @api.constrains(
        "active", "basis", "promotion_threshold", "promotion_top_percent", "company_id"
    )
    def _check_unique_threshold(self):
        """Two tiers with the same threshold would leave the choice to chance."""
        everything = self.sudo().search([])  # whatever companies are selected
        for company, tiers in everything.grouped("company_id").items():
            seen = {}
            for tier in tiers:
                key = (
                    tier.basis,
                    tier.promotion_threshold
                    if tier.basis == "score"
                    else tier.promotion_top_percent,
                )
                other = seen.setdefault(key, tier)
                if other != tier and (tier in self or other in self):
                    raise ValidationError(
                        self.env._(
                            "The tiers %(first)s and %(second)s have the same "
                            "promotion threshold %(value)s. Give each tier of "
                            "%(company)s its own.",
                            first=other.name,
                            second=tier.name,
                            value=key[1],
                            company=company.name or self.env._("all companies"),
                        )
                    )

    @api.constrains("company_id")
    def _check_company_of_customers(self):
        """A tier cannot leave the companies whose customers hold it."""
        profiles = self.env["cpm.profile"].sudo().with_context(active_test=False)
        for tier in self.filtered("company_id"):
            strangers = Domain("tier_id", "=", tier.id) & Domain(
                "company_id", "!=", tier.company_id.id
            )
            stranger = profiles.search(strangers, limit=1)
            if stranger:
                raise ValidationError(
                    self.env._(
                        "Company: customers of %(company)s are in the tier %(tier)s. "
                        "Move them to another tier first.",
                        company=stranger.company_id.name,
                        tier=tier.name,
                    )
                )

    @api.constrains("code")
    def _check_rules_know_code(self):
        self.env["cpm.lifecycle.stage"]._check_rule_codes()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["cpm.profile"].sudo().with_context(active_test=False)
        changes = self.env["cpm.tier.change"].sudo()
        for tier in self:
            if used.search_count([("tier_id", "=", tier.id)], limit=1) or (
                changes.search_count(
                    Domain("to_tier_id", "=", tier.id)
                    | Domain("from_tier_id", "=", tier.id),
                    limit=1,
                )
            ):
                raise ValidationError(
                    self.env._(
                        "Tier %s has customers or a history. Archive it instead of "
                        "deleting it.",
                        tier.name,
                    )
                )

    def copy_data(self, default=None):
        """A copy starts archived: its thresholds still equal the original's."""
        vals_list = super().copy_data(default)
        if "active" not in (default or {}):
            for vals in vals_list:
                vals["active"] = False
        return vals_list

    @api.model
    def _for_company(self, company):
        """Return the tiers in use in ``company``, the highest first.

        A company with tiers of its own uses only those.
        """
        tiers = self.sudo().search([("company_id", "in", [company.id, False])])
        own = tiers.filtered("company_id")
        return (own or tiers).sorted(lambda tier: (-tier._rank(), tier.id))

    @api.model
    def _set_thresholds(self, thresholds):
        """Give several tiers new thresholds at once; one after another they could
        pass through two equal ones.

        :param thresholds: ``{cpm.tier record: {field: value}}``
        :raise ValidationError: as saving each tier would
        """
        tiers = self.browse(tier.id for tier in thresholds)
        for tier, vals in thresholds.items():
            tier._cpm_guard(vals)
            self.env.cr.execute(
                SQL(
                    "UPDATE cpm_tier SET %s WHERE id = %s",
                    SQL(", ").join(
                        SQL("%s = %s", SQL.identifier(name), value)
                        for name, value in vals.items()
                    ),
                    tier.id,
                )
            )
        tiers.invalidate_recordset()
        tiers._check_thresholds()
        tiers._check_unique_threshold()

    def _rank(self):
        """Return the height of the tier for comparisons: its promotion threshold;
        "the best x percent" counts as 100 - x points."""
        self.ensure_one()
        if self.basis == "score":
            return self.promotion_threshold
        return 100 - self.promotion_top_percent

    def action_view_profiles(self):
        """Open the customers of the tier."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_profile_action"
        )
        action["domain"] = [("tier_id", "in", self.ids)]
        action["context"] = {}
        return action
