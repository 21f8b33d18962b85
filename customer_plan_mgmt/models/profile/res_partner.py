"""What the contact shows of the customer profile."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

GROUP = "customer_plan_mgmt.group_cpm_user"


class ResPartner(models.Model):
    """Non-stored views on the profile in the current company.

    Contacts are readable by portal and public users, hence ``groups`` on every
    field; and related fields would leak through grouping, hence computed ones.
    A contact of a company shows the profile of the company.
    """

    _inherit = "res.partner"

    cpm_profile_ids = fields.One2many(
        "cpm.profile", "partner_id", string="Customer profiles", groups=GROUP
    )
    cpm_profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        compute="_compute_cpm_profile",
        search="_search_cpm_profile_id",
        groups=GROUP,
    )
    cpm_tier_id = fields.Many2one(
        "cpm.tier",
        string="Tier",
        compute="_compute_cpm_profile",
        search="_search_cpm_tier_id",
        groups=GROUP,
    )
    cpm_lifecycle_stage_id = fields.Many2one(
        "cpm.lifecycle.stage",
        string="Lifecycle stage",
        compute="_compute_cpm_profile",
        search="_search_cpm_lifecycle_stage_id",
        groups=GROUP,
    )
    cpm_value_score = fields.Float(
        string="Value score",
        compute="_compute_cpm_profile",
        search="_search_cpm_value_score",
        groups=GROUP,
        aggregator=None,
    )
    cpm_health_score = fields.Float(
        string="Health score",
        compute="_compute_cpm_profile",
        search="_search_cpm_health_score",
        groups=GROUP,
        aggregator=None,
    )
    # Empty without a score: a missing score is not a score of 0
    cpm_value_level = fields.Selection(
        "_selection_cpm_level",
        string="Value level",
        compute="_compute_cpm_profile",
        search="_search_cpm_value_level",
        groups=GROUP,
    )
    cpm_health_level = fields.Selection(
        "_selection_cpm_level",
        string="Health level",
        compute="_compute_cpm_profile",
        search="_search_cpm_health_level",
        groups=GROUP,
    )
    cpm_manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        compute="_compute_cpm_profile",
        search="_search_cpm_manager_id",
        groups=GROUP,
    )

    @api.model
    def _selection_cpm_level(self):
        return (
            self.env["cpm.profile"]
            ._fields["value_level"]
            ._description_selection(self.env)
        )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_cpm_profile(self):
        profiles = self.env["cpm.profile"].search_fetch(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ],
            [
                "partner_id",
                "tier_id",
                "lifecycle_stage_id",
                "value_score",
                "value_level",
                "health_score",
                "health_level",
                "manager_id",
            ],
        )
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        nothing = self.env["cpm.profile"]
        for partner in self:
            profile = by_partner.get(partner.commercial_partner_id.id, nothing)
            partner.cpm_profile_id = profile
            partner.cpm_tier_id = profile.tier_id
            partner.cpm_lifecycle_stage_id = profile.lifecycle_stage_id
            partner.cpm_value_score = profile.value_score
            partner.cpm_health_score = profile.health_score
            partner.cpm_value_level = profile.value_level
            partner.cpm_health_level = profile.health_level
            partner.cpm_manager_id = profile.manager_id

    @api.model
    def _cpm_forget_profiles(self):
        """Let contacts show their profile anew. Dependencies of the ORM would look for
        the contacts of a customer with every change of its profile."""
        self.invalidate_model(
            [
                name
                for name, field in self._fields.items()
                if field.compute == "_compute_cpm_profile"
            ]
        )

    def _with_profile(self, domain):
        """Return the domain of the contacts whose profile in this company matches
        ``domain``."""
        own = Domain("company_id", "=", self.env.company.id)
        found = self.env["cpm.profile"]._search(own & domain, order=False)
        # The query may join other tables with contacts
        partner = SQL.identifier(found.table, "partner_id")
        return Domain("commercial_partner_id", "in", found.subselect(partner))

    def _search_through_profile(self, field_name, operator, value):
        """Search contacts by ``field_name`` of their profile in this company.

        "Not set" also finds contacts without any profile.
        """
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM asks for the opposite and negates
        if operator == "in" and False in value:
            others = [item for item in value if item is not False]
            domain = ~self._with_profile(Domain(field_name, "!=", False))
            if others:
                domain |= self._with_profile(Domain(field_name, "in", others))
            return domain
        return self._with_profile(Domain(field_name, operator, value))

    def _search_cpm_profile_id(self, operator, value):
        return self._search_through_profile("id", operator, value)

    def _search_cpm_tier_id(self, operator, value):
        return self._search_through_profile("tier_id", operator, value)

    def _search_cpm_lifecycle_stage_id(self, operator, value):
        return self._search_through_profile("lifecycle_stage_id", operator, value)

    def _search_score(self, purpose, operator, value):
        """Search contacts by a score. One that is missing is no score of 0: it is
        found by "not set" only, not by "less than"."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM asks for the opposite and negates
        scored = Domain(f"{purpose}_level", "!=", False)
        domain = Domain.FALSE
        if operator == "in":
            if any(item is False for item in value):
                domain = ~self._with_profile(scored)
            value = [item for item in value if item is not False]
        score = Domain(f"{purpose}_score", operator, value)
        return domain | self._with_profile(scored & score)

    def _search_cpm_value_score(self, operator, value):
        return self._search_score("value", operator, value)

    def _search_cpm_health_score(self, operator, value):
        return self._search_score("health", operator, value)

    def _search_cpm_value_level(self, operator, value):
        return self._search_through_profile("value_level", operator, value)

    def _search_cpm_health_level(self, operator, value):
        return self._search_through_profile("health_level", operator, value)

    def _search_cpm_manager_id(self, operator, value):
        return self._search_through_profile("manager_id", operator, value)

    def write(self, vals):
        if vals.keys() & {"parent_id", "is_company"}:
            # The customer a contact leaves is judged anew without its purchases
            self.env["cpm.profile"].sudo().with_context(active_test=False).search(
                [("partner_id", "in", self.commercial_partner_id.ids)]
            )._touch()
        result = super().write(vals)
        if vals.keys() & {"active", "parent_id", "is_company", "company_id"}:
            profiles = (
                self.env["cpm.profile"]
                .sudo()
                .with_context(active_test=False)
                .search([("partner_id", "in", self.ids)])
            )
            for company in profiles.company_id:
                profiles._archive_ineligible(company)
            profiles.invalidate_recordset(["active", "auto_archived"])
        return result

    def unlink(self):
        """Take the profile along, properly: with its messages and activities.

        Purchases of a person stay with the company the person belonged to. The others
        stay for statistics, without the customer's name or text.
        """
        own = Domain("partner_id", "in", self.ids)
        purchases = self.env["cpm.transaction"].sudo().search(own)
        anonymous = purchases.filtered(
            lambda row: row.partner_id.commercial_partner_id in self
        )
        anonymous.write({"partner_id": False, "description": False})
        others = purchases - anonymous
        customers = others.grouped(lambda row: row.partner_id.commercial_partner_id)
        for customer, rows in customers.items():
            rows.write({"partner_id": customer.id})
        self.env["cpm.profile"].sudo().with_context(active_test=False).search(
            own
        ).unlink()
        return super().unlink()

    def action_cpm_open_profile(self):
        """Open the customer profile, creating it when the contact has none."""
        self.ensure_one()
        profile = (
            self.env["cpm.profile"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "=", self.commercial_partner_id.id),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
        if not profile:
            self._cpm_check_free()
            self._cpm_check_may_create()
            salesperson = self.user_id
            if salesperson.share or self.env.company not in salesperson.company_ids:
                salesperson = self.env.user
            profile = self.env["cpm.profile"].create(
                {
                    "partner_id": self.commercial_partner_id.id,
                    "manager_id": salesperson.id,
                }
            )
        return profile.get_formview_action()

    def _cpm_check_may_create(self):
        """:raise UserError: when the user may not make the contact a customer"""
        if not self.env["cpm.profile"].has_access("create"):
            raise UserError(
                self.env._(
                    "%s has no customer profile yet. Somebody who works with all "
                    "customers can create it, or it appears with the next scoring.",
                    self.commercial_partner_id.name,
                )
            )

    def _cpm_check_free(self):
        """:raise UserError: when the profile exists but somebody else looks after it"""
        taken = (
            self.env["cpm.profile"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "=", self.commercial_partner_id.id),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=1,
            )
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(customer)s is looked after by %(manager)s.",
                    customer=self.commercial_partner_id.name,
                    manager=taken.manager_id.name or self.env._("nobody yet"),
                )
            )
