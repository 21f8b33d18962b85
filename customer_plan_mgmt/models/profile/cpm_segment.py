"""Saved groups of customers."""

import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

_logger = logging.getLogger(__name__)


class CpmSegment(models.Model):
    """A named domain over profiles, used in filters and by scorecards."""

    _name = "cpm.segment"
    _description = "Customer Segment"
    _inherit = "cpm.guard.mixin"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    color = fields.Integer(aggregator=None)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: all companies."
    )
    domain = fields.Char(string="Customers matching", required=True, default="[]")
    description = fields.Text(translate=True)
    profile_count = fields.Integer(
        string="Customers", compute="_compute_profile_count", aggregator=None
    )

    @api.depends("domain", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_profile_count(self):
        for segment in self:  # a handful of segments, one count each
            segment.profile_count = self.env["cpm.profile"].search_count(
                segment._get_members_domain()
            )

    @api.constrains("domain")
    def _check_domain(self):
        for segment in self:
            segment._get_profile_domain()

    def _get_profile_domain(self):
        """Return the :class:`Domain` over ``cpm.profile`` of the segment.

        :raise ValidationError: when the text is no domain or names a field that
            profiles do not have
        """
        self.ensure_one()
        try:
            # First of all: looking up segments by segments would never end
            if "segment_ids" in (self.domain or ""):
                raise ValueError(
                    self.env._("a segment cannot be defined by other segments")
                )
            domain = Domain(safe_eval(self.domain or "[]", {"uid": self.env.uid}))
            domain.validate(self.env["cpm.profile"].sudo())
            # Finds fields that nobody can search by
            self.env["cpm.profile"].sudo()._search(domain, order=False)
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "Segment %(segment)s: “Customers matching” cannot be used: "
                    "%(reason)s.",
                    segment=self.name,
                    reason=error,
                )
            ) from error
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        return domain

    def _get_members_domain(self):
        """Return the domain of the segment for showing and scoring customers.

        A segment that names a field of a module uninstalled since has no members;
        that must not close the customers' forms or stop the scoring. Nor must one
        that names a field closed to whoever looks on, hence superuser mode: it tells
        who is a member and no more.
        """
        try:
            domain = self._get_profile_domain()
        except ValidationError as error:
            _logger.warning("%s", error)
            return Domain.FALSE
        members = self.env["cpm.profile"].sudo()._search(domain, order=False)
        return Domain("id", "in", members)

    def action_view_profiles(self):
        """Open the customers of the segment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_profile_action"
        )
        action["display_name"] = self.name
        action["domain"] = [("segment_ids", "in", self.ids)]
        action["context"] = {}
        return action
