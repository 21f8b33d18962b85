"""Figures of the policy about feedback, kept per company."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_acknowledge = fields.Boolean(
        string="Acknowledge feedback",
        default=True,
        help="Customers who write get a mail at once that says until when they are "
        "answered.",
        groups=GROUPS,
    )
    cpm_close_days = fields.Integer(
        string="Close solved feedback after (days)",
        default=7,
        help="Solved feedback is closed when the customer says nothing for this many "
        "days. 0: only the customer or an employee closes it.",
        groups=GROUPS,
    )
    cpm_complaint_cause = fields.Boolean(
        string="Complaints need a cause",
        default=True,
        help="A complaint is closed only with root cause and corrective action.",
        groups=GROUPS,
    )
    cpm_recurrence_days = fields.Integer(
        string="Check corrective actions after (days)",
        default=90,
        help="So many days after a complaint was closed, or its corrective action done, "
        "its like are counted before and after. 0: no check.",
        groups=GROUPS,
    )
    cpm_recurrence_percent = fields.Integer(
        string="Came back from (% of the complaints before)",
        default=100,
        help="The trouble came back when at least this share of the similar complaints "
        "is still there afterwards, of everybody or of the customer alone. 100: when "
        "they are not fewer than before. 0: when there is any.",
        groups=GROUPS,
    )
    cpm_ask_satisfaction = fields.Boolean(
        string="Ask for satisfaction",
        default=True,
        help="Customers get the satisfaction question when their feedback is closed.",
        groups=GROUPS,
    )
    cpm_satisfaction_days = fields.Integer(
        string="Question open for (days)", default=30, groups=GROUPS
    )
    cpm_low_rating = fields.Integer(
        string="Low rating",
        default=2,
        help="An answer of at most this many of five points goes to the account "
        "manager. 0: none does.",
        groups=GROUPS,
    )
    cpm_low_rating_days = fields.Integer(
        string="React to a low rating within (days)", default=1, groups=GROUPS
    )
    cpm_replies_hour = fields.Integer(
        string="Replies by personal link in an hour",
        default=10,
        help="Whoever holds the link of a mail can write this often on the page of the "
        "case within an hour. 0: no limit.",
        groups=GROUPS,
    )
    cpm_replies_day = fields.Integer(
        string="Replies by personal link in a day",
        default=40,
        help="The same within 24 hours. 0: no limit.",
        groups=GROUPS,
    )
    cpm_upload_mb = fields.Integer(
        string="Portal: largest file (MB)",
        default=10,
        help="Customers cannot attach larger files in the portal. 0: no files.",
        groups=GROUPS,
    )
    cpm_upload_types = fields.Char(
        string="Portal: kinds of files",
        default="pdf,png,jpg,jpeg,gif,webp,txt,doc,docx,xls,xlsx,odt,ods,zip",
        help="Endings of the files customers may attach, separated by commas.",
        groups=GROUPS,
    )

    _cpm_feedback_days_range = models.Constraint(
        "CHECK(cpm_close_days BETWEEN 0 AND 3650"
        " AND cpm_recurrence_days BETWEEN 0 AND 3650"
        " AND cpm_satisfaction_days BETWEEN 1 AND 3650"
        " AND cpm_low_rating_days BETWEEN 0 AND 3650)",
        "Days about feedback: enter numbers from 0 to 3650, at least 1 for the question.",
    )
    _cpm_recurrence_percent_range = models.Constraint(
        "CHECK(cpm_recurrence_percent BETWEEN 0 AND 100)",
        "Came back from (%): enter a number from 0 to 100.",
    )
    _cpm_low_rating_range = models.Constraint(
        "CHECK(cpm_low_rating BETWEEN 0 AND 5)",
        "Low rating: enter a number from 0 to 5.",
    )
    _cpm_replies_range = models.Constraint(
        "CHECK(cpm_replies_hour BETWEEN 0 AND 1000"
        " AND cpm_replies_day BETWEEN 0 AND 1000)",
        "Replies by personal link: enter numbers from 0 to 1000.",
    )
    _cpm_upload_range = models.Constraint(
        "CHECK(cpm_upload_mb BETWEEN 0 AND 100)",
        "Largest file: enter a number from 0 to 100.",
    )

    @api.constrains("cpm_upload_types")
    def _check_cpm_upload_types(self):
        for company in self:
            for ending in company._cpm_upload_endings():
                if not ending.isalnum():
                    raise ValidationError(
                        self.env._(
                            "Portal: kinds of files: “%s” is no file ending. Separate "
                            "endings like pdf by commas.",
                            ending,
                        )
                    )

    def _cpm_upload_endings(self):
        """Return the endings of files customers may attach, in lower case."""
        self.ensure_one()
        endings = (self.sudo().cpm_upload_types or "").lower().split(",")
        return {ending.strip().lstrip(".") for ending in endings if ending.strip()}
