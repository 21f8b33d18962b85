"""The customer and the plan in a real browser, on a desk and on a telephone."""

from odoo.tests import HttpCase, tagged

from .common_plan_portal import SECRET, PlanPortalCommon


class CustomerStory(PlanPortalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As if it had been agreed under this name
        agreed = cls.plan.sudo().with_context(cpm_no_revision=True)
        agreed.name = "Grow together: 从需求调研到交付培训与效果评估的全过程管理" * 2
        cls._make_task()
        cls._make_task(SECRET, cpm_public=False)
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def _tell(self):
        self.start_tour(
            "/my", "cpm_portal_customer_accepts", login=self.portal.login, timeout=240
        )
        self.env.invalidate_all()
        self.assertEqual(self.plan.accepted_by_id, self.ann)
        comment = self.plan._customer_messages()
        self.assertEqual(comment.author_id, self.ann)
        self.assertIn("Can we start in March?", comment.body)


@tagged("post_install", "-at_install")
class TestPlanPortalDesk(CustomerStory):
    browser_size = "1400x900"

    def test_story(self):
        self._tell()


@tagged("post_install", "-at_install")
class TestPlanPortalTelephone(CustomerStory):
    browser_size = "390x844"
    touch_enabled = True

    def test_story(self):
        self._tell()
