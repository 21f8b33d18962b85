"""One story per role, told in a real browser."""

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import GROUP, CpmCommon


@tagged("post_install", "-at_install")
class TestUi(CpmCommon, HttpCase):
    """Aurora Fashion bought five times for 120 each: 60 points for the turnover of
    600 (weight 40), 50 points for five orders (weight 60), nothing known about
    visits, together 54: Silver. Bright Tailors, of somebody else, never bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        # Logins of eight characters and more are their own password
        cls.tour_user = cls._make_user("cpm_tour_user", GROUP % "user")
        cls.tour_all = cls._make_user("cpm_tour_user_all", GROUP % "user_all")
        cls.tour_manager = cls._make_user("cpm_tour_manager", GROUP % "manager")
        cls.tour_admin = cls._make_user("cpm_tour_admin", GROUP % "admin")
        turnover = cls._make_metric("turnover", "sum", currency_field="currency_id")
        orders = cls._make_metric("orders", unit="orders", digits=0)
        visits = cls._make_manual_metric("visits")
        cls._make_scorecard(
            (turnover, 40, (0, 1000)),
            (orders, 60, (0, 10)),
            (visits, 20, (0, 10)),
        )
        cls.aurora = cls._make_customer(
            "Aurora Fashion", profile={"manager_id": cls.tour_user.id}
        )
        cls.bright = cls._make_customer("Bright Tailors")
        cls._make_purchases(cls.aurora, *[(cls.today, 120)] * 5)
        cls._run(cls.today)
        # Once for all stories: while a request puts the browser's files together
        # the others wait, and on a busy machine not long enough
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def _tour(self, name, login):
        # The first one waits for the browser's files to be put together
        self.start_tour("/odoo", name, login=login, timeout=240)

    def test_story_starts_as_told(self):
        self.assertEqual(self.aurora.value_score, 54)
        self.assertEqual(self.aurora.tier_id, self.tier_b)
        self.assertFalse(self.bright.value_level)

    def test_user_proposes_tier(self):
        self._tour("cpm_user_proposes_tier", "cpm_tour_user")
        proposal = self.aurora.tier_change_ids.filtered(
            lambda change: change.state == "proposed"
        )
        self.assertEqual(proposal.to_tier_id, self.tier_a)
        self.assertEqual(proposal.user_id, self.tour_user)
        self.assertEqual(self.aurora.tier_id, self.tier_b)

    def test_manager_decides(self):
        wizard = self.env["cpm.tier.assign"].with_user(self.tour_user)
        wizard.create(
            {
                "profile_ids": self.aurora.ids,
                "tier_id": self.tier_a.id,
                "reason": "Framework agreement signed",
            }
        ).action_apply()
        self._tour("cpm_manager_decides", "cpm_tour_manager")
        self.assertEqual(self.aurora.tier_id, self.tier_a)
        self.assertEqual(self.bright.tier_id, self.tier_b)
        self.assertEqual(self.bright.tier_origin, "rule")
        self.assertEqual(
            self.bright.tier_change_ids.sorted("id").mapped("origin"),
            ["manual", "rule"],
        )

    @mute_logger("odoo.http")  # the mistake in the metric
    def test_admin_dry_run_and_metric(self):
        self._tour("cpm_admin_dry_run_and_metric", "cpm_tour_admin")
        self.assertEqual(self.tier_a.promotion_threshold, 80, "only tried out")
        metric = self.env["cpm.metric"].search([("code", "=", "average_purchase")])
        self.assertEqual(metric.measure, "average")
        self.assertEqual(metric.measure_field, "amount")

    def test_user_all_recalculates(self):
        self._make_purchases(self.aurora, *[(self.today, 120)] * 5)
        self._tour("cpm_user_all_recalculates", "cpm_tour_user_all")
        self.assertEqual(self.aurora.value_score, 100)
        self.assertEqual(self.aurora.tier_id, self.tier_a)
