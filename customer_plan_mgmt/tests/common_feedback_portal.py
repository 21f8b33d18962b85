"""Two customers with accounts, their feedback, and requests as browsers send them."""

import re
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase

from .common import CpmCommon

PDF = b"%PDF-1.4 delivery note"


class FeedbackPortalCommon(CpmCommon):
    @classmethod
    def default_env_context(cls):
        return {"no_reset_password": True}  # mails are what is tested here

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls.env["cpm.feedback"]
        cls.team = cls.env["cpm.feedback.team"].create(
            {"name": "Desk", "company_id": cls.company.id}
        )
        cls.company.email = "desk@northwind.example"
        cls.aurora = cls._make_partner(
            "Aurora", is_company=True, email="a@aurora.example"
        )
        cls.ann = cls._make_partner(
            "Ann", parent_id=cls.aurora.id, email="ann@aurora.example", lang="en_US"
        )
        cls.bright = cls._make_partner("Bright", email="b@bright.example", lang="en_US")
        cls.profile = cls._make_customer(
            partner=cls.aurora, profile={"manager_id": cls.user_own.id}
        )
        cls.portal = cls._make_account(cls.ann, "cpm_portal_ann")
        cls.stranger = cls._make_account(cls.bright, "cpm_portal_bright")

    @classmethod
    def _make_account(cls, partner, login):
        """Return a portal user of ``partner``, whose name and address stay."""
        before = {"name": partner.name, "email": partner.email}
        user = cls._make_portal_user(partner, login)
        partner.write(before)
        return user

    @classmethod
    def _make_feedback(cls, **vals):
        """Return feedback of Ann, owned by ``user_own``, an hour old."""
        return cls.feedback.create(
            {
                "name": "Two cartons missing",
                "description": "Where are they?",
                "company_id": cls.company.id,
                "partner_id": cls.aurora.id,
                "contact_id": cls.ann.id,
                "user_id": cls.user_own.id,
                "channel": "portal",
                "received_at": fields.Datetime.now() - timedelta(hours=1),
                **vals,
            }
        )

    @classmethod
    def _answer(cls, feedback, body="We are looking for them.", user=None, **vals):
        """Let the owner write to the customer, or ``user``."""
        return feedback.with_user(user or cls.user_own).message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment", **vals
        )

    @classmethod
    def _solved(cls, **vals):
        feedback = cls._make_feedback(**vals)
        cls._answer(feedback)
        feedback.action_solve()
        return feedback

    def _snapshot(self, feedback):
        """Return everything a request could have changed."""
        self.env.cr.precommit.run()  # notes about changed fields
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT to_jsonb(f) FROM cpm_feedback f WHERE id = %s", feedback.ids
        )
        return (
            self.env.cr.fetchall(),
            feedback.message_ids.ids,
            feedback.satisfaction_ids.mapped("rating"),
            feedback.activity_ids.ids,
            self.feedback.search_count([]),
            self.env["ir.attachment"].search_count(
                [("res_model", "=", "cpm.feedback")]
            ),
        )


class FeedbackHttpCommon(FeedbackPortalCommon, HttpCase):
    def _get(self, path, **options):
        return self.url_open(path, **options)

    def _csrf(self, page):
        """Return the token of the first form of a page."""
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def _post(self, path, data=None, page=None, files=None, **options):
        """Send a form that was found on ``page``, or on the page for new feedback."""
        page = page or self._get("/my/feedback/new")
        data = {"csrf_token": self._csrf(page), **(data or {})}
        return self.url_open(path, data=data, files=files, **options)

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _logout(self):
        self.logout(keep_db=True)
