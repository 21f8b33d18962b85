"""Whose feedback it is: customer, contact and profile."""

from odoo import api, models
from odoo.exceptions import ValidationError


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    @api.depends("partner_id", "company_id")
    def _compute_profile_id(self):
        commercial = self.partner_id.commercial_partner_id
        profiles = self.env["cpm.profile"].search_fetch(
            [
                ("partner_id", "in", commercial.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["partner_id", "company_id", "tier_id", "manager_id"],
        )
        known = {(item.partner_id, item.company_id): item for item in profiles}
        for feedback in self:
            key = feedback.partner_id.commercial_partner_id, feedback.company_id
            feedback.profile_id = known.get(key)

    @api.constrains("contact_id", "partner_id")
    def _check_contact(self):
        for feedback in self:
            contact, customer = feedback.contact_id, feedback.partner_id
            if (
                contact
                and customer
                and (contact.commercial_partner_id != customer.commercial_partner_id)
            ):
                raise ValidationError(
                    self.env._(
                        "Contact: %(contact)s does not belong to %(customer)s.",
                        contact=contact.name,
                        customer=customer.name,
                    )
                )

    # -------------------------------------------------------------- Onchange

    @api.onchange("contact_id")
    def _onchange_contact_id(self):
        if self.contact_id and not self.partner_id:
            self.partner_id = self.contact_id.commercial_partner_id

    @api.model
    def _prepare_feedback_vals(self, vals):
        """Split a customer that is a contact of a company into company and contact."""
        partner = self.env["res.partner"].browse(vals.get("partner_id") or [])
        if partner and partner != partner.commercial_partner_id:
            vals.setdefault("contact_id", partner.id)
            vals["partner_id"] = partner.commercial_partner_id.id
        contact = self.env["res.partner"].browse(vals.get("contact_id") or [])
        if contact and not vals.get("partner_id"):
            vals["partner_id"] = contact.commercial_partner_id.id
        return vals

    def _subscribe_customers(self):
        """Let customers follow, so that answers reach them."""
        for feedback in self:
            person = feedback.contact_id or feedback.partner_id
            if person.email:
                feedback.sudo().message_subscribe(person.ids)

    # --------------------------------------------------------------- Actions

    @api.model
    def _action_of_customer(self, partner):
        """Return the action that shows the feedback of a customer."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_feedback_action"
        )
        action["domain"] = [("partner_id", "=", partner.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": partner.commercial_partner_id.id}
        return action

    @api.model
    def _action_new_call(self, partner):
        """Return the dialog for feedback a contact gives on the phone."""
        self.check_access("create")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_feedback_action_new"
        )
        customer = partner.commercial_partner_id
        action["context"] = {
            "default_partner_id": customer.id,
            "default_contact_id": partner.id if partner != customer else False,
            "default_channel": "phone",
        }
        return action
