"""Feedback: any voice of a customer."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..service import const
from .effect import EFFECT

STAGES = [
    ("new", "New"),
    ("answered", "Answered"),
    ("in_progress", "In progress"),
    ("waiting", "Waiting for customer"),
    ("solved", "Solved"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
OPEN = ("new", "answered", "in_progress", "waiting")


class CpmFeedback(models.Model):
    """One matter a customer raised, from receipt to the customer's verdict.

    The customer's own words never change. Answers are recognised by what really goes
    out to the customer (``cpm_feedback_answer``), stages follow one table of allowed
    moves (``cpm_feedback_flow``), promises run by ``cpm.sla.mixin``. Portal users have
    no access to this model; the portal's controllers show an allow-list.
    """

    _name = "cpm.feedback"
    _description = "Customer Feedback"
    _inherit = [
        "portal.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
        "cpm.sla.mixin",
        "cpm.number.mixin",
        "cpm.guard.mixin",
    ]
    _order = "sla_deadline, severity desc, received_at desc, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True
    _primary_email = "email_from"
    _cpm_sla_fields = {
        "partner": "partner_id",
        "profile": "profile_id",
        "company": "company_id",
        "user": "user_id",
        "type": "type",
        "complexity": "complexity",
        "priority": "severity",
        "channel": "channel",
        "start": "received_at",
        "answered": "first_answer_at",
        "updated": "last_answer_at",
        "state": "stage",
        "solved": "solved_at",
    }
    _cpm_sla_phases = {
        "waiting": "waiting",
        "solved": "solved",
        "closed": "closed",
        "cancelled": "cancelled",
    }
    _cpm_protected = frozenset(
        {
            "number",
            "first_answer_at",
            "last_answer_at",
            "solved_at",
            "closed_at",
            "customer_confirmed_at",
            "close_failed",
            "reopen_count",
            "has_unread_reply",
            "csat",
            "csat_comment",
            "corrective_done_at",
            "recurrence_check_on",
            *EFFECT,
            "profile_id",
            "sla_deadline",
            "sla_warn_at",
            "sla_is_stopped",
            "sla_pause_reason",
            "access_token",
        }
    )
    _cpm_fixed = frozenset({"description", "received_at", "company_id"})
    _cpm_ranges = {"compensation_amount": (0, None)}

    number = fields.Char(
        string="Case number", readonly=True, copy=False, index="trigram"
    )
    name = fields.Char(string="Subject", required=True, tracking=True)
    active = fields.Boolean(string="In use", default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    # Who
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        tracking=True,
        ondelete="set null",
        check_company=True,
        domain="[('parent_id', '=', False)]",
    )
    contact_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who spoke for the customer.",
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        compute="_compute_profile_id",
        store=True,
        precompute=True,
        compute_sudo=True,
        index="btree_not_null",
        ondelete="set null",
    )
    # Searched and grouped by through the profile: nothing is copied, nothing gets stale
    tier_id = fields.Many2one(
        related="profile_id.tier_id",
        string="Tier",
        related_sudo=True,
        help="The tier the customer has now.",
    )
    email_from = fields.Char(
        string="E-mail", help="Who wrote, where the customer is not known yet."
    )
    phone = fields.Char()
    # What
    type = fields.Selection(
        const.TYPES, required=True, default="enquiry", tracking=True, index=True
    )
    category_id = fields.Many2one(
        "cpm.feedback.category",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    department = fields.Char(compute="_compute_department")
    channel = fields.Selection(const.CHANNELS, required=True, default="phone")
    complexity = fields.Selection(
        const.COMPLEXITIES,
        required=True,
        default="ordinary",
        tracking=True,
        help="Chosen when the feedback is first looked at; decides which promise counts.",
    )
    severity = fields.Selection(
        const.PRIORITIES, required=True, default="1", tracking=True
    )
    description = fields.Text(
        string="Customer's words",
        help="As the customer said it. Cannot be changed afterwards.",
    )
    tag_color = fields.Integer(string="Colour", aggregator=None)
    # By whom
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "cpm.feedback.team",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    # How far
    stage = fields.Selection(
        STAGES,
        required=True,
        default="new",
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
    )
    is_open = fields.Boolean(
        string="Open", compute="_compute_is_open", search="_search_is_open"
    )
    received_at = fields.Datetime(
        string="Received on", required=True, default=fields.Datetime.now, copy=False
    )
    first_answer_at = fields.Datetime(
        string="First answered on", readonly=True, copy=False
    )
    last_answer_at = fields.Datetime(
        string="Last answered on", readonly=True, copy=False
    )
    solved_at = fields.Datetime(string="Solved on", readonly=True, copy=False)
    customer_confirmed_at = fields.Datetime(
        string="Customer confirmed on", readonly=True, copy=False
    )
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    close_failed = fields.Boolean(
        string="Needs completion",
        readonly=True,
        copy=False,
        help="The customer does not object, but something is missing to close the case.",
    )
    reopen_count = fields.Integer(
        string="Times reopened", readonly=True, copy=False, aggregator="sum"
    )
    has_unread_reply = fields.Boolean(
        string="Customer got in touch after the solution",
        readonly=True,
        copy=False,
        help="The customer wrote or called after the case was solved, closed or "
        "cancelled. Somebody has to decide whether that reopens the case.",
    )
    solution = fields.Html(
        copy=False, help="What was done; the customer sees it in the portal."
    )
    duplicate_of = fields.Many2one(
        "cpm.feedback",
        string="Duplicate of",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        check_company=True,
        domain="[('id', '!=', id), ('partner_id', '=', partner_id)]",
    )
    duplicate_ids = fields.One2many(
        "cpm.feedback", "duplicate_of", string="Duplicates", readonly=True
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "Another feedback already has this number.",
    )
    _open_idx = models.Index(
        "(company_id, sla_deadline)"
        " WHERE stage IN ('new', 'answered', 'in_progress', 'waiting')"
    )

    # -------------------------------------------------------------- Computes

    @api.depends("category_id", "team_id.department")
    def _compute_department(self):
        for feedback in self:
            feedback.department = (
                feedback.category_id._inherited("department")
                or feedback.team_id.department
            )

    @api.depends("stage")
    def _compute_is_open(self):
        for feedback in self:
            feedback.is_open = feedback.stage in OPEN

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("stage", "in", OPEN)
        return Domain.OR(is_open if wanted else ~is_open for wanted in value)

    # ----------------------------------------------------------- Constraints

    @api.constrains("received_at", "first_answer_at")
    def _check_moments(self):
        for feedback in self:
            if feedback.received_at > fields.Datetime.now():
                raise ValidationError(
                    self.env._("Received on: the moment lies in the future.")
                )
            answered = feedback.first_answer_at
            if answered and answered < feedback.received_at:
                raise ValidationError(
                    self.env._(
                        "First answered on: an answer cannot be older than the feedback."
                    )
                )

    @api.constrains("user_id")
    def _check_owner(self):
        for feedback in self.sudo():
            if feedback.user_id.share:
                raise ValidationError(
                    self.env._(
                        "Owner: %s is no employee.", feedback.user_id.display_name
                    )
                )

    @api.constrains("duplicate_of")
    def _check_duplicate_of(self):
        if self._has_cycle("duplicate_of"):
            raise ValidationError(
                self.env._(
                    "Duplicate of: two cases cannot be duplicates of each other."
                )
            )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_feedback_vals(dict(vals)) for vals in vals_list]
        self._assign(vals_list)
        feedback = super().create(vals_list)
        feedback._number_new()
        feedback._subscribe_customers()
        return feedback
