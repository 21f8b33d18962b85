"""The heat map and the way of a risk, in a real browser."""

from odoo.tests import HttpCase, tagged

from .common import GROUP
from .common_risk import RiskCase


@tagged("post_install", "-at_install")
class TestRiskUi(RiskCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tour_manager = cls._make_user("cpm_tour_manager", GROUP % "manager")
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def test_heat_map_leads_to_its_risks(self):
        for name in ("Late payer", "Rival in town"):
            risk = self._make_risk(4, 5, name=name)
        self._assess(risk, "residual", 2, 2)
        self._make_risk(name="Just heard")
        self.start_tour(
            "/odoo", "cpm_risk_heat_map", login="cpm_tour_manager", timeout=240
        )

    def test_a_risk_from_the_idea_to_the_file(self):
        self.start_tour(
            "/odoo", "cpm_risk_story", login="cpm_tour_manager", timeout=240
        )
        risk = self.risks.search([("name", "=", "The buyer retires")])
        self.assertEqual(risk.stage, "closed")
        self.assertEqual(risk.residual_level_id, self.medium)
        self.assertEqual(len(risk.assessment_ids), 2)
        self.assertTrue(risk.control_ids.is_done)
