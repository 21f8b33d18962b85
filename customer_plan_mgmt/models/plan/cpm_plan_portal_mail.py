"""Messages of plans: what stays inside, and where links in mails lead."""

from odoo import api, models
from odoo.exceptions import AccessError


class CpmPlan(models.Model):
    """Employees talk about a plan long before the customer sees it, with the same
    button that later writes to the customer. What is written while the plan is not
    shown stays internal for ever, and nobody from outside is told."""

    _inherit = "cpm.plan"

    def message_post(self, **kwargs):
        """Customers write in the portal; over RPC they could choose the receivers."""
        if self.env.user.share and not self.env.su:
            raise AccessError(self.env._("Please write to us on the page of the plan."))
        if not self._is_shown():
            kwargs["is_internal"] = True
        return super().message_post(**kwargs)

    def _is_reader(self, contact):
        """Whether ``contact`` may see the plan in the portal, given an account."""
        self.ensure_one()
        plan = self.sudo()
        return plan._is_shown() and (
            plan._is_of_customer(contact) or contact in plan.member_ids.partner_id
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out followers from outside who may not see the plan: it is not shown
        (yet, or any more), or they work for somebody else now. Receivers somebody chose
        by name get what was sent to them."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self:
            return recipients
        vals = msg_vals or {}
        if "partner_ids" in vals:
            chosen = set(vals["partner_ids"] or ())
        else:
            chosen = set(message.sudo().partner_ids.ids)
        contacts = self.env["res.partner"].sudo()
        return [
            data
            for data in recipients
            if not data["share"]
            or not data["id"]
            or data["id"] in chosen
            or self._is_reader(contacts.browse(data["id"]))
        ]

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """People from outside with an account get a link to the page of the plan."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        if self and self._is_shown():
            for name, _belongs, data in groups:
                if name == "portal":
                    url = f"{self.get_base_url()}/my/plans/{self.id}"
                    data["active"] = data["has_button_access"] = True
                    data["button_access"] = {"url": url}
        return groups

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Plans have no links that open them without an account, so what such a link
        would bring along is not looked at."""
        for key in ("hash", "pid", "token"):
            kwargs.pop(key, None)
        return super()._get_thread_with_access(thread_id, **kwargs)
