"""Stages of a risk: one table of moves, what each asks for, closing, accepting."""

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.customer_plan_mgmt.models.risk.cpm_risk_flow import MOVES

from .common_risk import RiskCase


class TestRiskFlow(RiskCase):
    def _at(self, stage):
        """Return a risk that could go anywhere, at ``stage``."""
        risk = self._make_risk(2, 2, response="accept")
        vals = {"stage": stage}
        if stage == "closed":
            vals["close_reason"] = "Over"
        risk.sudo().write(vals)
        return risk.with_user(self.user_all)

    def test_only_the_moves_of_the_table_are_allowed(self):
        for before, allowed in MOVES.items():
            for after in MOVES:
                if after in (before, "closed"):
                    continue
                risk = self._at(before)
                with self.subTest(before=before, after=after):
                    if after in allowed:
                        risk.stage = after
                        self.assertEqual(risk.stage, after)
                    else:
                        with self.assertRaises(UserError):
                            risk.stage = after

    def test_risks_start_at_the_beginning(self):
        risks = self.risks.with_user(self.user_all)
        vals = {
            "name": "New",
            "profile_id": self.customer.id,
            "category_id": self.category.id,
        }
        self.assertEqual(risks.create(vals).stage, "identify")
        with self.assertRaises(ValidationError):
            risks.create({**vals, "stage": "monitor"})

    def test_control_asks_for_assessment_and_response(self):
        risk = self._make_risk().with_user(self.user_own)
        risk.action_start_assessment()
        with self.assertRaisesRegex(UserError, "Assess probability.*response"):
            risk.action_control()
        self._assess(risk, "inherent", 3, 3)
        risk.response = "reduce"
        risk.action_control()
        self.assertEqual(risk.stage, "control")

    def test_monitoring_asks_for_measures_that_are_done(self):
        risk = self._make_risk(3, 3, response="reduce").with_user(self.user_own)
        risk.action_start_assessment()
        risk.action_control()
        with self.assertRaisesRegex(UserError, "Enter the control measures"):
            risk.action_monitor()
        control = self._control(risk)
        with self.assertRaisesRegex(UserError, "Call weekly"):
            risk.action_monitor()
        control.is_done = True
        risk.action_monitor()
        self.assertEqual(risk.stage, "monitor")

    def test_closing_asks_for_the_reason(self):
        risk = self._make_risk(3, 3).with_user(self.user_own)
        with self.assertRaisesRegex(UserError, "Close"):
            risk.stage = "closed"
        for reason in (False, "", "  "):
            with self.assertRaises(UserError):
                risk._close(reason)
        wizard = self.env["cpm.risk.close"].with_user(self.user_own)
        wizard = wizard.with_context(**risk.action_close()["context"]).create(
            {"reason": "Did not come true"}
        )
        wizard.action_confirm()
        self.assertEqual(risk.stage, "closed")
        self.assertEqual(risk.close_reason, "Did not come true")
        self.assertEqual(risk.closed_by_id, self.user_own)
        self.assertFalse(risk.is_open)
        self.assertFalse(risk.next_check_on)

    def test_closed_risks_rest_until_they_are_reopened(self):
        risk = self._make_risk(3, 3).with_user(self.user_own)
        risk._close("Over")
        for deed in (
            risk.action_check,
            lambda: self._assess(risk, "inherent", 5, 5, user=self.user_own),
            lambda: self._control(risk),
        ):
            with self.assertRaisesRegex(UserError, "closed"):
                deed()
        risk.action_reopen()
        self.assertEqual(risk.stage, "assess")
        self.assertFalse(risk.closed_on)

    def test_facts_of_the_flow_are_not_typed_in(self):
        risk = self._make_risk(3, 3).with_user(self.admin)
        for name in ("close_reason", "closed_by_id", "accepted_by_id", "checked_on"):
            with self.subTest(name), self.assertRaises(AccessError):
                risk.write({name: False})

    # ------------------------------------------------------------ Acceptance

    def test_anybody_accepts_what_is_not_grave(self):
        risk = self._make_risk(2, 5).with_user(self.user_own)
        risk.response = "accept"
        self.assertFalse(risk.is_acceptance_pending)
        risk.stage = "assess"
        risk.action_monitor()

    def test_a_critical_risk_is_accepted_by_a_manager(self):
        risk = self._make_risk(4, 5).with_user(self.user_own)
        risk.response = "accept"
        self.assertTrue(risk.is_acceptance_pending)
        self.assertTrue(self._asked(risk, "risk_accept"))
        risk.stage = "assess"
        for deed in (risk.action_monitor, lambda: risk._close("Done")):
            with self.assertRaisesRegex(UserError, "manager"):
                deed()
        with self.assertRaises(AccessError):
            risk.action_accept()
        risk.with_user(self.manager).action_accept()
        self.assertFalse(risk.is_acceptance_pending)
        self.assertFalse(self._asked(risk, "risk_accept"))
        self.assertEqual(risk.accepted_by_id, self.manager)
        risk.action_monitor()

    def test_managers_who_accept_need_nobody_else(self):
        risk = self._make_risk(4, 5)
        risk.with_user(self.manager).response = "accept"
        self.assertFalse(risk.is_acceptance_pending)
        self.assertEqual(risk.accepted_by_id, self.manager)

    def test_consent_lapses_when_the_risk_outgrows_it(self):
        risk = self._make_risk(3, 5)
        risk.with_user(self.manager).response = "accept"
        self._assess(risk, "residual", 5, 5, user=self.user_own)
        self.assertTrue(risk.is_acceptance_pending)
        self.assertTrue(self._asked(risk, "risk_accept"))
        self._assess(risk, "residual", 1, 5, user=self.user_own)
        self.assertFalse(risk.is_acceptance_pending)
        self.assertFalse(self._asked(risk, "risk_accept"))

    def test_another_response_forgets_the_consent(self):
        risk = self._make_risk(3, 5)
        risk.with_user(self.manager).response = "accept"
        risk.with_user(self.user_own).response = "avoid"
        self.assertFalse(risk.accepted_by_id)
        risk.with_user(self.user_own).response = "accept"
        self.assertTrue(risk.is_acceptance_pending)
