"""The service desk at work, in a real browser."""

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import GROUP
from .common_feedback import FeedbackCase

MAIL = """\
From: Ming <ming@example.org>
To: {address}
Subject: It faded
Message-Id: <it-faded@example.org>
Date: {date}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

The blue suit faded in the rain.
"""


@tagged("post_install", "-at_install")
class TestFeedbackUi(FeedbackCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls._make_user("cpm_tour_desk", GROUP % "user_all")
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def _tour(self, path, name):
        self.start_tour(path, name, login="cpm_tour_desk", timeout=240)

    def test_complaint_from_mail_to_letter(self):
        mail = MAIL.format(
            address="desk@example.com", date=fields.Datetime.now().isoformat()
        )
        self.feedback.message_process(
            "cpm.feedback",
            mail,
            custom_values={"company_id": self.company.id, "team_id": self.team.id},
        )
        complaint = self.feedback.search([("name", "=", "It faded")])
        self.assertIn("ming@example.org", complaint.email_from)
        complaint.user_id = False
        self._tour("/odoo/customer-feedback", "cpm_complaint_from_mail_to_letter")
        self.assertEqual(complaint.stage, "closed")
        self.assertEqual(complaint.user_id, self.desk)
        self.assertEqual(complaint.profile_id, self.customer)
        self.assertEqual(complaint.root_cause_id, self.cause)
        self.assertTrue(complaint.first_answer_at)
        self.assertIn("Made anew", complaint.solution)
        self.assertIn("blue suit", complaint.description)

    def test_call_is_noted_in_two_clicks(self):
        self._tour(
            f"/odoo/cpm.profile/{self.customer.id}", "cpm_feedback_in_two_clicks"
        )
        feedback = self.customer.feedback_ids
        self.assertEqual((feedback.name, feedback.channel), ("Hem too long", "phone"))
