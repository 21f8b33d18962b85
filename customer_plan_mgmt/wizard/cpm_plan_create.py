"""Make plans from a template, for one customer or many."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.plan.const import OVER

# From so many customers on the plans are made in the background
BACKGROUND_FROM = 20


class CpmPlanCreate(models.TransientModel):
    """Few plans are made at once; many are ordered (``cpm.plan.batch``)."""

    _name = "cpm.plan.create"
    _description = "Make Plans from a Template"
    _inherit = ["cpm.selection.mixin", "cpm.guard.mixin"]
    _cpm_dates = frozenset({"date_start"})

    scope = fields.Selection(
        [("customer", "Customers"), ("segment", "One plan for a segment")],
        string="Plans for",
        required=True,
        default="customer",
    )
    profile_ids = fields.Many2many(required=False)  # or a segment
    segment_id = fields.Many2one("cpm.segment")
    template_id = fields.Many2one(
        "cpm.plan.template",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        help="Proposed from the tier of the customers.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain="[('share', '=', False)]",
        help="Empty: the account manager of each customer; of a segment you.",
    )
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    made_ids = fields.Many2many("cpm.plan", readonly=True)
    batch_id = fields.Many2one("cpm.plan.batch", readonly=True, ondelete="cascade")
    is_started = fields.Boolean(readonly=True)
    is_background = fields.Boolean(compute="_compute_is_background")
    running_count = fields.Integer(string="Plans under way", compute="_compute_running")
    running_text = fields.Text(
        string="Under way already",
        compute="_compute_running",
        help="Customers who already have a plan of this template that is not over.",
    )

    @api.depends("profile_ids")
    def _compute_template_id(self):
        for wizard in self:
            tiers = wizard.profile_ids.tier_id
            proposed = tiers.plan_template_id.filtered("active")
            if not wizard.template_id and len(proposed) == 1:
                wizard.template_id = proposed

    @api.depends("profile_ids")
    def _compute_is_background(self):
        for wizard in self:
            wizard.is_background = len(wizard.profile_ids) >= BACKGROUND_FROM

    @api.depends("profile_ids", "segment_id", "template_id", "scope")
    def _compute_running(self):
        """Point out, not forbid: a second plan may be meant."""
        for wizard in self:
            names = wizard._running_names() if wizard.template_id else []
            wizard.running_count = len(names)
            shown = names[: self._SHOWN]
            if len(names) > len(shown):
                shown.append(self.env._("… and %s more", len(names) - len(shown)))
            wizard.running_text = "\n".join(shown)

    def _running_names(self):
        """Return the plans of the template that run for the customers already."""
        self.ensure_one()
        if self.scope == "segment":
            subject = Domain("segment_id", "in", self.segment_id.ids)
        else:
            subject = Domain("profile_id", "in", self.profile_ids.ids)
        plans = self.env["cpm.plan"].search(
            subject
            & Domain("template_id", "in", self.template_id.ids)
            & Domain("stage", "not in", OVER)
        )
        return plans.mapped("display_name")

    def action_create(self):
        """Make the plans, or order them when they are many.

        :return: action that shows the plan, the plans or the progress
        :raise UserError: when customers, segment or template are missing
        """
        self.ensure_one()
        # A second click waits here, then finds what the first one made
        self.is_started = True
        self.flush_recordset(["is_started"])
        if not (self.made_ids or self.batch_id):
            self._create_plans()
        if self.batch_id:
            return self.batch_id._get_records_action(
                name=self.env._("Plans being made")
            )
        if self.scope == "segment":
            return self.made_ids._get_records_action(name=self.env._("New plan"))
        return self.made_ids._get_records_action(name=self.env._("New plans"))

    def _create_plans(self):
        if not self.template_id:
            raise UserError(self.env._("Template: choose what the plans start from."))
        if self.scope == "segment":
            self._create_for_segment()
            return
        profiles = self.profile_ids
        if not profiles:
            raise UserError(self.env._("Customers: choose at least one."))
        if len(profiles.company_id) > 1:
            raise UserError(
                self.env._("Customers: choose customers of one company at a time.")
            )
        if self.is_background:
            self.batch_id = self.env["cpm.plan.batch"]._start(
                self.template_id, profiles, self.user_id, self.date_start
            )
            return
        self.made_ids = self.template_id._create_plans(
            profiles, user=self.user_id, start=self.date_start
        )

    def _create_for_segment(self):
        if not self.segment_id:
            raise UserError(self.env._("Segment: choose one."))
        self.made_ids = self.template_id._create_plans(
            self.env["cpm.profile"],
            self.segment_id,
            user=self.user_id,
            start=self.date_start,
        )

    def action_blank(self):
        """Open an empty plan instead, for one customer or a segment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cpm.plan",
            "view_mode": "form",
            "context": {
                "default_scope": self.scope,
                "default_profile_id": self.profile_ids[:1].id,
                "default_segment_id": self.segment_id.id,
                "default_date_start": self.date_start,
            },
        }
