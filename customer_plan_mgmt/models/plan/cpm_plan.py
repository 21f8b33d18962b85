"""The customer plan: what is done for one customer, and how we know it worked."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .const import AGREED, STAGES, STATUSES

GROUP_ALL = "customer_plan_mgmt.group_cpm_user_all"


class CpmPlan(models.Model):
    """One plan for one customer, or for all customers of a segment.

    Stages follow one table of allowed moves (``cpm_plan_flow``); four eyes agree
    (``cpm_plan_approval``); what is changed afterwards becomes a revision with its
    differences (``cpm_plan_revise``). Goals measure themselves with the scoring run,
    work items are tasks of the company's project, customers see an allow-list in the
    portal (``cpm_plan_portal``).
    """

    _name = "cpm.plan"
    _description = "Customer Plan"
    _inherit = ["mail.thread", "mail.activity.mixin", "cpm.plan.revised.mixin"]
    _order = "date_end, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True
    _cpm_fixed = frozenset({"company_id", "scope", "profile_id", "segment_id"})
    _cpm_protected = frozenset(
        {
            "number",
            "partner_id",
            "next_review_on",
            "revision",
            "submitted_by_id",
            "submitted_at",
            "approved_by_id",
            "approved_at",
            "refusal_reason",
            "accepted_by_id",
            "accepted_at",
            "last_decision_on",
            "decision_facts",
            "facts_change",
            "benefit_baseline",
            "benefit_current",
            "benefit_is_measured",
            "benefit",
            "cost_benefit",
            "cost_to_serve_percent",
            "budget_total",
            "actual_total",
            "cost_difference",
            "closed_at",
            "closed_goals_reached",
            "closed_has_satisfaction",
            "closed_has_cost_benefit",
            "closed_progress",
            "closed_budget_percent",
            "closed_satisfaction",
            "closed_cost_benefit",
            "progress",
            "is_measured",
            "goal_status",
            "tier_id",
        }
    )
    _cpm_ranges = {"review_interval_months": (0, 120)}
    _cpm_dates = frozenset({"date_start", "date_end"})
    _cpm_open = frozenset({"stage", "active", "color", "is_shared"})
    _cpm_revised = frozenset(
        {
            "name",
            "date_start",
            "date_end",
            "currency_id",
            "positioning",
            "strengths",
            "weaknesses",
            "opportunities",
            "threats",
            "competitors",
            "benefit_metric_id",
            "review_interval_months",
        }
    )

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
        group_expand=True,
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

    @api.depends("number", "name")
    def _compute_display_name(self):
        for plan in self:
            number = f"[{plan.number}] " if plan.number else ""
            plan.display_name = f"{number}{plan.name or ''}"

    # ----------------------------------------------------------- Constraints

    @api.constrains("user_id")
    def _check_owner(self):
        for plan in self.sudo():
            user = plan.user_id
            if user.share or plan.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "Owner: %(user)s is no employee of %(company)s.",
                        user=user.display_name,
                        company=plan.company_id.name,
                    )
                )

    @api.constrains("segment_id")
    def _check_segment(self):
        for plan in self:
            if "uid" in (plan.segment_id.domain or ""):
                raise ValidationError(
                    self.env._(
                        "Segment: %s depends on who looks at it (uid); a plan needs one "
                        "that does not.",
                        plan.segment_id.name,
                    )
                )

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

    def _check_may_plan(self):
        """Plans show what was measured of their customers; nobody learns that of
        customers of others by making a plan for them.

        :raise AccessError: for a customer, or a segment, the user may not see
        """
        if self.env.su:
            return
        self.profile_id.check_access("read")
        if self.segment_id and not self.env.user.has_group(GROUP_ALL):
            raise AccessError(
                self.env._(
                    "Segment: plans for a segment are made by those who see all "
                    "customers."
                )
            )

    @api.model
    def _with_profile(self, vals):
        """Replace a contact, as imports name it, by its customer profile.

        :raise ValidationError: for a contact that is no customer
        """
        company_id = vals.get("company_id") or self.env.company.id
        partner = self.env["res.partner"].browse(vals.pop("partner_id", None) or ())
        if partner and not vals.get("profile_id"):
            vals["profile_id"] = partner._cpm_customer_profile(company_id).id
        if company_id != self.env.company.id:
            company = self.env["res.company"].sudo().browse(company_id)
            vals.setdefault("currency_id", company.currency_id.id)
        if vals.get("segment_id") and not vals.get("profile_id"):
            vals.setdefault("scope", "segment")
        return vals

    def _number_new(self):
        sequences = self.env["ir.sequence"].sudo()
        for company, plans in self.grouped("company_id").items():
            unnumbered = plans.filtered(lambda plan: not plan.number)
            sequence = sequences.with_company(company).search(
                Domain("code", "=", "cpm.plan")
                & Domain("company_id", "in", (company.id, False)),
                order="company_id",
                limit=1,
            )
            numbers = sequence._cpm_next_many(len(unnumbered))
            for plan, number in zip(unnumbered.sudo(), numbers, strict=True):
                plan.number = number

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for plan, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", plan.name)
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for plan, new in zip(self, copies, strict=True):
            # Parts are copied in the order they were made
            goals = dict(zip(plan.goal_ids.sorted("id"), new.goal_ids.sorted("id")))
            needs = zip(plan.need_ids.sorted("id"), new.need_ids.sorted("id"))
            for need, new_need in needs:
                if need.goal_id:
                    new_need.goal_id = goals[need.goal_id]
        return copies

    def write(self, vals):
        if vals.get("active") is False and not self.env.su:
            for plan in self:
                if plan.stage in AGREED:
                    raise UserError(
                        self.env._(
                            "%s is under way: close or cancel it before you archive it.",
                            plan.display_name,
                        )
                    )
        return super().write(vals)

    def unlink(self):
        # Through the ORM: their messages and files go with the tasks
        self.sudo().with_context(active_test=False).task_ids.unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if self.env.su:  # a contact is deleted, with everything about it
            return
        for plan in self:
            if plan.revision:
                raise ValidationError(
                    self.env._(
                        "%s was agreed: cancel or archive it, its history is kept.",
                        plan.display_name,
                    )
                )

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
