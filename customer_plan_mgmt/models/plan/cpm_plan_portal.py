"""What customers see of their plan, and what they may do about it.

Portal users have no access to any model of the plan room; the pages show what the
methods here return and nothing else.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from .const import AGREED

# Stages in which a shared plan is shown
SHOWN = (*AGREED, "closed")


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    is_shared = fields.Boolean(
        string="Shared with the customer",
        copy=False,
        tracking=True,
        help="From the agreement on the customer sees in the portal: goals, tasks and "
        "reviews marked as public, and the documents of the plan marked as public.",
    )
    accepted_by_id = fields.Many2one(
        "res.partner",
        string="Accepted by",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    accepted_at = fields.Datetime(string="Accepted on", readonly=True, copy=False)
    public_document_ids = fields.Many2many(
        "ir.attachment",
        "cpm_plan_public_document_rel",
        string="Documents for the customer",
        copy=False,
        help="The customer can download these while the plan is shared.",
    )

    def write(self, vals):
        if vals.get("is_shared"):
            for plan in self:
                if plan.scope != "customer":
                    raise UserError(
                        self.env._(
                            "%s is for a segment: only plans for one customer can be "
                            "shared.",
                            plan.display_name,
                        )
                    )
        return super().write(vals)

    @api.model
    def _customer_domain(self, user):
        """Return which plans the portal may show to ``user``: shared ones of the
        user's company, or with the user as a member."""
        contact = user.partner_id
        customer = contact.commercial_partner_id
        return (
            Domain("is_shared", "=", True)
            & Domain("stage", "in", SHOWN)
            & Domain("company_id", "in", user.company_ids.ids)
            & (
                Domain("partner_id", "=", customer.id)
                | Domain("member_ids", "any", [("partner_id", "=", contact.id)])
            )
        )

    @api.model
    def _find_for_customer(self, plan_id, user):
        """Return the plan in superuser mode if ``user`` may see it, else none."""
        plans = self.sudo()
        if user._is_public() or not isinstance(plan_id, int):
            return plans.browse()
        if not 0 < plan_id < 2**31:
            return plans.browse()
        return plans.search(Domain("id", "=", plan_id) & self._customer_domain(user))

    def _is_of_customer(self, user):
        """Whether ``user`` speaks for the customer of the plan; other members from
        outside see it but cannot accept it."""
        self.ensure_one()
        return self.partner_id == user.partner_id.commercial_partner_id

    def _customer_tasks(self):
        """Return the tasks the customer may see."""
        self.ensure_one()
        return self.sudo().task_ids.filtered(
            lambda task: task.cpm_public and task.state != "1_canceled"
        )

    def _customer_reviews(self):
        """Return the held reviews the customer may see, the latest first."""
        self.ensure_one()
        return self.sudo().review_ids.filtered(
            lambda review: review.is_public and review.state == "held"
        )

    def _customer_messages(self):
        """Return the messages the customer may read, oldest first: what was written by
        or to the customer, no notes."""
        self.ensure_one()
        messages = self.env["mail.message"].sudo()
        return messages.search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", ("comment", "email"))
            & messages._get_search_domain_share(),
            order="date, id",
        )

    def _customer_accepts(self, contact):
        """Note that the customer agrees to the plan.

        :param contact: the person who accepts
        :raise UserError: when it was accepted already, or is over
        """
        self.ensure_one()
        plan = self.sudo()
        if plan.accepted_at or plan.stage not in AGREED:
            raise UserError(self.env._("This plan cannot be accepted any more."))
        plan.write({"accepted_by_id": contact.id, "accepted_at": fields.Datetime.now()})
        plan.goal_ids.filtered(lambda goal: not goal.agreed_on).with_context(
            cpm_no_revision=True
        ).write(
            {"agreed_with_id": contact.id, "agreed_on": fields.Date.context_today(plan)}
        )
        plan._message_log(
            body=self.env._("%s accepted the plan.", contact.display_name),
            author_id=contact.id,
        )
        plan.activity_schedule(
            "customer_plan_mgmt.mail_activity_plan_accepted", user_id=plan.user_id.id
        )

    def _customer_comments(self, text, contact):
        """Post what the customer wrote, with nothing but these values."""
        self.ensure_one()
        return self.sudo().message_post(
            body=plaintext2html(text),
            author_id=contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def message_post(self, **kwargs):
        """Customers write in the portal; over RPC they could choose the receivers."""
        if self.env.user.share and not self.env.su:
            raise AccessError(self.env._("Please write to us on the page of the plan."))
        return super().message_post(**kwargs)
