"""The customer's story in a real browser, on a desk and on a telephone."""

from odoo.tests import HttpCase, tagged

from .common_feedback_portal import FeedbackPortalCommon


class CustomerStory(FeedbackPortalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_complaint_cause = False
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def _tour(self, name, path):
        self.start_tour(path, name, login=self.portal.login, timeout=240)

    def _tell(self):
        self._tour("cpm_portal_customer_writes", "/my")
        case = self.feedback.search([("partner_id", "=", self.aurora.id)])
        self.assertRecordValues(
            case, [{"type": "complaint", "stage": "new", "user_id": self.user_own.id}]
        )
        self._answer(case, "They are on their way")
        case.with_user(self.user_own).message_post(
            body="Packer was asleep", message_type="comment"
        )
        case.with_user(self.user_own).action_solve()
        self._tour("cpm_portal_customer_confirms", "/my/feedback")
        self.assertEqual((case.stage, case.csat), ("closed", "4"))


@tagged("post_install", "-at_install")
class TestFeedbackPortalDesk(CustomerStory):
    browser_size = "1400x900"

    def test_story(self):
        self._tell()


@tagged("post_install", "-at_install")
class TestFeedbackPortalTelephone(CustomerStory):
    browser_size = "390x844"
    touch_enabled = True

    def test_story(self):
        self._tell()
