"""How risks are judged: product, bands, history."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common_risk import RiskCase


class TestRiskScore(RiskCase):
    def test_level_is_the_band_of_probability_times_impact(self):
        expected = {
            (1, 1): self.low,
            (2, 2): self.low,
            (1, 5): self.medium,
            (3, 3): self.medium,
            (2, 5): self.high,
            (3, 5): self.critical,
            (5, 5): self.critical,
        }
        for (probability, impact), level in expected.items():
            risk = self._make_risk(probability, impact)
            with self.subTest(probability=probability, impact=impact):
                self.assertEqual(risk.inherent_score, probability * impact)
                self.assertEqual(risk.inherent_level_id, level)
                self.assertEqual(risk.residual_level_id, level)

    def test_a_risk_that_is_not_assessed_has_no_level(self):
        risk = self._make_risk()
        self.assertFalse(risk.residual_score)
        self.assertFalse(risk.residual_level_id)
        self.assertFalse(risk.assessment_ids)

    def test_the_inherent_value_counts_until_the_residual_is_assessed(self):
        risk = self._make_risk(4, 5)
        self._assess(risk, "residual", 2, None)
        self.assertEqual(risk.net_probability_id, self.probability[1])
        self.assertEqual(risk.net_impact_id, self.impact[4])
        self.assertEqual((risk.inherent_score, risk.residual_score), (20, 10))
        self._assess(risk, "residual", 2, 1)
        self.assertEqual((risk.inherent_score, risk.residual_score), (20, 2))

    def test_other_bands_judge_all_risks_again(self):
        risk = self._make_risk(3, 3)
        self.assertEqual(risk.residual_level_id, self.medium)
        self.high.from_value = 9
        self.assertEqual(risk.residual_level_id, self.high)
        self.high.active = False
        self.assertEqual(risk.residual_level_id, self.medium)
        extra = self.env["cpm.risk.level"].create({"name": "Nine", "from_value": 8})
        self.assertEqual(risk.residual_level_id, extra)
        self.low.from_value, self.medium.from_value = 2, 7
        self.assertFalse(self._make_risk(1, 1).residual_level_id)

    def test_another_value_of_a_step_counts_at_once(self):
        risk = self._make_risk(5, 2)
        self.probability[4].value = 9
        self.assertEqual(risk.residual_score, 18)
        self.assertEqual(risk.residual_level_id, self.critical)

    def test_scales_may_have_any_size(self):
        for value in range(6, 12):
            self.env["cpm.risk.scale"].create(
                {"kind": "impact", "value": value, "name": str(value)}
            )
        eleven = self.env["cpm.risk.scale"].search([("value", "=", 11)])
        risk = self._make_risk(
            inherent_probability_id=self.probability[4].id,
            inherent_impact_id=eleven.id,
        )
        self.assertEqual(risk.residual_score, 55)

    def test_every_assessment_is_kept(self):
        risk = self._make_risk(4, 5)
        self._assess(risk, "residual", 2, 5, "Insured", user=self.user_all)
        first, second = risk.assessment_ids.sorted("id")
        self.assertEqual(
            (first.kind, first.from_score, first.to_score, first.to_level_id),
            ("inherent", 0, 20, self.critical),
        )
        self.assertEqual(second.kind, "residual")
        self.assertEqual((second.from_score, second.to_score), (20, 10))
        self.assertEqual(second.from_level_id, self.critical)
        self.assertEqual(second.to_level_id, self.high)
        self.assertEqual(second.to_probability_id, self.probability[1])
        self.assertEqual((second.reason, second.user_id), ("Insured", self.user_all))

    def test_the_dialog_asks_for_the_reason_and_something_new(self):
        risk = self._make_risk(4, 5)
        action = risk.action_assess()
        wizard = Form(
            self.env["cpm.risk.assess"]
            .with_user(self.user_own)
            .with_context(**action["context"])
        )
        self.assertEqual(wizard.inherent_level_id, self.critical)
        wizard.residual_probability_id = self.probability[0]
        self.assertEqual(wizard.residual_level_id, self.medium)
        with self.assertRaises(AssertionError):
            wizard.save()  # without a reason
        wizard.reason = "The framework contract is signed"
        wizard.save().action_confirm()
        self.assertEqual(risk.residual_level_id, self.medium)
        again = self.env["cpm.risk.assess"].create(
            {"risk_id": risk.id, "reason": "Nothing new"}
        )
        with self.assertRaises(UserError):
            again.action_confirm()
        self.assertEqual(len(risk.assessment_ids), 2)

    def test_levels_are_not_typed_in(self):
        risk = self._make_risk(4, 5).with_user(self.admin)
        for vals in (
            {"residual_level_id": self.low.id},
            {"residual_score": 1},
            {"net_impact_id": self.impact[0].id},
            {"number": "R1"},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                risk.write(vals)
        with self.assertRaises(UserError):
            risk.inherent_impact_id = self.impact[0]
        row = risk.assessment_ids
        for deed in (
            lambda: row.write({"reason": "Forged"}),
            row.unlink,
            lambda: row.create({"risk_id": risk.id, "kind": "residual"}),
        ):
            with self.assertRaises(AccessError):
                deed()

    def test_steps_of_the_other_scale_are_refused(self):
        with self.assertRaises(UserError):
            self._make_risk(inherent_probability_id=self.impact[0].id)

    def test_figures_outside_their_range_are_refused(self):
        for record, vals in (
            (self.impact[0], {"value": 0}),
            (self.impact[0], {"value": 101}),
            (self.critical, {"health_cap": 101}),
            (self.critical, {"health_cap": float("nan")}),
            (self.critical, {"review_days": 0}),
            (self._make_risk(), {"review_days": -1}),
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                record.write(vals)
