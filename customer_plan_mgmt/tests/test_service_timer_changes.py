"""Cases that become something else: the promise is chosen again and says why."""

from datetime import date

from .common_service import ServiceCase, at

HOURS = {"unit": "clock_hours"}
START = "2024-05-06 09:00:00"
LATER = "2024-05-06 12:00:00"


class TestServiceChanges(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._replace_standard(
            {"amount": 10, **HOURS},
            {"amount": 20, "feedback_type": "complaint", **HOURS},
            {"amount": 30, "priority": "3", **HOURS},
            {"amount": 40, "complexity": "complex", **HOURS},
            {"amount": 50, "tier_id": cls.tier_a.id, **HOURS},
            {
                "amount": 60,
                "kind": "next_update",
                "feedback_type": "complaint",
                **HOURS,
            },
        )

    def _assert_replaced(self, feedback, hours):
        new = self._timer(feedback)
        old = feedback.sla_timer_ids.filtered(
            lambda item: item.kind == "resolution" and item.state == "cancelled"
        )
        self.assertEqual(new.budget, hours * 3600)
        self.assertEqual(str(new.start), START)
        self.assertEqual(old.replaced_by_id, new)
        self.assertIn("10 clock hours", old.note)
        self.assertIn(f"{hours} clock hours", new.note)
        self.assertIn(new.note, str(feedback.message_ids.mapped("body")))

    def test_type_severity_and_complexity_choose_again(self):
        for hours, vals in (
            (20, {"type": "complaint"}),
            (30, {"severity": "3"}),
            (40, {"complexity": "complex"}),
        ):
            with self.subTest(vals):
                feedback = self._make_feedback(START)
                self._do(LATER, feedback, "write", vals)
                self._assert_replaced(feedback, hours)
                self.assertEqual(
                    self._do(LATER, self._timer(feedback), "read", ["consumed"])[0][
                        "consumed"
                    ],
                    3 * 3600,
                )

    def test_the_time_the_clock_stood_is_kept(self):
        feedback = self._make_feedback(START)
        self._do("2024-05-06 10:00:00", feedback, "_cpm_sla_pause", "Strike")
        self._do("2024-05-06 11:00:00", feedback, "action_sla_resume")
        self._do(LATER, feedback, "write", {"severity": "3"})
        self.assertEqual(self._deadline(feedback), "2024-05-07 16:00:00")

    def test_a_customer_of_another_tier(self):
        other = self._make_customer("Key")
        other._set_tier(self.tier_a, origin="manual", reason="Agreed")
        feedback = self._make_feedback(START)
        self._do(LATER, feedback, "write", {"partner_id": other.partner_id.id})
        self._assert_replaced(feedback, 50)
        self.assertEqual(self._timer(feedback).partner_id, other.partner_id)

    def test_a_tier_set_by_hand_counts_at_once(self):
        feedback = self._make_feedback(START)
        self._do(
            LATER,
            self.customer,
            "_set_tier",
            self.tier_a,
            origin="manual",
            reason="Agreed",
        )
        self._assert_replaced(feedback, 50)

    def test_a_tier_moved_by_the_nightly_run_counts_with_the_next_cron(self):
        feedback = self._make_feedback(START)
        self._make_direct_scores()
        self._give_score(self.customer, 90)
        with self._time(LATER):
            self._run(date(2024, 5, 6))
            self.assertEqual(self.customer.tier_id, self.tier_a)
        self._cron("2024-05-06 12:10:00")
        self._assert_replaced(feedback, 50)
        timers = self.timers.search_count([("res_id", "=", feedback.id)])
        self._cron("2024-05-06 12:20:00")
        self.assertEqual(
            self.timers.search_count([("res_id", "=", feedback.id)]), timers
        )

    def test_what_is_over_keeps_its_promise(self):
        feedback = self._make_feedback(START)
        self._do(LATER, feedback, "action_solve")
        target = self._timer(feedback).target_id
        self._do("2024-05-06 13:00:00", feedback, "write", {"severity": "3"})
        self.assertEqual(self._timer(feedback).target_id, target)
        # Reopened, it is chosen by what the case is now
        self._do("2024-05-06 14:00:00", feedback, "action_reopen")
        with self._time("2024-05-06 14:00:00"):
            self.assertEqual(self._timer(feedback).budget, 30 * 3600)
            self.assertEqual(self._timer(feedback).consumed, 3 * 3600)

    def test_a_promise_not_made_any_more_ends_and_says_so(self):
        feedback = self._make_feedback(START, type="complaint")
        self._do(LATER, feedback, "write", {"type": "praise"})
        timer = self._timer(feedback, "next_update")
        self.assertEqual(timer.state, "cancelled")
        self.assertIn("no longer promised", timer.note)
        self._do(
            "2024-05-06 13:00:00", feedback, "_answered", at("2024-05-06 13:00:00")
        )
        self.assertEqual(self._timer(feedback, "next_update").state, "cancelled")

    def test_a_promise_taken_up_again_goes_on(self):
        feedback = self._make_feedback(START, type="complaint")
        self._do(LATER, feedback, "write", {"type": "praise"})
        self._do("2024-05-06 14:00:00", feedback, "write", {"type": "complaint"})
        timer = self._timer(feedback, "next_update")
        self.assertEqual(str(timer.deadline), "2024-05-08 23:00:00")
        self._assert_ledger(timer)

    def test_many_at_once(self):
        feedback = self.env["cpm.feedback"]
        for _number in range(5):
            feedback |= self._make_feedback(START)
        self._do(LATER, feedback, "write", {"severity": "3"})
        for one in feedback:
            self._assert_replaced(one, 30)

    def test_the_owner_follows_the_case(self):
        feedback = self._make_feedback(START)
        self._do(LATER, feedback, "write", {"user_id": self.user_all.id})
        self.assertEqual(self._timer(feedback).user_id, self.user_all)
        self.assertEqual(self._deadline(feedback), "2024-05-06 19:00:00")

    def test_nothing_changed_writes_nothing(self):
        feedback = self._make_feedback(START)
        with self._time(LATER), self.assertQueryCount(5):
            feedback._cpm_sla_sync()
