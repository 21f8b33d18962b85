"""When a warning is raised."""

from odoo import api, fields, models

from .const import DROPS, MEASURES, OPERATORS, OWNERS, SEVERITIES, TRIGGERS


class CpmWarningRule(models.Model):
    """A trigger with its conditions, and what a warning of it starts with."""

    _name = "cpm.warning.rule"
    _description = "Warning Rule"
    _inherit = ["mail.thread", "cpm.code.mixin", "cpm.guard.mixin"]
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
    metric_id = fields.Many2one("cpm.metric", ondelete="restrict", tracking=True)
    operator = fields.Selection(OPERATORS, default="below", tracking=True)
    limit_value = fields.Float(string="Limit", aggregator=None, tracking=True)
    drop_kind = fields.Selection(DROPS, string="Drop", default="percent", tracking=True)
    drop_value = fields.Float(string="Drop of at least", aggregator=None, tracking=True)
    within_days = fields.Integer(
        string="Within (days)", default=90, aggregator=None, tracking=True
    )
    factor = fields.Float(default=2.0, aggregator=None, tracking=True)
    event_count = fields.Integer(
        string="Number of times", default=1, aggregator=None, tracking=True
    )
    contact_metric_ids = fields.Many2many(
        "cpm.metric",
        string="Counts as contact",
        help="Metrics of days since an event; the latest of them is the last contact.",
    )
    # Conditions
    segment_id = fields.Many2one(
        "cpm.segment",
        string="Only the segment",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    tier_ids = fields.Many2many("cpm.tier", string="Only the tiers", tracking=True)
    lifecycle_stage_ids = fields.Many2many(
        "cpm.lifecycle.stage", string="Only the lifecycle stages", tracking=True
    )
    # What a warning starts with
    severity = fields.Selection(SEVERITIES, required=True, default="1", tracking=True)
    owner_rule = fields.Selection(
        OWNERS,
        required=True,
        default="account_manager",
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Person", tracking=True)
    deadline_days = fields.Integer(
        string="To be dealt with within (days)",
        default=7,
        aggregator=None,
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
    # State
    is_confirmed = fields.Boolean(
        string="Confirmed", readonly=True, copy=False, tracking=True
    )
    waiting_count = fields.Integer(
        string="Warnings waiting", readonly=True, copy=False, aggregator=None
    )
    last_evaluated_at = fields.Datetime(
        string="Last evaluated on", readonly=True, copy=False
    )
    last_error = fields.Text(readonly=True, copy=False)
    warning_ids = fields.One2many("cpm.warning", "rule_id", string="Warnings")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another rule already has this code."
    )

    @api.model
    def _evaluate_company(self, company, profiles=None):
        """Evaluate the rules of ``company`` after a scoring run."""
