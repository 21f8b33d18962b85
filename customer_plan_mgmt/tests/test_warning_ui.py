"""The inbox of warnings, in a real browser."""

from odoo.tests import HttpCase, tagged

from .common import GROUP
from .common_warning import WarningCase


@tagged("post_install", "-at_install")
class TestWarningUi(WarningCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user("cpm_tour_seller", GROUP % "user")
        cls._make_user("cpm_tour_manager", GROUP % "manager")
        cls.customer.manager_id = cls.seller
        cls.rule.playbook_id = cls._make_playbook(
            ("Call the buyer", 1, "after_plan_date"),
            ("Send samples", 3, "after_plan_date"),
        )
        cls.mine = cls._make_warning(user_id=cls.seller.id, severity="3")
        cls.others = cls._make_warning(profile_id=cls.other.id, user_id=False)
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def test_from_the_warning_over_the_playbook_to_the_saved_customer(self):
        self.start_tour(
            "/odoo", "cpm_warning_saved", login="cpm_tour_seller", timeout=240
        )
        self.assertEqual(self.mine.state, "saved")
        self.assertEqual(self.mine.outcome_note, "Ordered the autumn collection")
        self.assertEqual(self.mine.closed_by_id, self.seller)
        self.assertFalse(self._activities(self.mine))

    def test_the_inbox_is_cleared(self):
        self.start_tour(
            "/odoo", "cpm_warning_inbox", login="cpm_tour_manager", timeout=240
        )
        self.assertEqual(self.mine.snooze_reason, "At the fair")
        self.assertEqual(self.mine.state, "new")
        self.assertEqual(self.others.state, "dismissed")
        self.assertEqual(self.others.outcome_note, "Everybody is on holiday")
