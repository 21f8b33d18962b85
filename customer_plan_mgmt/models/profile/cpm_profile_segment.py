"""The segments a customer belongs to, for filters and the form."""

from odoo import api, fields, models
from odoo.fields import Domain


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    segment_ids = fields.Many2many(
        "cpm.segment",
        string="Segments",
        compute="_compute_segment_ids",
        search="_search_segment_ids",
        help="Saved groups of customers whose condition this customer fulfils.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_ids(self):
        members = {}
        for segment in self.env["cpm.segment"].search([]):  # a handful
            domain = segment._get_members_domain() & Domain("id", "in", self.ids)
            members[segment.id] = set(self.env["cpm.profile"].search(domain).ids)
        for profile in self:
            profile.segment_ids = [
                segment for segment, ids in members.items() if profile._origin.id in ids
            ]

    def _search_segment_ids(self, operator, value):
        """Replace "is in the segment" by the domain of the segment."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM asks for the opposite and negates
        segments = self.env["cpm.segment"]
        if operator == "in":
            found = segments.browse(item for item in value if item)
        elif operator in ("any", "any!"):
            found = segments.search(value)
        else:
            found = segments.search([("display_name", operator, value)])
        domain = Domain.OR(segment._get_members_domain() for segment in found)
        if operator == "in" and False in value:
            everything = segments.search([])
            domain |= ~Domain.OR(item._get_members_domain() for item in everything)
        return domain
