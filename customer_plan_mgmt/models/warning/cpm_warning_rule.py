"""When a warning is raised."""

from odoo import api, fields, models

from .const import DROPS, MEASURES, OPERATORS, OWNERS, SEVERITIES, TRIGGERS
from .engine.facts import STAGED_SCORES


class CpmWarningRule(models.Model):
    """A trigger with its conditions, and what a warning of it starts with."""

    _name = "cpm.warning.rule"
    _description = "Warning Rule"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "cpm.code.mixin",
        "cpm.guard.mixin",
    ]
    _order = "sequence, id"
    _check_company_auto = True
    _cpm_protected = frozenset(
        {
            "is_confirmed",
            "waiting_count",
            "last_evaluated_at",
            "last_error",
        }
    )
    _cpm_ranges = {
        "limit_value": (-1e15, 1e15),
        "drop_value": (0, 1e15),
        "within_days": (1, 3650),
        "factor": (0.1, 1000),
        "event_count": (1, 10000),
        "deadline_days": (0, 3650),
        "quiet_days": (0, 3650),
    }

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: all companies."
    )
    description = fields.Text(translate=True)
    # Trigger
    trigger = fields.Selection(
        TRIGGERS, required=True, default="threshold", tracking=True
    )
    measure = fields.Selection(
        MEASURES, string="Figure", default="metric", tracking=True
    )
    metric_id = fields.Many2one(
        "cpm.metric",
        ondelete="restrict",
        help="What the rule looks at. For the own rhythm a ratio of days since the last "
        "record to the usual interval; empty: the shipped one.",
        tracking=True,
    )
    operator = fields.Selection(OPERATORS, default="below", tracking=True)
    limit_value = fields.Float(
        string="Limit",
        aggregator=None,
        help="In the unit of the figure; points from 0 to 100 for a score, a mark from "
        "1 to 5 for satisfaction. Exactly at the limit is not beyond it.",
        tracking=True,
    )
    zero_limit = fields.Boolean(
        string="The limit is 0",
        help="A limit nobody entered is 0 as well; tick this when 0 is meant.",
        tracking=True,
    )
    drop_kind = fields.Selection(DROPS, string="Drop", default="percent", tracking=True)
    drop_value = fields.Float(
        string="Drop of at least",
        aggregator=None,
        help="By how much the figure must be lower than so many days ago.",
        tracking=True,
    )
    within_days = fields.Integer(
        string="Within (days)",
        default=90,
        aggregator=None,
        help="How far to look: back for drops, promises and answers, ahead for plans and "
        "contracts that end.",
        tracking=True,
    )
    factor = fields.Float(
        default=2.0,
        aggregator=None,
        help="How many times the customer's usual days between purchases must have "
        "passed since the last one.",
        tracking=True,
    )
    event_count = fields.Integer(
        string="Number of times",
        default=1,
        aggregator=None,
        help="At least so many promises missed, or mails to a key contact that came "
        "back.",
        tracking=True,
    )
    contact_metric_ids = fields.Many2many(
        "cpm.metric",
        string="Counts as contact",
        help="Metrics of days since an event; the latest of them is the last contact. "
        "Empty: last purchase, last message and last feedback.",
    )
    # Conditions
    segment_id = fields.Many2one(
        "cpm.segment",
        string="Only the segment",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    tier_ids = fields.Many2many(
        "cpm.tier", string="Only the tiers", check_company=True, tracking=True
    )
    lifecycle_stage_ids = fields.Many2many(
        "cpm.lifecycle.stage", string="Only the lifecycle stages", tracking=True
    )
    # What a warning starts with
    severity = fields.Selection(SEVERITIES, required=True, default="1", tracking=True)
    owner_rule = fields.Selection(
        OWNERS,
        string="Owner",
        required=True,
        default="account_manager",
        help="Where that person has left the company, or there is none, the warning goes "
        "to whoever warnings go to by the settings, else to a manager.",
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Person", tracking=True)
    deadline_days = fields.Integer(
        string="To be dealt with within (days)",
        default=7,
        aggregator=None,
        help="Deadline of the warning, counted from the day it is raised.",
        tracking=True,
    )
    playbook_id = fields.Many2one(
        "mail.activity.plan",
        ondelete="restrict",
        domain=[("res_model", "=", "cpm.warning")],
        tracking=True,
    )
    playbook_starts = fields.Boolean(
        string="Playbook starts by itself",
        help="Its activities are planned as soon as the warning is raised, not when "
        "somebody takes it up.",
    )
    quiet_days = fields.Integer(
        string="Quiet period (days)",
        default=30,
        aggregator=None,
        help="A customer is not warned of by this rule again within so many days after "
        "the last warning was raised or closed.",
        tracking=True,
    )
    reason_id = fields.Many2one("cpm.churn.reason", ondelete="restrict", tracking=True)
    # State in the company one works in (cpm.warning.rule.state)
    state_ids = fields.One2many(
        "cpm.warning.rule.state", "rule_id", string="State in the companies"
    )
    is_confirmed = fields.Boolean(
        string="Confirmed",
        compute="_compute_state",
        help="The rule raises by itself. It confirms itself while it raises few "
        "warnings at once; confirmed by a person it may raise any number.",
    )
    waiting_count = fields.Integer(
        string="Warnings waiting",
        compute="_compute_state",
        help="Customers the rule would warn of when somebody confirms it, or will warn "
        "of within the next minutes.",
    )
    last_evaluated_at = fields.Datetime(
        string="Last evaluated on", compute="_compute_state"
    )
    last_error = fields.Text(compute="_compute_state")
    problem = fields.Text(
        string="Why it cannot be evaluated", compute="_compute_problem"
    )
    warning_ids = fields.One2many("cpm.warning", "rule_id", string="Warnings")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another rule already has this code."
    )

    _figures_range = models.Constraint(
        "CHECK(limit_value BETWEEN -1e15 AND 1e15 AND drop_value BETWEEN 0 AND 1e15"
        " AND factor BETWEEN 0.1 AND 1000 AND within_days BETWEEN 1 AND 3650"
        " AND event_count BETWEEN 1 AND 10000 AND deadline_days BETWEEN 0 AND 3650"
        " AND quiet_days BETWEEN 0 AND 3650)",
        "Warning rule: a figure is out of its range. Days go up to 3650, the factor "
        "from 0.1 to 1000, times from 1 to 10000.",
    )

    # -------------------------------------------------------------- Computes

    @api.depends_context("company")
    @api.depends("state_ids", "company_id")
    def _compute_state(self):
        """Show what holds in the company of the rule, else in the one one works in; read
        in superuser mode, whoever may read the rule may know."""
        states = self.env["cpm.warning.rule.state"].sudo()
        companies = self.env.company | self.sudo().company_id
        states = states.search(
            [("rule_id", "in", self.ids), ("company_id", "in", companies.ids)]
        )
        known = {(state.rule_id.id, state.company_id): state for state in states}
        for rule in self:
            key = (rule.id, rule._working_company())
            state = known.get(key, states.browse())
            rule.is_confirmed = state.is_confirmed
            rule.waiting_count = state.waiting_count
            rule.last_evaluated_at = state.last_evaluated_at
            rule.last_error = state.last_error

    # ---------------------------------------------------------------- Basics

    @api.model
    def _score_columns(self):
        """Return the columns of ``cpm.profile`` with a score a rule can look at; the
        keys of ``measure`` besides "metric". Add-ons add theirs."""
        return STAGED_SCORES

    def _working_company(self):
        """Return the company the rule is evaluated in when a person asks for it: its own,
        else the one the person works in; in superuser mode."""
        return self.sudo().company_id or self.env.company.sudo()

    @api.model
    def _for_company(self, company):
        """Return the rules in use in ``company``, in superuser mode."""
        return self.sudo().search([("company_id", "in", [company.id, False])])
