"""What the customer says about the solution."""

from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import hash_sign, verify_hash_signed

SCOPE = "cpm.satisfaction"
RATINGS = [
    ("1", "Very dissatisfied"),
    ("2", "Dissatisfied"),
    ("3", "Neither"),
    ("4", "Satisfied"),
    ("5", "Very satisfied"),
]


class CpmSatisfaction(models.Model):
    """One question to one customer, answered once.

    The link is signed with the secret of the database and expires; it is stored
    nowhere, so nobody who reads records can answer for the customer.
    """

    _name = "cpm.satisfaction"
    _description = "Satisfaction Answer"
    _inherit = "cpm.system.mixin"
    _order = "sent_at desc, id desc"
    _rec_name = "feedback_id"

    feedback_id = fields.Many2one(
        "cpm.feedback", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one("res.users", string="Served by", ondelete="set null")
    sent_at = fields.Datetime(string="Asked on", required=True)
    expires_at = fields.Datetime(string="Expires on", required=True)
    answered_at = fields.Datetime(string="Answered on")
    rating = fields.Selection(RATINGS)
    score = fields.Integer(
        string="CSAT", compute="_compute_score", store=True, aggregator="avg"
    )
    comment = fields.Text()

    _answered_idx = models.Index(
        "(partner_id, answered_at) WHERE answered_at IS NOT NULL"
    )
    _rating_answered = models.Constraint(
        "CHECK((rating IS NULL) = (answered_at IS NULL))",
        "A rating and the moment of the answer belong together.",
    )

    @api.depends("rating")
    def _compute_score(self):
        for answer in self:
            answer.score = int(answer.rating) if answer.rating else False

    @api.model
    def _refusal(self):
        return self.env._("What customers answered cannot be entered or changed here.")

    # ------------------------------------------------------------------ Link

    def _get_token(self):
        """Return the secret part of the link; valid until ``expires_at``."""
        self.ensure_one()
        return hash_sign(
            self.sudo().env,
            SCOPE,
            [self.id, self.feedback_id.id],
            expiration=self.expires_at.replace(tzinfo=timezone.utc),
        )

    def _get_url(self):
        """Return the public address of the question, for the customer only."""
        self.ensure_one()
        return f"{self.feedback_id.get_base_url()}/feedback/answer/{self._get_token()}"

    @api.model
    def _from_token(self, token):
        """Return the question of a link in superuser mode, empty for a bad link."""
        try:
            value = verify_hash_signed(self.sudo().env, SCOPE, token)
        except (ValueError, TypeError, UnicodeError):
            value = None
        question = self.sudo().browse(value[0] if value else []).exists()
        return question.filtered(lambda item: item.feedback_id.id == value[1])

    def _answer(self, rating, comment):
        """Keep the customer's answer; the first one counts.

        :param str rating: "1" to "5"
        :param str comment: plain text, possibly empty
        :raise UserError: when it was answered or has expired, or the rating is none
        """
        self.ensure_one()
        question = self.sudo()
        question.lock_for_update()
        if question.answered_at:
            raise UserError(self.env._("You have answered already. Thank you!"))
        if question.expires_at < fields.Datetime.now():
            raise UserError(self.env._("This link has expired."))
        if not isinstance(rating, str) or rating not in dict(RATINGS):
            raise UserError(self.env._("Choose one of the five answers."))
        question.write(
            {
                "rating": rating,
                "comment": (comment or "").strip()[:2000] or False,
                "answered_at": fields.Datetime.now(),
            }
        )
        question.feedback_id._take_answer(question)
