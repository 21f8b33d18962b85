"""The customer plan: what is done for one customer, and how we know it worked."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .const import PROTECTED, REVISED, STAGES, STATUSES


class CpmPlan(models.Model):
    """One plan for one customer, or for all customers of a segment.

    Stages follow one table of allowed moves (``cpm_plan_flow``); four eyes agree
    (``cpm_plan_approval``); what is changed afterwards becomes a revision with its
    differences (``cpm_plan_revise``). Goals measure themselves with the scoring run,
    work items are tasks of the company's project, customers see an allow-list in the
    portal (``cpm_plan_portal``). What is refused: ``cpm_plan_entry``.
    """

    _name = "cpm.plan"
    _description = "Customer Plan"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "cpm.number.mixin",
        "cpm.plan.revised.mixin",
    ]
    _order = "date_end, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True
    _cpm_fixed = frozenset(
        {"company_id", "scope", "profile_id", "segment_id", "template_id"}
    )
    _cpm_protected = PROTECTED
    _cpm_revised = REVISED
    _cpm_ranges = {"review_interval_months": (0, 120)}
    _cpm_dates = frozenset({"date_start", "date_end"})
    _cpm_open = frozenset({"stage", "active", "color", "is_shared"})
    number = fields.Char(
        string="Plan number", readonly=True, copy=False, index="trigram"
    )
    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(string="In use", default=True)
    color = fields.Integer(aggregator=None)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    # For whom
    scope = fields.Selection(
        [("customer", "One customer"), ("segment", "A segment")],
        string="Plan for",
        required=True,
        default="customer",
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
    )
    segment_id = fields.Many2one(
        "cpm.segment",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        related="profile_id.partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        related_sudo=True,
    )
    tier_id = fields.Many2one(
        "cpm.tier",
        compute="_compute_tier_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Tier of the customer when the plan was made.",
    )
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language of the customer",
        compute="_compute_lang",
        store=True,
        readonly=False,
        precompute=True,
        help="Printed plans and reviews are in this language.",
    )
    # By whom, and when
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_start = fields.Date(
        string="From",
        required=True,
        tracking=True,
        default=fields.Date.context_today,
    )
    date_end = fields.Date(
        string="Until",
        required=True,
        tracking=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(years=1, days=-1)
        ),
    )
    stage = fields.Selection(
        STAGES,
        required=True,
        default="needs",
        copy=False,
        tracking=True,
        index=True,
        group_expand="_expand_stages",
    )
    template_id = fields.Many2one(
        "cpm.plan.template",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
    )
    # What we know and want
    positioning = fields.Html(
        help="Who the customer is in its market, and what we want to be for it."
    )
    strengths = fields.Text()
    weaknesses = fields.Text()
    opportunities = fields.Text()
    threats = fields.Text()
    competitors = fields.Html(help="Who else serves the customer, and how.")
    # Parts
    need_ids = fields.One2many("cpm.plan.need", "plan_id", string="Needs", copy=True)
    goal_ids = fields.One2many("cpm.plan.goal", "plan_id", string="Goals", copy=True)
    member_ids = fields.One2many("cpm.plan.member", "plan_id", string="Team", copy=True)
    cost_ids = fields.One2many("cpm.plan.cost", "plan_id", string="Costs", copy=False)
    check_ids = fields.One2many(
        "cpm.plan.check", "plan_id", string="Checklist", copy=True
    )
    review_ids = fields.One2many("cpm.plan.review", "plan_id", string="Reviews")
    # How far
    progress = fields.Float(
        compute="_compute_progress",
        store=True,
        aggregator="avg",
        help="Mean progress of the measured goals by their weights, in percent. No goal "
        "counts less than 0 or more than 100.",
    )
    is_measured = fields.Boolean(
        string="Measured", compute="_compute_progress", store=True
    )
    goal_status = fields.Selection(
        STATUSES,
        string="Status",
        compute="_compute_progress",
        store=True,
        help="The worst status of a goal that counts.",
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "Another plan already has this number.",
    )
    _dates_order = models.Constraint(
        "CHECK(date_end >= date_start)",
        "Plan: “Until” must not lie before “From”.",
    )
    _scope_complete = models.Constraint(
        "CHECK((scope = 'customer' AND profile_id IS NOT NULL AND segment_id IS NULL)"
        " OR (scope = 'segment' AND segment_id IS NOT NULL AND profile_id IS NULL))",
        "Plan: choose either a customer or a segment.",
    )
    _open_idx = models.Index(
        "(company_id, user_id) WHERE stage NOT IN ('closed', 'cancelled')"
    )

    # -------------------------------------------------------------- Computes

    @api.depends("profile_id")
    def _compute_tier_id(self):
        for plan in self:
            plan.tier_id = plan.profile_id.sudo().tier_id

    @api.depends("profile_id")
    def _compute_lang(self):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for plan in self:
            lang = plan.profile_id.sudo().partner_id.lang
            plan.lang = lang if lang in installed else plan.lang or self.env.lang

    @api.depends(
        "goal_ids.progress",
        "goal_ids.is_measured",
        "goal_ids.is_target_missing",
        "goal_ids.status",
        "goal_ids.weight",
    )
    def _compute_progress(self):
        for plan in self:
            goals = plan.goal_ids
            share = goals._weighted_progress()
            plan.is_measured = share is not None
            plan.progress = share or 0
            plan.goal_status = goals._worst_status()

    # ------------------------------------------------------------------ CRUD

    def _cpm_plan(self):
        return self

    def _cpm_part_name(self):
        return self.env._("Plan")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get("segment_id") and "profile_id" not in values:
            values["scope"] = "segment"
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_profile(dict(vals)) for vals in vals_list]
        plans = super().create(vals_list)
        plans._check_may_plan()
        plans._number_new()
        plans._measure_benefit()
        return plans

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for plan, vals in zip(self, vals_list, strict=True):
            if not {"date_start", "date_end"} & (default or {}).keys():
                # A period of its own, as long as the other
                today = plan.company_id._cpm_today()
                vals["date_start"] = today
                vals["date_end"] = today + (plan.date_end - plan.date_start)
        return vals_list

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside: the customer is no recipient of what is written here."""
        return []

    def _get_members_domain(self):
        """Return the domain of the profiles the plan is for."""
        self.ensure_one()
        if self.scope == "segment":
            return self.segment_id._get_members_domain() & Domain(
                "company_id", "=", self.company_id.id
            )
        return Domain("id", "=", self.profile_id.id)
