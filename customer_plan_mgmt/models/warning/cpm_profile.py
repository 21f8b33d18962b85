"""Warnings on the customer profile."""

from odoo import api, fields, models

from ..risk.cpm_profile import CpmProfile as AtRisk
from .const import OPEN_STATES, SEVERITIES


class CpmProfile(models.Model):
    _inherit = "cpm.profile"
    _cpm_protected = AtRisk._cpm_protected | frozenset(
        {"open_warning_count", "warning_severity", "given_up_on"}
    )

    warning_ids = fields.One2many("cpm.warning", "profile_id", string="Warnings")
    open_warning_count = fields.Integer(
        string="Open warnings",
        compute="_compute_open_warnings",
        store=True,
        precompute=True,
        compute_sudo=True,
        copy=False,
    )
    warning_severity = fields.Selection(
        SEVERITIES,
        string="Gravest open warning",
        compute="_compute_open_warnings",
        store=True,
        precompute=True,
        compute_sudo=True,
        copy=False,
    )
    given_up_on = fields.Date(
        string="Given up on",
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="Day on which a warning was closed with the customer lost. Forgotten as "
        "soon as the customer buys again.",
    )

    @api.depends("warning_ids.state", "warning_ids.active", "warning_ids.severity")
    def _compute_open_warnings(self):
        for profile in self:
            found = profile.warning_ids.filtered(
                lambda warning: warning.active and warning.state in OPEN_STATES
            )
            profile.open_warning_count = len(found)
            profile.warning_severity = max(found.mapped("severity"), default=False)
