"""One round of changes to an agreed plan."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class CpmPlanRevision(models.Model):
    """Collects what was changed until a manager approves it; see ``_revise``."""

    _name = "cpm.plan.revision"
    _description = "Revision of a Customer Plan"
    _inherit = "cpm.system.mixin"
    _order = "plan_id, number desc, id desc"

    plan_id = fields.Many2one(
        "cpm.plan", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True, index=True
    )
    number = fields.Integer(string="Revision", readonly=True, aggregator=None)
    state = fields.Selection(
        [
            ("open", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("withdrawn", "Taken back"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    user_ids = fields.Many2many("res.users", string="Changed by", readonly=True)
    line_ids = fields.One2many(
        "cpm.plan.revision.line", "revision_id", string="Differences", readonly=True
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, ondelete="restrict"
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True)
    refusal_reason = fields.Text(string="Why refused", readonly=True)

    _one_open = models.UniqueIndex(
        "(plan_id) WHERE state = 'open'",
        "Somebody else is changing this plan just now. Reload the page.",
    )

    @api.depends("number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for revision in self:
            revision.display_name = self.env._("Revision %s", revision.number)

    def _approve(self):
        """Approve the changes; four eyes count here too.

        :raise UserError: when there are none, or they are the user's own
        """
        if not self:
            raise UserError(self.env._("There are no changes to approve."))
        for revision in self.sudo():
            plan = revision.plan_id.with_env(self.env)
            plan._check_reviser(revision)
            revision._mark_approved()
            plan.activity_unlink(["customer_plan_mgmt.mail_activity_plan_revision"])
            plan._note_decision()
            plan._tell(
                self.env._("Revision %s was approved.", revision.number),
                plan.sudo().user_id | revision.user_ids,
            )

    def _mark_approved(self):
        for revision in self:
            if any(revision.line_ids.mapped("is_term")):
                plan = revision.plan_id
                plan.terms_revision = max(plan.terms_revision, revision.number)
        self.write(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
