"""Who is told what is written about a plan, and who can read it later."""

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common_plan_portal import SECRET, PlanHttpCommon


@tagged("post_install", "-at_install")
class TestPlanPortalMail(PlanHttpCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cpm.plan.member"].create(
            {"plan_id": cls.plan.id, "partner_id": cls.olga.id}
        )

    def _told(self, plan=None, **vals):
        """Return the people from outside who get a message of the owner, and the mails."""
        with self.mock_mail_gateway():
            message = self._write_to_customer("Dear all", plan=plan, **vals)
        told = message.notified_partner_ids.filtered("partner_share")
        return told, "".join(self._new_mails.mapped("body_html"))

    def test_members_get_a_link_to_their_page(self):
        told, mails = self._told()
        self.assertEqual(told, self.olga)
        self.assertIn(f"/my/plans/{self.plan.id}", mails)

    def test_those_who_wrote_get_the_answers(self):
        self._login(self.portal)
        self._send("comment", {"message": "Hello"})
        told, _mails = self._told()
        self.assertEqual(told, self.olga | self.ann)
        self.ann.parent_id = False
        self.assertEqual(self._told()[0], self.olga, "works for somebody else now")

    def test_notes_stay_inside(self):
        with self.mock_mail_gateway():
            note = self.plan.with_user(self.user_own).message_post(
                body=SECRET, message_type="comment", subtype_xmlid="mail.mt_note"
            )
        self.assertFalse(note.notified_partner_ids.filtered("partner_share"))

    def test_nobody_outside_is_told_while_the_plan_is_not_shown(self):
        self.plan.message_subscribe((self.ann | self.olga).ids)
        for vals in (
            {"stage": "design"},
            {"stage": "cancelled"},
            {"is_shared": False},
            {"active": False},
        ):
            plan = self._make_plan(**vals)
            plan.message_subscribe((self.ann | self.olga).ids)
            with self.subTest(vals):
                self.assertFalse(self._told(plan)[0])

    def test_what_was_said_before_sharing_is_never_shown(self):
        plan = self._make_plan(stage="design", is_shared=False)
        self._write_to_customer(SECRET, plan=plan)
        plan.write({"stage": "agreed", "is_shared": True})
        self._write_to_customer("Welcome", plan=plan)
        self._login(self.portal)
        page = self._get(self._path(plan=plan)).text
        self.assertIn("Welcome", page)
        self.assertNotIn(SECRET, page)

    def test_receivers_chosen_by_name_get_it(self):
        self.plan.is_shared = False
        told, mails = self._told(partner_ids=self.ann.ids)
        self.assertEqual(told, self.ann)
        self.assertNotIn("/my/plans/", mails)

    def test_links_in_mails_lead_to_the_page(self):
        self._login(self.portal)
        link = f"/mail/view?model=cpm.plan&res_id={self.plan.id}"
        self.assertTrue(self._get(link).url.endswith(self._path()))
        self._login(self.stranger)
        self.assertEqual(self._get(link).status_code, 404)
