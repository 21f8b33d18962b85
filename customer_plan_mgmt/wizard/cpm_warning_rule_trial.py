"""Dry run of a warning rule: today's customers, and what the last year would have been."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.warning.engine.facts import Facts
from ..models.warning.engine.loss import Loss

# Customers listed by name
SHOWN = 100
# Customers times months somebody waits for
WHILE_WAITING = 1_000_000
RAISED = SQL.identifier("cpm_trial_raised")


class CpmWarningRuleTrial(models.TransientModel):
    """Shows whom a rule would warn of today, and for each month end before what it
    would have raised and whether that was right. Nothing is raised.

    Of the past, a warning is taken to be closed on its deadline; the quiet period
    counts from there. Right is a warning whose customer then left: no sign of life
    within the horizon. Customers who had been silent for longer than the horizon on
    that day had left before and are not judged, as in back-tests.
    """

    _name = "cpm.warning.rule.trial"
    _description = "Dry Run of a Warning Rule"
    _inherit = "cpm.guard.mixin"
    _cpm_ranges = {"month_count": (1, 36), "horizon_days": (1, 3650)}

    rule_id = fields.Many2one("cpm.warning.rule", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    month_count = fields.Integer(
        string="Months",
        default=12,
        help="For so many month ends before today it is worked out whom the rule would "
        "have warned of.",
    )
    horizon_days = fields.Integer(
        string="Horizon (days)",
        default=lambda self: self.env.company._cpm_loss_days(),
        help="A warning was right when the customer showed no sign of life for so many "
        "days after it. Shorter: more warnings can be judged by now.",
    )
    is_computed = fields.Boolean()
    past_unknown = fields.Text(readonly=True)
    hit_count = fields.Integer(string="Customers today", readonly=True)
    hit_ids = fields.One2many("cpm.warning.rule.trial.hit", "trial_id")
    month_ids = fields.One2many("cpm.warning.rule.trial.month", "trial_id")
    raised_count = fields.Integer(compute="_compute_totals", string="Warnings")
    judged_count = fields.Integer(compute="_compute_totals", string="Judged")
    lost_count = fields.Integer(compute="_compute_totals", string="Left")
    headline = fields.Char(compute="_compute_totals")

    @api.depends_context("lang")
    @api.depends("month_ids", "is_computed", "past_unknown")
    def _compute_totals(self):
        for trial in self:
            for name in ("raised_count", "judged_count", "lost_count"):
                trial[name] = sum(trial.month_ids.mapped(name))
            trial.headline = trial._find_headline()

    def _find_headline(self):
        _ = self.env._
        if not self.is_computed:
            return False
        if self.past_unknown:
            return _("What the rule would have raised before cannot be told.")
        values = {"raised": self.raised_count, "months": len(self.month_ids)}
        if not self.raised_count:
            return _(
                "This rule would have raised no warning at the last %(months)s month "
                "ends.",
                **values,
            )
        if not self.judged_count:
            return _(
                "This rule would have raised %(raised)s warnings at the last %(months)s "
                "month ends; none can be judged yet.",
                **values,
            )
        return _(
            "This rule would have raised %(raised)s warnings at the last %(months)s month "
            "ends. Of the %(judged)s that can be judged, %(share)s %% were right: the "
            "customer left.",
            judged=self.judged_count,
            share=round(100 * self.lost_count / self.judged_count),
            **values,
        )

    # --------------------------------------------------------------- Actions

    def action_compute(self):
        """Work everything out and show it."""
        self.ensure_one()
        self.rule_id._check_admin()
        self._check_question()
        self.hit_ids.unlink()
        self.month_ids.unlink()
        self.env.flush_all()
        self._find_hits()
        self.past_unknown = self.rule_id.with_company(self.company_id)._past_unknown()
        if not self.past_unknown:
            self._try_past()
        self.is_computed = True
        self.env.invalidate_all()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dry run: %s", self.rule_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_question(self):
        """:raise UserError: naming the field that cannot be answered"""
        _ = self.env._
        if self.company_id not in self.env.companies:
            raise UserError(
                _("Company: you are not working in %s.", self.company_id.sudo().name)
            )
        owner = self.rule_id.company_id
        if owner and owner != self.company_id:
            raise UserError(
                _("Company: the rule is one of %s alone.", owner.sudo().name)
            )
        problem = self.rule_id._find_problem()
        if problem:
            raise UserError(problem)
        customers = (
            self.env["cpm.profile"]
            .sudo()
            .search_count([("company_id", "=", self.company_id.id)])
        )
        if self.month_count > 1 and customers * self.month_count > WHILE_WAITING:
            raise UserError(
                _(
                    "Months: with %(customers)s customers enter at most %(most)s, or you "
                    "would wait for long.",
                    customers=customers,
                    most=max(WHILE_WAITING // customers, 1),
                )
            )

    # ----------------------------------------------------------------- Today

    def _find_hits(self):
        """List whom the rule would warn of now."""
        rule = self.rule_id.sudo()
        company = self.company_id.sudo()
        facts = Facts(self.env, company, company._cpm_today())
        self.env.cr.execute(rule._hits(facts, SHOWN))
        rows = self.env.cr.fetchall()
        self.hit_count = rows[0][2] if rows else 0
        known = rule._known_facts()
        self.env["cpm.warning.rule.trial.hit"].create(
            [
                {
                    "trial_id": self.id,
                    "profile_id": profile_id,
                    "facts": {**known, **found},
                }
                for profile_id, found, _total in rows
            ]
        )

    # ------------------------------------------------------------------ Past

    def _month_ends(self):
        """Return the last days of the months before this one, the oldest first."""
        first = self.company_id.sudo()._cpm_today().replace(day=1)
        return [
            first - relativedelta(months=back) - timedelta(days=1)
            for back in reversed(range(self.month_count))
        ]

    def _try_past(self):
        """Go through the month ends; what was raised before is in a temporary table."""
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", RAISED))
        cr.execute(
            SQL(
                """CREATE TEMP TABLE %s (day date, profile_id integer, partner_id integer)
                   ON COMMIT DROP""",
                RAISED,
            )
        )
        company = self.company_id.sudo()
        loss = Loss(self.env, company)
        end = self.env["cpm.backtest"]._data_end(company) if loss.metric else None
        months = []
        for day in self._month_ends():
            facts = Facts(self.env, company, day, past=True)
            problem = self.rule_id.with_company(company)._past_failed(facts.prepare())
            if problem:
                self.past_unknown = problem
                return
            raised = self._raise_then(facts)
            is_over = end and day + timedelta(days=self.horizon_days) <= end
            judged, lost = self._judge(loss, day) if is_over else (0, 0)
            months.append(
                {
                    "trial_id": self.id,
                    "day": day,
                    "raised_count": raised,
                    "is_over": bool(is_over),
                    "judged_count": judged,
                    "lost_count": lost,
                }
            )
        self.env["cpm.warning.rule.trial.month"].create(months)

    def _raise_then(self, facts):
        """Note whom the rule would have warned of on the day of ``facts``.

        :return: how many
        """
        rule = self.rule_id.sudo()
        rests = rule.deadline_days + rule.quiet_days
        self.env.cr.execute(
            SQL(
                """INSERT INTO %(raised)s
                   SELECT %(day)s, flagged.profile_id, p.partner_id
                   FROM (%(flagged)s) flagged
                   JOIN cpm_profile p ON p.id = flagged.profile_id
                   WHERE NOT EXISTS (
                       SELECT 1 FROM %(raised)s r
                       WHERE r.profile_id = flagged.profile_id AND r.day > %(since)s)""",
                raised=RAISED,
                day=facts.as_of,
                flagged=rule._flagged(facts),
                since=facts.as_of - timedelta(days=rests),
            )
        )
        return self.env.cr.rowcount

    def _judge(self, loss, day):
        """Return ``(judged, left)``: how many of those warned of on ``day`` had not
        left before, and how many of these then left."""
        ((judged, lost),) = self.env.execute_query(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE later.is_lost IS NOT FALSE)
                   FROM %(raised)s r JOIN (%(outcome)s) later USING (partner_id)
                   WHERE r.day = %(day)s
                     AND %(day)s::date - later.last_on <= %(horizon)s""",
                raised=RAISED,
                outcome=loss.outcome(day, self.horizon_days),
                day=day,
                horizon=self.horizon_days,
            )
        )
        return judged, lost
