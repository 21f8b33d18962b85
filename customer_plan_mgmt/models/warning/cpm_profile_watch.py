"""What a person tells about a customer so that rules can watch it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..profile.cpm_profile import CpmProfile as Profile


class CpmProfile(models.Model):
    _inherit = "cpm.profile"
    _cpm_dates = Profile._cpm_dates | {"contract_end"}

    key_contact_ids = fields.Many2many(
        "res.partner",
        "cpm_profile_key_contact_rel",
        "profile_id",
        "partner_id",
        string="Key contacts",
        domain="[('commercial_partner_id', '=', partner_id)]",
        context={"active_test": False},
        help="People the relationship hangs on. A warning rule can tell when one of "
        "them is archived, leaves the customer, refuses mails or cannot be reached by "
        "them. None named: the customer itself is watched.",
    )
    contract_end = fields.Date(
        string="Contract ends on",
        tracking=True,
        help="End of the contract with the customer; a warning rule can tell in time.",
    )

    @api.constrains("key_contact_ids")
    def _check_key_contacts(self):
        """Whoever leaves the customer later stays named: that is what rules tell."""
        for profile in self:
            for contact in profile.sudo().key_contact_ids:
                if contact.commercial_partner_id != profile.partner_id.sudo() and (
                    contact.active
                ):
                    raise ValidationError(
                        self.env._(
                            "Key contacts: %(contact)s is no contact of %(customer)s.",
                            contact=contact.display_name,
                            customer=profile.display_name,
                        )
                    )

    def _absorb_facts(self, others):
        """The later end of a contract counts; key contacts move with the customers."""
        result = super()._absorb_facts(others)
        ends = [day for day in (self | others).mapped("contract_end") if day]
        if ends:
            self.contract_end = max(ends)
        return result
