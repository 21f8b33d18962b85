"""What the analyses of promises have in common: whose promise, about what."""

from odoo import fields, models
from odoo.tools import SQL

from ..models.service import const


class CpmSlaAnalysis(models.AbstractModel):
    """One row per promise, with the id of its timer.

    A model brings its measures and the ``_table_query``; :meth:`_join_case` is where
    the columns of the case come from.
    """

    _name = "cpm.sla.analysis"
    _description = "Analysis of Promises"
    _rec_name = "target_id"
    _depends = {
        "cpm.sla.timer": [
            "company_id",
            "deadline",
            "done_at",
            "kind",
            "partner_id",
            "profile_id",
            "res_id",
            "res_model",
            "state",
            "target_id",
            "tier_id",
            "user_id",
        ],
        "cpm.feedback": [
            "category_id",
            "team_id",
            "type",
        ],
    }

    timer_id = fields.Many2one("cpm.sla.timer", string="Promise", readonly=True)
    feedback_id = fields.Many2one("cpm.feedback", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    profile_id = fields.Many2one("cpm.profile", readonly=True)
    tier_id = fields.Many2one("cpm.tier", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("cpm.feedback.team", readonly=True)
    target_id = fields.Many2one(
        "cpm.service.target", string="Line of the standard", readonly=True
    )
    kind = fields.Selection(const.KINDS, string="Kind of promise", readonly=True)
    type = fields.Selection(const.TYPES, readonly=True)
    category_id = fields.Many2one("cpm.feedback.category", readonly=True)
    deadline = fields.Datetime(readonly=True)

    def _join_case(self, timer):
        """Return the join that adds the case ``f`` to rows of timers.

        :param timer: alias of the rows in the query
        """
        return SQL(
            """LEFT JOIN cpm_feedback f
               ON %(timer)s.res_model = 'cpm.feedback' AND f.id = %(timer)s.res_id""",
            timer=SQL.identifier(timer),
        )

    def action_open_record(self):
        """Open the case the promise was made for."""
        self.ensure_one()
        self.check_access("read")
        return self.timer_id.action_open_record()
