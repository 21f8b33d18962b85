"""Whether anybody still looks after a plan."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .const import AGREED, OVER


class CpmPlan(models.Model):
    """A plan is fresh while somebody decided about it within the review interval and
    its facts are still those of that decision. Approvals, approved revisions and held
    reviews are decisions; before the agreement steps count instead. Nothing else keeps
    a plan fresh (``cpm_plan_deadline``)."""

    _inherit = "cpm.plan"

    review_interval_months = fields.Integer(
        string="Review every (months)",
        compute="_compute_review_interval_months",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
        help="From the template, else the tier of the customer, else the settings. 0: "
        "no reviews.",
    )
    last_decision_on = fields.Date(string="Last decision", readonly=True, copy=False)
    decision_facts = fields.Json(readonly=True, copy=False)
    facts_change = fields.Float(
        string="Facts moved by (%)",
        readonly=True,
        copy=False,
        aggregator=None,
        help="The fact that moved most since the last decision: a goal, the value or "
        "the health score.",
    )
    next_review_on = fields.Date(
        string="Next review", compute="_compute_next_review_on", store=True
    )
    freshness = fields.Selection(
        [
            ("fresh", "Fresh"),
            ("changed", "Facts have changed"),
            ("due", "Review is due"),
            ("stale", "Stale"),
        ],
        compute="_compute_freshness",
        search="_search_freshness",
    )
    freshness_text = fields.Char(
        string="How fresh the plan is", compute="_compute_freshness"
    )
    days_since_decision = fields.Integer(
        string="Days since the last decision", compute="_compute_freshness"
    )

    _review_interval_range = models.Constraint(
        "CHECK(review_interval_months BETWEEN 0 AND 120)",
        "Review every: enter months from 0 to 120.",
    )

    @api.depends("template_id", "profile_id", "company_id")
    def _compute_review_interval_months(self):
        for plan in self:
            plan.review_interval_months = (
                plan.template_id.review_interval_months
                or plan.profile_id.sudo().tier_id.review_interval_months
                or plan.company_id.sudo().cpm_review_months
            )

    @api.depends(
        "last_decision_on",
        "review_interval_months",
        "stage",
        "review_ids.state",
        "review_ids.date_due",
        "review_ids.next_date",
        "review_ids.date_held",
    )
    def _compute_next_review_on(self):
        for plan in self:
            plan.next_review_on = plan._get_next_review_date()

    def _get_next_review_date(self):
        """Return the day of the planned review, of the one agreed on in the last
        review, or an interval after the last decision; False for none."""
        self.ensure_one()
        if self.stage not in AGREED:
            return False
        # In a form that is being filled in a review may have no day yet
        reviews = self.review_ids.filtered(lambda item: item._get_day())
        planned = reviews.filtered(lambda item: item.state == "planned")
        if planned:
            return min(planned.mapped("date_due"))
        decided = self.last_decision_on
        last = reviews.sorted(lambda item: (item._get_day(), item._origin.id))[-1:]
        # Unless the plan was cancelled and agreed anew since
        if last.next_date and (not decided or last.next_date > decided):
            return last.next_date
        if not self.review_interval_months or not decided:
            return False
        return self._get_review_date_after(
            last.date_due if last.state == "cancelled" else decided
        )

    def _get_review_date_after(self, day):
        """Return the first day after ``day`` that lies whole intervals after the last
        decision. Counted from there: adding month to month would turn the 31st into the
        28th for good."""
        self.ensure_one()
        start, months = self.last_decision_on, self.review_interval_months
        found = start + relativedelta(months=months)
        if found <= day:
            passed = (day.year - start.year) * 12 + day.month - start.month
            count = max(passed // months, 1)
            while found <= day:
                found = start + relativedelta(months=months * count)
                count += 1
        return found

    @api.depends(
        "last_decision_on",
        "step_on",
        "date_end",
        "review_interval_months",
        "next_review_on",
        "facts_change",
        "stage",
        "company_id.cpm_plan_stale_days",
        "company_id.cpm_plan_facts_percent",
        "company_id.cpm_review_months",
    )
    @api.depends_context("lang")
    def _compute_freshness(self):
        for plan in self:
            company = plan.company_id.sudo()
            today = company._cpm_today() if company else fields.Date.today()
            plan.days_since_decision = (
                (today - plan.last_decision_on).days if plan.last_decision_on else 0
            )
            plan.freshness = plan._get_freshness(today)
            plan.freshness_text = plan._get_freshness_text(today)

    def _get_freshness(self, today):
        self.ensure_one()
        if self.stage in OVER:
            return False
        company = self.company_id.sudo()
        late = self._days_late(today)
        if late > 0:
            return "stale" if late > company.cpm_plan_stale_days else "due"
        limit = company.cpm_plan_facts_percent
        if self.stage in AGREED and limit and self.facts_change >= limit:
            return "changed"
        return "fresh"

    def _get_freshness_text(self, today):
        """Return why, as a sentence without its end."""
        _ = self.env._
        state, late = self.freshness, self._days_late(today)
        if not state:
            return ""
        if self._has_ended(today):
            return _("The period ended %s days ago", (today - self.date_end).days)
        if self.stage not in AGREED:
            days = (today - (self.step_on or today)).days
            if late > 0:
                return _("Not agreed, and no step for %s days", days)
            return _("In preparation, last step %s days ago", days)
        if state == "stale":
            return _("Nothing decided, the review is %s days late", late)
        if state == "due":
            return _("The review is %s days late", late)
        if state == "changed":
            return _(
                "A fact moved by %s %% since the last decision",
                round(self.facts_change),
            )
        return _("Decided %s days ago", self.days_since_decision)

    def _search_freshness(self, operator, value):
        """Plans that are not over are few compared with customers: the rule of
        :meth:`_compute_freshness` sorts them."""
        if operator != "in":
            return NotImplemented
        plans = self.sudo().with_context(active_test=False)
        plans = plans.search(Domain("stage", "not in", OVER))
        found = plans.filtered(lambda plan: plan.freshness in value)
        domain = Domain("id", "in", found.ids)
        if False in value:
            domain |= Domain("stage", "in", OVER)
        return domain

    # ------------------------------------------------------------- Decisions

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if (before, stage) == ("review", "agreed"):
            self._note_decision()
        return result

    def _note_decision(self):
        """Note that somebody decided about the plans today, and what was known."""
        for plan, facts in self._collect_facts().items():
            plan.sudo().write(
                {
                    "last_decision_on": plan.company_id._cpm_today(),
                    "decision_facts": facts,
                    "facts_change": 0,
                }
            )

    @api.model
    def _refresh_company(self, company, profiles=None):
        """Bring goals, benefit and freshness of running plans up to date.

        :param profiles: ``cpm.profile`` records that were scored, None for all
        """
        self.env["cpm.plan.goal"]._refresh_company(company, profiles)
        domain = Domain("company_id", "=", company.id) & Domain("stage", "not in", OVER)
        if profiles is not None:
            domain &= Domain("profile_id", "in", profiles.ids) | Domain(
                "scope", "=", "segment"
            )
        plans = self.sudo().search(domain)
        plans._measure_benefit()
        plans.cost_ids._read_analytic()
        for plan, facts in plans._collect_facts().items():
            change = plan._facts_change(facts)
            if change != plan.facts_change:
                plan.facts_change = change
