"""The manager looks at the risks and asks whether the warnings can be trusted, in a real
browser."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import GROUP
from .common_backtest import BacktestWorld
from .common_risk import RiskCase


@tagged("post_install", "-at_install")
class TestBacktestUi(BacktestWorld, RiskCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        cls.observed = fields.Date.today() - timedelta(days=185)
        super().setUpClass()
        cls.tour_manager = cls._make_user("cpm_tour_manager", GROUP % "manager")
        cls._world()
        cls._make_rule(55)
        cls._make_rule(25)
        cls._make_risk(4, 5, name="Late payer")
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def test_from_the_heat_map_to_the_back_test(self):
        test = self._make_test(horizon_days=100)
        self.start_tour(
            "/odoo", "cpm_backtest_story", login="cpm_tour_manager", timeout=240
        )
        test.invalidate_recordset()
        self.assertEqual(test.state, "done")
        self.assertEqual((test.customer_count, test.lost_count), (10, 5))
