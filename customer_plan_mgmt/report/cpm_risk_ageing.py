"""How old open risks are, and how long nobody looked at them."""

from odoo import fields, models
from odoo.tools import SQL

from ..models.risk.const import RESPONSES, STAGES


class CpmRiskAgeing(models.Model):
    """One row per open risk, with its age at the moment of reading."""

    _name = "cpm.risk.ageing"
    _description = "Ageing of Risks"
    _auto = False
    _order = "age_days desc, id"
    _rec_name = "risk_id"
    _depends = {
        "cpm.risk": [
            "active",
            "category_id",
            "checked_on",
            "company_id",
            "identified_on",
            "next_check_on",
            "partner_id",
            "plan_id",
            "profile_id",
            "residual_level_id",
            "residual_score",
            "response",
            "stage",
            "user_id",
        ],
        "cpm.risk.control": ["date_due", "is_done", "risk_id"],
    }

    risk_id = fields.Many2one("cpm.risk", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    profile_id = fields.Many2one(
        "cpm.profile", string="Customer profile", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    plan_id = fields.Many2one("cpm.plan", string="Customer plan", readonly=True)
    category_id = fields.Many2one("cpm.risk.category", readonly=True)
    level_id = fields.Many2one("cpm.risk.level", string="Risk level", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    stage = fields.Selection(STAGES, readonly=True)
    response = fields.Selection(RESPONSES, readonly=True)
    identified_on = fields.Date(string="Identified on", readonly=True)
    next_check_on = fields.Date(string="Next check", readonly=True)
    score = fields.Integer(string="Residual value", readonly=True, aggregator="avg")
    age_days = fields.Integer(
        string="Age (days)",
        readonly=True,
        aggregator="avg",
        help="Days since the risk was identified.",
    )
    age_band = fields.Selection(
        [
            ("1", "Up to 30 days"),
            ("2", "31 to 90 days"),
            ("3", "91 to 180 days"),
            ("4", "181 to 365 days"),
            ("5", "More than a year"),
        ],
        string="Age",
        readonly=True,
    )
    unchecked_days = fields.Integer(
        string="Unchecked for (days)",
        readonly=True,
        aggregator="avg",
        help="Days since somebody looked at the risk, or since it was identified.",
    )
    overdue_days = fields.Integer(
        string="Check overdue (days)",
        readonly=True,
        aggregator="max",
        help="Days since the check was due; 0 when it is still to come.",
    )
    late_controls = fields.Integer(
        string="Late measures",
        readonly=True,
        aggregator="sum",
        help="Control measures that should be done by now and are not.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT aged.*,
                   CASE WHEN age_days <= 30 THEN '1' WHEN age_days <= 90 THEN '2'
                        WHEN age_days <= 180 THEN '3' WHEN age_days <= 365 THEN '4'
                        ELSE '5' END AS age_band
              FROM (
                SELECT r.id, r.id AS risk_id, r.company_id, r.profile_id, r.partner_id,
                       r.plan_id, r.category_id, r.residual_level_id AS level_id,
                       r.user_id, r.stage, r.response, r.identified_on,
                       r.next_check_on, r.residual_score AS score,
                       %(today)s::date - r.identified_on AS age_days,
                       %(today)s::date - COALESCE(r.checked_on, r.identified_on)
                           AS unchecked_days,
                       GREATEST(%(today)s::date - r.next_check_on, 0) AS overdue_days,
                       (SELECT COUNT(*) FROM cpm_risk_control c
                         WHERE c.risk_id = r.id AND c.is_done IS NOT TRUE
                           AND c.date_due < %(today)s) AS late_controls
                  FROM cpm_risk r
                 WHERE r.active AND r.stage != 'closed'
              ) aged
            """,
            today=fields.Date.context_today(self),
        )

    def action_open_record(self):
        """Open the risk."""
        self.ensure_one()
        return self.risk_id.get_formview_action()
