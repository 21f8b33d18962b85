"""What customers see of their plan, and what they may do about it.

Portal users have no access to any model of the plan room; the pages show what the
methods here return and nothing else.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
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
        "reviews marked as public, and the documents of the plan marked as public. "
        "Messages are read by the customer from then on; notes are not.",
    )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans.filtered("is_shared")._check_shareable()
        return plans

    def write(self, vals):
        if vals.get("is_shared"):
            self._check_shareable()
        return super().write(vals)

    def _check_shareable(self):
        """:raise UserError: for a plan that is not for one customer"""
        for plan in self:
            if plan.scope != "customer":
                raise UserError(
                    self.env._(
                        "%s is for a segment: only plans for one customer can be "
                        "shared.",
                        plan.display_name,
                    )
                )

    # --------------------------------------------------------------- Ownership

    @api.model
    def _customer_domain(self, user):
        """Return which plans the portal may show to ``user``: shared ones of the
        user's company, or with the user as a member."""
        contact = user.partner_id
        customer = contact.commercial_partner_id
        return (
            Domain("is_shared", "=", True)
            & Domain("scope", "=", "customer")
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
        if user._is_public() or not self._is_id(plan_id):
            return plans.browse()
        return plans.search(Domain("id", "=", plan_id) & self._customer_domain(user))

    @api.model
    def _find_for_preview(self, plan_id, user):
        """Return the plan in superuser mode for an employee who may read it and wants
        to see the customer's page, shared or not; else none."""
        plans = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        if (
            not self._is_id(plan_id)
            or not user._is_internal()
            or not plans.has_access("read")
        ):
            return self.sudo().browse()
        found = plans.search([("id", "=", plan_id), ("scope", "=", "customer")])
        return found.sudo()

    @api.model
    def _is_id(self, value):
        """Whether the database can look for ``value``."""
        return isinstance(value, int) and 0 < value < 2**31

    def _is_shown(self):
        """Whether the customer sees the plan now."""
        self.ensure_one()
        plan = self.sudo()
        return plan.active and plan.is_shared and plan.stage in SHOWN

    def _is_of_customer(self, contact):
        """Whether ``contact`` speaks for the customer of the plan; other members from
        outside see it but cannot accept it."""
        self.ensure_one()
        return self.partner_id == contact.commercial_partner_id

    # ------------------------------------------------------------------- Shown

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
        """Return the messages the customer may read, oldest first: no notes, and
        nothing written while the plan was not shown (see :meth:`message_post`)."""
        self.ensure_one()
        messages = self.env["mail.message"].sudo()
        return messages.search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", ("comment", "email"))
            & messages._get_search_domain_share(),
            order="date, id",
        )

    def action_portal_preview(self):
        """Open the plan's page in the portal as the customer sees it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/my/plans/{self.id}/preview",
            "target": "new",
        }

    # ----------------------------------------------------------- What they do

    def _customer_comments(self, text, contact):
        """Post what the customer wrote, with nothing but these values; whoever writes
        is told the answers while the plan is shown.

        :raise UserError: when ``contact`` writes faster than people do
        """
        self.ensure_one()
        limit = self.company_id.sudo().cpm_plan_comments_hour
        since = fields.Datetime.now() - timedelta(hours=1)
        written = (
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("author_id", "=", contact.id)
            & Domain("date", ">", since)
        )
        messages = self.env["mail.message"].sudo()
        if limit and messages.search_count(written, limit=limit) >= limit:
            raise UserError(
                self.env._(
                    "You have written %s messages within an hour. Please go on later.",
                    limit,
                )
            )
        self.sudo().message_subscribe(contact.ids)
        return self.sudo().message_post(
            body=plaintext2html(text),
            author_id=contact.id,
            email_from=contact.email_formatted or False,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
