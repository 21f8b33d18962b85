"""The customer profile: everything known or computed about one customer."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain


class CpmProfile(models.Model):
    """One row per commercial partner and company.

    A side table on purpose: the nightly scores would otherwise rewrite and lock
    ``res_partner``. Profiles appear by themselves (``cpm_profile_sync``); scores
    live in the scoring room's extension of this model. Tier, lifecycle stage and
    scores are results: they change only through the methods here, the wizards
    and the scoring run, which keep the history.
    """

    _name = "cpm.profile"
    _description = "Customer Profile"
    _inherit = ["mail.thread", "mail.activity.mixin", "cpm.guard.mixin"]
    _order = "value_score desc nulls last, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]
    _check_company_auto = True
    _cpm_protected = frozenset(
        {
            "tier_origin",
            "tier_since",
            "tier_locked_until",
            "tier_reason",
            "lifecycle_stage_id",
            "lifecycle_since",
            "lifecycle_origin",
            "lifecycle_reason",
            "lifecycle_locked_until",
            "strategic_value_date",
            "strategic_value_user_id",
            "auto_archived",
        }
    )
    _cpm_fixed = frozenset({"company_id", "partner_id"})
    _cpm_ranges = {"strategic_value": (0, 100)}
    _cpm_dates = frozenset()  # those of extensions

    # Who
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",  # res.partner.unlink removes the profile properly
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(string="In use", default=True, tracking=True)
    auto_archived = fields.Boolean(
        string="Archived by itself",
        readonly=True,
        help="Archived because the contact stopped being a customer of its own; "
        "comes back by itself when it is one again.",
    )
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    ref = fields.Char(related="partner_id.ref", string="Customer number")
    country_id = fields.Many2one(related="partner_id.country_id")
    image_128 = fields.Image(related="partner_id.image_128")
    # Who looks after the customer
    manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    assistant_ids = fields.Many2many(
        "res.users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Work on the customer with the same rights as the account manager.",
    )
    # Tier
    tier_id = fields.Many2one(
        "cpm.tier", index=True, ondelete="restrict", readonly=True
    )
    tier_color = fields.Integer(related="tier_id.color", string="Tier colour")
    tier_origin = fields.Selection(
        [("rule", "By rule"), ("manual", "By hand"), ("import", "Imported")],
        string="Origin of the tier",
        readonly=True,
    )
    tier_since = fields.Date(
        string="Tier since",
        readonly=True,
    )
    tier_locked_until = fields.Date(
        string="Tier kept until",
        readonly=True,
        help="Until this day a tier set by hand is kept whatever the rule says.",
    )
    tier_reason = fields.Char(string="Reason for the tier", readonly=True)
    tier_change_ids = fields.One2many(
        "cpm.tier.change",
        "profile_id",
        string="Tier history",
    )
    # Lifecycle
    lifecycle_stage_id = fields.Many2one(
        "cpm.lifecycle.stage",
        string="Lifecycle stage",
        index=True,
        ondelete="restrict",
        readonly=True,
        group_expand="_read_group_lifecycle_stage_id",
    )
    lifecycle_since = fields.Date(
        string="Stage since",
        readonly=True,
    )
    lifecycle_origin = fields.Selection(
        [("rule", "By rule"), ("manual", "By hand")],
        string="Origin of the stage",
        readonly=True,
    )
    lifecycle_locked_until = fields.Date(
        string="Stage kept until",
        readonly=True,
    )
    lifecycle_reason = fields.Char(string="Reason for the stage", readonly=True)
    # What a person says about the customer
    strategic_value = fields.Float(
        string="Strategic value",
        tracking=True,
        aggregator="avg",
        help="Assessed by a person, 0 to 100: reference, access to a market, "
        "innovation, image. Dated; part of the value score.",
    )
    strategic_value_date = fields.Date(string="Assessed on", readonly=True)
    strategic_value_user_id = fields.Many2one(
        "res.users", string="Assessed by", readonly=True, ondelete="set null"
    )
    preferences = fields.Properties(definition="company_id.cpm_preference_definition")
    note = fields.Html(string="Internal note")
    # Purchases
    transaction_ids = fields.One2many("cpm.transaction", "profile_id")
    purchase_ids = fields.One2many(
        "cpm.purchase",
        compute="_compute_purchase_ids",
        string="Latest purchases",
    )

    # The company first: serves its own profiles too, the contact has its own index
    _partner_company_uniq = models.UniqueIndex(
        "(company_id, partner_id)",
        "This customer already has a profile in this company.",
    )
    _strategic_value_range = models.Constraint(
        "CHECK(strategic_value BETWEEN 0 AND 100)",
        "The strategic value must be a number from 0 to 100.",
    )

    # What contacts show of the profile
    _SHOWN_ON_CONTACTS = frozenset(
        {"active", "manager_id", "tier_id", "lifecycle_stage_id", "score_excluded"}
    )
    # How many purchases the form shows; the list behind the button shows all
    _PURCHASES_SHOWN = 40

    @api.depends_context("company")
    @api.depends("partner_id", "company_id")
    def _compute_purchase_ids(self):
        for profile in self:
            profile.purchase_ids = self.env["cpm.purchase"].search(
                profile._get_purchase_domain(), limit=self._PURCHASES_SHOWN
            )

    def _get_purchase_domain(self):
        """Return the domain of all purchases of the customer and its contacts."""
        self.ensure_one()
        return Domain(
            "partner_id.commercial_partner_id", "=", self.partner_id.id
        ) & Domain("company_id", "=", self.company_id.id)

    @api.model
    def _read_group_lifecycle_stage_id(self, stages, domain):
        return stages.search([])

    @api.constrains("partner_id", "company_id")
    def _check_partner_is_customer(self):
        for profile in self:
            profile._raise_unless_customer()

    def _raise_unless_customer(self):
        """:raise ValidationError: for a contact that cannot be a customer"""
        _ = self.env._
        partner = self.partner_id.sudo()
        if partner.commercial_partner_id != partner:
            reason = _("it is a contact of %s", partner.commercial_partner_id.name)
        elif partner == self.company_id.partner_id:
            reason = _("it is the company itself")
        elif any(
            not user.share for user in partner.with_context(active_test=False).user_ids
        ):
            reason = _("it belongs to an internal user")
        else:
            return
        raise ValidationError(
            _(
                "%(partner)s cannot have a customer profile: %(reason)s.",
                partner=partner.display_name,
                reason=reason,
            )
        )

    @api.constrains("company_id")
    def _check_company_allowed(self):
        """Record rules do not look at the values of a write; this does."""
        if self.env.su:
            return
        for profile in self:
            if profile.company_id not in self.env.companies:
                raise ValidationError(
                    self.env._(
                        "Company: you are not working in %s.",
                        profile.company_id.sudo().name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.constrains("manager_id", "assistant_ids")
    def _check_team(self):
        for profile in self:
            team = (profile.manager_id | profile.assistant_ids).sudo()
            for user in team - profile._may_look_after(team):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot look after %(customer)s: only internal "
                        "users of %(company)s can.",
                        user=user.name,
                        customer=profile.display_name,
                        company=profile.company_id.sudo().name,
                    )
                )

    def _may_look_after(self, users):
        """Return those of ``users`` who may look after this customer."""
        return users.sudo().filtered(
            lambda user: not user.share and self.company_id in user.company_ids
        )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if not self.env.su:
            values.pop("tier_id", None)  # see _pop_imported_tier
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        tiers = [self._pop_imported_tier(vals) for vals in vals_list]
        profiles = super().create(vals_list)
        self.env["res.partner"]._cpm_forget_profiles()
        for company in profiles.company_id:
            self.sudo()._link_records(company)
        for profile, vals, tier in zip(profiles, vals_list, tiers, strict=True):
            if vals.get("strategic_value"):
                profile._stamp_strategic_value(vals)
            if tier:
                profile._set_imported_tier(**tier)
        return profiles

    def write(self, vals):
        vals = dict(vals)
        self._check_reassignment(vals)
        tier = self._pop_imported_tier(vals)
        if "active" in vals:
            # From now on a person decides, not the state of the contact
            self.sudo().filtered("auto_archived").write({"auto_archived": False})
        result = super().write(vals)
        if self._SHOWN_ON_CONTACTS & vals.keys():
            self.env["res.partner"]._cpm_forget_profiles()
        if "strategic_value" in vals:
            self._stamp_strategic_value(vals)
        if tier:
            self._set_imported_tier(**tier)
        return result

    def _check_reassignment(self, vals):
        """:raise AccessError: when somebody else than a manager gives customers to
        other people, archives them or lets machines judge them again"""
        reserved = vals.keys() & {"manager_id", "assistant_ids", "active"}
        if "score_excluded" in vals and not vals["score_excluded"]:
            reserved |= {"score_excluded"}
        if (
            reserved
            and not self.env.su
            and not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager")
        ):
            raise AccessError(
                self.env._(
                    "Only a manager of Customer Plans may change: %s.",
                    ", ".join(sorted(map(self._cpm_label, reserved))),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_system(self):
        """The history of tiers and scores would go with the profile."""
        if not self.env.su:
            raise AccessError(
                self.env._("Customer profiles are archived, not deleted.")
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside: the customer is no recipient of what is written here."""
        return []

    def _stamp_strategic_value(self, vals):
        """Note who assessed the strategic value and when, unless ``vals`` say so."""
        if "strategic_value_date" not in vals:
            self.sudo().write(
                {
                    "strategic_value_date": fields.Date.context_today(self),
                    "strategic_value_user_id": self.env.uid,
                }
            )

    def _pop_imported_tier(self, vals):
        """Take the tier out of ``vals`` when it comes from an import screen.

        A manager may import tiers; they go through :meth:`_set_tier` so that the
        history is complete. In superuser mode the tier is written as given.

        :return: dict with ``tier`` and ``reason``, or None
        :raise UserError: when the tier is written by anybody in any other way
        """
        if "tier_id" not in vals or self.env.su:
            return None
        if not (
            self.env.context.get("import_file")
            and self.env.user.has_group("customer_plan_mgmt.group_cpm_manager")
        ):
            raise UserError(
                self.env._(
                    "The tier cannot be typed in. Use “Set tier”, which asks for the "
                    "reason and keeps the history."
                )
            )
        tier = self.env["cpm.tier"].browse(vals.pop("tier_id"))
        reason = vals.pop("tier_reason", None) or self.env._("Imported")
        return {"tier": tier, "reason": reason}

    def action_view_purchases(self):
        """Open the whole purchase history of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_purchase_action"
        )
        action["domain"] = list(self._get_purchase_domain())
        action["context"] = {}
        return action

    def action_view_partner(self):
        """Open the contact behind the profile."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def _action_wizard(self, xmlid, context):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["context"] = context
        return action

    def _check_manager(self, deed):
        """:raise UserError: when the user is no manager; names the ``deed``"""
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            raise UserError(
                self.env._("Only a manager of Customer Plans may %s.", deed)
            )

    @api.model
    def _link_records(self, company):
        """Hook: connect records of customers of ``company`` that are older than the
        customers' profiles. Called in superuser mode, set-based."""
        self.env["cpm.transaction"]._link_profiles(company)
