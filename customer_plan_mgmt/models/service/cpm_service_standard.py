"""The service standard: all that is promised to customers, in versions."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

STATES = [
    ("draft", "Draft"),
    ("approved", "Approved"),
    ("superseded", "Superseded"),
]


class CpmServiceStandard(models.Model):
    """One version of the promises of one company, or of all without their own.

    Only drafts can be edited. Approving a version ends the one before it the day
    before; what is running keeps the version it started under.
    """

    _name = "cpm.service.standard"
    _description = "Service Standard"
    _inherit = ["mail.thread", "mail.activity.mixin", "cpm.guard.mixin"]
    _order = "company_id, date_from desc nulls first, version desc, id desc"
    _check_company_auto = True
    _cpm_protected = frozenset(
        {"state", "version", "previous_id", "approved_by_id", "approved_on", "date_to"}
    )

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        help="Empty: for every company that has no standard of its own.",
    )
    active = fields.Boolean(string="In use", default=True)
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "cpm.service.standard",
        string="Version before",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )
    date_from = fields.Date(
        string="Valid from",
        copy=False,
        help="First day; empty: the day of the approval.",
    )
    date_to = fields.Date(string="Valid to", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        "res.users",
        string="Approved by",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    approved_on = fields.Datetime(string="Approved on", readonly=True, copy=False)
    description = fields.Html(
        translate=True, help="What the customers are told, in the words of the policy."
    )
    target_ids = fields.One2many(
        "cpm.service.target", "standard_id", string="Promises", copy=True
    )
    target_count = fields.Integer(compute="_compute_target_count")

    _one_in_force = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE state = 'approved'",
        "Another version was approved just now. Reload the page.",
    )

    @api.depends("target_ids")
    def _compute_target_count(self):
        for standard in self:
            standard.target_count = len(standard.target_ids)

    @api.depends("name", "version")
    def _compute_display_name(self):
        for standard in self:
            standard.display_name = standard.name and self.env._(
                "%(name)s, version %(version)s",
                name=standard.name,
                version=standard.version,
            )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for standard in self:
            if (
                standard.date_from
                and standard.date_to
                and standard.date_to < standard.date_from
            ):
                raise ValidationError(
                    self.env._(
                        "%s: “Valid to” must not lie before “Valid from”.",
                        standard.display_name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        standards = super().create(vals_list)
        self.env.registry.clear_cache()
        return standards

    def write(self, vals):
        if not self.env.su and vals.keys() - {"active", "message_main_attachment_id"}:
            self._check_draft()
        if vals.get("active") is False and not self.env.su:
            self._check_archivable()
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def _check_archivable(self):
        """:raise UserError: for the version in force, without which new cases would
        have no promises"""
        for standard in self:
            if standard.state == "approved":
                raise UserError(
                    self.env._(
                        "%s is in force. Approve another version before you archive it.",
                        standard.display_name,
                    )
                )

    def _check_draft(self):
        """:raise UserError: when a version was approved and must stay as it is"""
        for standard in self:
            if standard.state != "draft":
                raise UserError(
                    self.env._(
                        "%s was approved and stays as it is. Press “New version” to "
                        "change what is promised.",
                        standard.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self._check_draft()
        self.env.registry.clear_cache()

    # --------------------------------------------------------------- Actions

    def action_approve(self):
        """Put the version into force and end the one before it (managers)."""
        self.check_access("read")
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            raise UserError(
                self.env._(
                    "Only a manager of Customer Plans may approve a service standard."
                )
            )
        for standard in self:
            standard._check_draft()
            standard._check_complete()
            begin = standard.date_from or fields.Date.context_today(self)
            standard._end_version_before(begin)
            standard.sudo().write(
                {
                    "state": "approved",
                    "date_from": begin,
                    "approved_by_id": self.env.uid,
                    "approved_on": fields.Datetime.now(),
                }
            )
        return True

    def _check_complete(self):
        """:raise ValidationError: when nothing is promised"""
        self.ensure_one()
        if not self.target_ids:
            raise ValidationError(
                self.env._(
                    "%s promises nothing yet. Add at least one line under “Promises” "
                    "before you approve it.",
                    self.display_name,
                )
            )

    def _end_version_before(self, begin):
        """End the standard in force when this one begins; a later one is replaced."""
        self.ensure_one()
        others = self.sudo().search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "approved")
            & Domain("id", "!=", self.id)
        )
        for other in others:
            last = fields.Date.subtract(begin, days=1)
            other.write(
                {
                    "state": "superseded",
                    "date_to": max(last, other.date_from or last),
                }
            )
        others.flush_recordset()  # there is never more than one, see _one_in_force

    def action_new_version(self):
        """Open a draft with the same promises, to be changed and approved."""
        self.ensure_one()
        self.check_access("write")
        newest = self.sudo().search(
            [("company_id", "=", self.company_id.id)], order="version desc", limit=1
        )
        draft = self.copy()
        draft.sudo().write(
            {"version": newest.version + 1, "previous_id": self.id, "date_from": False}
        )
        return draft.get_formview_action()

    def action_preview(self):
        """Open the dialog that says which promise applies to a case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_target_preview_action"
        )
        action["context"] = {"default_standard_id": self.id}
        return action

    # --------------------------------------------------------------- Lookups

    @api.model
    def _get_current(self, company, day):
        """Return the standard of ``company`` in force on a day, possibly empty.

        A company with an approved standard of its own uses only that.
        """
        return self.sudo().browse(self._get_current_id(company.id, day))

    @ormcache("company_id", "day")
    def _get_current_id(self, company_id, day):
        found = self.sudo().search(
            Domain("company_id", "in", [company_id, False])
            & Domain("active", "=", True)  # whatever the context says
            & Domain("state", "in", ("approved", "superseded"))
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", day))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
        )
        own = found.filtered("company_id") or found
        return own.sorted(lambda item: (item.state != "approved", -item.version))[:1].id

    @ormcache("self.id")
    def _get_promises(self):
        """Return the :class:`Promise` of every line, in their order."""
        self.ensure_one()
        return self.sudo().target_ids._to_promises()
