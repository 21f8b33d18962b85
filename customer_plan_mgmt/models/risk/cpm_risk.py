"""The risk: what may go wrong with a customer, and what is done about it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .const import RESPONSES, STAGES


class CpmRisk(models.Model):
    """One risk of a customer, of a customer plan, or of both.

    Whose it is lies in ``cpm_risk_subject``, what it is judged by in
    ``cpm_risk_score``. Stages follow one table of allowed moves (``cpm_risk_flow``),
    living with a grave risk takes a manager (``cpm_risk_accept``), checks come due by
    level (``cpm_risk_check``, ``cpm_risk_cron``).
    """

    _name = "cpm.risk"
    _description = "Risk"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "cpm.number.mixin",
        "cpm.batch.mixin",
        "cpm.guard.mixin",
    ]
    _order = "residual_score desc, next_check_on, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True
    _cpm_fixed = frozenset({"company_id", "profile_id"})
    _cpm_protected = frozenset(
        {
            "number",
            "net_probability_id",
            "net_impact_id",
            "inherent_score",
            "inherent_level_id",
            "residual_score",
            "residual_level_id",
            "accepted_by_id",
            "accepted_on",
            "accepted_score",
            "is_acceptance_pending",
            "checked_on",
            "checked_by_id",
            "next_check_on",
            "owner_reminded_on",
            "manager_reminded_on",
            "closed_on",
            "closed_by_id",
            "close_reason",
        }
    )
    _cpm_ranges = {"review_days": (0, 3650)}

    number = fields.Char(
        string="Risk number", readonly=True, copy=False, index="trigram"
    )
    name = fields.Char(string="Title", required=True, tracking=True)
    active = fields.Boolean(string="In use", default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        index="btree_not_null",
        ondelete="restrict",  # cpm.profile.unlink removes the risks properly
        check_company=True,
        domain="[('company_id', '=', company_id)]",
    )
    plan_id = fields.Many2one(
        "cpm.plan",
        string="Customer plan",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('company_id', '=', company_id)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        related="profile_id.partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        related_sudo=True,
    )
    category_id = fields.Many2one(
        "cpm.risk.category",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    description = fields.Html(help="What may happen, why, and what it would cost us.")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    stage = fields.Selection(
        STAGES,
        required=True,
        default="identify",
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
    )
    is_open = fields.Boolean(
        string="Open", compute="_compute_is_open", search="_search_is_open"
    )
    response = fields.Selection(
        RESPONSES,
        tracking=True,
        help="Avoid: give up what causes it. Reduce: make it less likely or less grave. "
        "Transfer: let somebody else bear it, by insurance or contract. Accept: live "
        "with it.",
    )
    control_ids = fields.One2many(
        "cpm.risk.control", "risk_id", string="Control measures", copy=True
    )
    control_count = fields.Integer(string="Measures", compute="_compute_control_count")
    control_done_count = fields.Integer(
        string="Measures done", compute="_compute_control_count"
    )
    assessment_ids = fields.One2many(
        "cpm.risk.assessment", "risk_id", string="History of assessments"
    )
    identified_on = fields.Date(
        string="Identified on",
        required=True,
        default=fields.Date.context_today,
        copy=False,
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "Another risk already has this number.",
    )
    _subject_known = models.Constraint(
        "CHECK(profile_id IS NOT NULL OR plan_id IS NOT NULL)",
        "Risk: choose a customer or a customer plan.",
    )
    _due_idx = models.Index("(company_id, next_check_on) WHERE stage != 'closed'")

    # -------------------------------------------------------------- Computes

    @api.depends("stage")
    def _compute_is_open(self):
        for risk in self:
            risk.is_open = risk.stage != "closed"

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("stage", "!=", "closed")
        return Domain.OR(is_open if wanted else ~is_open for wanted in value)

    @api.depends("control_ids.is_done")
    def _compute_control_count(self):
        for risk in self:
            risk.control_count = len(risk.control_ids)
            risk.control_done_count = len(risk.control_ids.filtered("is_done"))

    # ----------------------------------------------------------- Constraints

    @api.constrains("user_id")
    def _check_owner(self):
        for risk in self.sudo():
            risk._raise_unless_employee(risk.user_id, self._cpm_label("user_id"))

    def _raise_unless_employee(self, user, label):
        """:raise ValidationError: when ``user`` does not work in the company"""
        if user.share or self.company_id not in user.company_ids:
            raise ValidationError(
                self.env._(
                    "%(field)s: %(user)s is no employee of %(company)s.",
                    field=label,
                    user=user.display_name,
                    company=self.company_id.name,
                )
            )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_customer(dict(vals)) for vals in vals_list]
        # Measures ask their owners, who then follow: the risk has to be complete
        controls = [vals.pop("control_ids", None) for vals in vals_list]
        risks = super().create(vals_list)
        risks._check_may_see_subject()
        risks._number_new()
        for risk, commands in zip(risks, controls, strict=True):
            if commands:
                risk.write({"control_ids": commands})
        for risk in risks:
            risk.message_subscribe(risk.user_id.partner_id.ids)
        return risks

    def write(self, vals):
        result = super().write(vals)
        if vals.get("user_id"):
            owner = self.env["res.users"].browse(vals["user_id"])
            self.message_subscribe(owner.partner_id.ids)
        return result

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside: the customer is no recipient of what is written here."""
        return []
