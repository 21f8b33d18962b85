"""A review: the facts, what was said, what was decided."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, is_html_empty

from .const import AGREED


class CpmPlanReview(models.Model):
    """Planned ahead and filled with what changed since the review before; held when
    somebody decided. What was held stays as it is."""

    _name = "cpm.plan.review"
    _description = "Review of a Customer Plan"
    _inherit = ["mail.thread", "mail.activity.mixin", "cpm.guard.mixin"]
    _order = "date_due desc, id desc"
    _cpm_fixed = frozenset({"plan_id"})
    _cpm_protected = frozenset(
        {
            "company_id",
            "user_id",
            "tier_id",
            "state",
            "date_held",
            "held_by_id",
            "facts",
            "facts_before",
            "facts_since",
            "effect_proposed",
            "satisfaction_proposed",
            "cost_benefit_proposed",
            "has_effect",
            "has_satisfaction",
            "has_cost_benefit",
            "owner_reminded_on",
            "manager_reminded_on",
        }
    )
    _cpm_dates = frozenset({"date_due", "next_date"})
    _cpm_ranges = {
        "effect": (0, 100),
        "satisfaction": (0, 100),
        "cost_benefit": (0, 100),
    }

    plan_id = fields.Many2one("cpm.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        related="plan_id.user_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(related="plan_id.partner_id", string="Customer")
    tier_id = fields.Many2one(related="plan_id.tier_id", store=True, precompute=True)
    state = fields.Selection(
        [("planned", "Planned"), ("held", "Held"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    date_due = fields.Date(string="Due on", required=True, tracking=True)
    date_held = fields.Date(string="Held on", readonly=True, copy=False)
    held_by_id = fields.Many2one(
        "res.users", string="Held by", readonly=True, copy=False, ondelete="restrict"
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    is_public = fields.Boolean(
        string="The customer sees it",
        help="Shown in the portal while the plan is shared: day, decisions and outcome.",
    )
    minutes = fields.Html(
        string="Minutes of the review",
        help="What was said. Never shown to the customer.",
    )
    decisions = fields.Html(help="What was decided, and who does it until when.")
    next_date = fields.Date(
        string="Next review on",
        help="Empty: an interval after this review.",
    )
    outcome = fields.Selection(
        [("continue", "Continue"), ("adjust", "Adjust"), ("close", "Close")],
        tracking=True,
    )
    # Who was reminded that it was missed
    owner_reminded_on = fields.Date(readonly=True, copy=False)
    manager_reminded_on = fields.Date(readonly=True, copy=False)

    _one_planned = models.UniqueIndex(
        "(plan_id) WHERE state = 'planned'",
        "This plan has a planned review already.",
    )

    def _get_day(self):
        """Return the day the review was held, or was due on."""
        return self.date_held or self.date_due

    @api.depends("plan_id", "date_due", "date_held")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for review in self:
            day = format_date(self.env, review._get_day())
            plan = review.plan_id.display_name or ""
            review.display_name = f"{plan} – {day}" if day else plan

    @api.depends("state", "date_due")
    def _compute_is_overdue(self):
        for review in self:
            company = review.company_id
            review.is_overdue = bool(
                review.state == "planned"
                and review.date_due
                and company
                and review.date_due < company._cpm_today()
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().search([])
        late = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("date_due", "<", company._cpm_today())
            for company in companies
        )
        domain = Domain("state", "=", "planned") & late
        if True in value:
            return Domain.TRUE if False in value else domain
        return ~domain

    @api.constrains("next_date", "date_held", "date_due")
    def _check_next_date(self):
        for review in self:
            day = review._get_day()
            if review.next_date and review.next_date <= day:
                raise ValidationError(
                    self.env._(
                        "Next review on: choose a day after %s.",
                        format_date(self.env, day),
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.env["cpm.plan"]._check_may_add(self, vals_list)
        # What was just held is no longer the planned one for the database either
        self.flush_model(["state"])
        reviews = super().create(vals_list)
        for review in reviews:
            review._check_plan_runs()
            review.sudo()._fill()
        return reviews

    def write(self, vals):
        if not self.env.su and vals.keys() - {
            "is_public",
            "message_main_attachment_id",
        }:
            for review in self:
                if review.state != "planned":
                    raise UserError(
                        self.env._(
                            "%s is over and stays as it is.", review.display_name
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        for review in self:
            if review.state == "held":
                raise UserError(
                    self.env._("%s was held: it is kept.", review.display_name)
                )

    def _check_plan_runs(self):
        """:raise UserError: for a plan nobody agreed to, or that is over"""
        if self.plan_id.stage not in AGREED:
            raise UserError(
                self.env._(
                    "%s is not under way: only agreed plans are reviewed.",
                    self.plan_id.display_name,
                )
            )

    # --------------------------------------------------------------- Actions

    def action_fill(self):
        """Read the facts again."""
        self.check_access("write")
        for review in self:
            review._check_planned()
            review.sudo()._fill()
        return True

    def _check_planned(self):
        if self.state != "planned":
            raise UserError(
                self.env._("%s is over and stays as it is.", self.display_name)
            )

    def action_hold(self):
        """Note that the review was held today.

        :raise UserError: without decisions or outcome
        """
        self.check_access("write")
        for review in self:
            review._check_planned()
            if not review.outcome:
                raise UserError(
                    self.env._("Outcome: say whether the plan continues as it is.")
                )
            if not review._has_text("decisions"):
                raise UserError(self.env._("Decisions: write down what was decided."))
            review._hold()
        return True

    def _has_text(self, name):
        return not is_html_empty(self[name])

    def _hold(self):
        self.ensure_one()
        review = self.sudo()
        review._fill()
        review.write(
            {
                "state": "held",
                "date_held": self.company_id._cpm_today(),
                "held_by_id": self.env.uid,
            }
        )
        # The next one may be planned in the same transaction
        review.flush_recordset(["state"])
        review.activity_unlink(["customer_plan_mgmt.mail_activity_plan_review"])
        self.plan_id._note_decision()
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        self.plan_id._message_log(
            body=self.env._("Review held: %s", labels[self.outcome])
        )

    def action_cancel(self):
        """Drop a planned review; the next one comes on the day it names, else an
        interval later (``_get_next_review_date``)."""
        self.check_access("write")
        for review in self:
            review._check_planned()
            review._check_may_drop()
        self.sudo().write({"state": "cancelled"})
        self.sudo().activity_unlink(["customer_plan_mgmt.mail_activity_plan_review"])
        return True

    def _ask(self, user):
        """Give ``user`` the task to hold the review."""
        self.ensure_one()
        env = self.with_context(lang=user.lang).env
        kind = "customer_plan_mgmt.mail_activity_plan_review"
        # Missed again: one task, not two
        self.sudo().activity_unlink([kind], user_id=user.id)
        self.sudo().activity_schedule(
            kind,
            user_id=user.id,
            note=env._("Was due on %s.", format_date(env, self.date_due)),
        )
