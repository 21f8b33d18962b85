"""Which promise applies to a case, and until when."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.service import const
from ..models.service.moments import moment
from ..models.service.promises import Clocks, winner
from ..tools import working_time

# Years in which every promise ends in a year there is a name for
FIRST_YEAR, LAST_YEAR = 1900, 9900


class CpmTargetPreview(models.TransientModel):
    _name = "cpm.target.preview"
    _description = "Which Promise Applies?"

    standard_id = fields.Many2one(
        "cpm.service.standard", required=True, ondelete="cascade"
    )
    tier_id = fields.Many2one("cpm.tier", ondelete="cascade")
    feedback_type = fields.Selection(const.TYPES, string="Type of feedback")
    complexity = fields.Selection(const.COMPLEXITIES, default="ordinary")
    priority = fields.Selection(const.PRIORITIES, string="Severity")
    channel = fields.Selection(const.CHANNELS)
    received_at = fields.Datetime(
        string="Received on", required=True, default=fields.Datetime.now
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Whose working hours and holidays are used where the promise names none.",
    )
    result = fields.Html(compute="_compute_result", sanitize=False)

    @api.depends("standard_id.target_ids", "received_at", "company_id", *const.FILTERS)
    @api.depends_context("lang", "tz")
    def _compute_result(self):
        for preview in self:
            lines = []
            if preview.standard_id and preview.received_at and preview.company_id:
                lines = preview._get_lines()
            preview.result = self.env["ir.qweb"]._render(
                "customer_plan_mgmt.target_preview", {"lines": lines}
            )

    def _get_lines(self):
        """Return the winning promise of each kind with its deadline, as dicts."""
        self.ensure_one()
        self._check_received_at()
        standard, company = self.standard_id._origin, self.company_id._origin
        standard.check_access("read")
        company.check_access("read")
        targets = standard.sudo().target_ids
        promises = targets._to_promises()
        facts = {
            key: self[name]._origin.id if name == "tier_id" else self[name] or None
            for name, key in const.FILTERS.items()
        }
        clocks = Clocks(self.env)
        lines = []
        for kind, label in (
            self.env["cpm.service.target"]
            ._fields["kind"]
            ._description_selection(self.env)
        ):
            promise = winner(promises, kind, facts)
            line = {"kind": label, "target": None, "deadline": None}
            if promise:
                moments = clocks.moments(
                    promise, company.sudo(), working_time.moment(self.received_at)
                )
                line["target"] = targets.browse(promise.id)
                deadline = working_time.to_datetime(moments.deadline)
                line["deadline"] = moment(self.env, deadline)
            lines.append(line)
        return lines

    def _check_received_at(self):
        """:raise UserError: for a date at the end of the calendar"""
        if not FIRST_YEAR <= self.received_at.year <= LAST_YEAR:
            raise UserError(
                self.env._(
                    "Received on: enter a date between the years %(first)s and "
                    "%(last)s.",
                    first=FIRST_YEAR,
                    last=LAST_YEAR,
                )
            )
