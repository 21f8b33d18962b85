"""How a timer runs: pauses, answers, reopening, exemption, being overdue."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError

from .common_service import ServiceCase, at

MONDAY = "2024-05-06 %s:00"


class TestServicePauses(ServiceCase):
    def test_a_pause_inside_working_time_moves_the_deadline(self):
        self._replace_standard({"amount": 9, "unit": "working_hours"})
        feedback = self._make_feedback(MONDAY % "09:00")
        self.assertEqual(self._deadline(feedback), MONDAY % "18:00")
        self._do(MONDAY % "10:00", feedback, "_cpm_sla_pause", "Fire drill")
        self.assertFalse(self._timer(feedback).deadline)
        self.assertEqual(self._timer(feedback).state, "paused")
        self.assertTrue(feedback.sla_is_stopped)
        with self._time(MONDAY % "11:00"):
            self.assertEqual(feedback.sla_signal, "paused")
        self._do(MONDAY % "12:00", feedback, "action_sla_resume")
        self.assertEqual(self._deadline(feedback), "2024-05-07 11:00:00")
        with self._time(MONDAY % "13:00"):
            timer = self._timer(feedback)
            self._assert_ledger(timer)
            self.assertEqual(timer.consumed, 2 * 3600)
            self.assertEqual(self._hours(timer, "paused"), 2)

    def test_a_pause_outside_working_time_costs_nothing(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        before = self._deadline(feedback)
        self._do(MONDAY % "19:00", feedback, "_cpm_sla_pause", "Night")
        self._do("2024-05-07 08:00:00", feedback, "action_sla_resume")
        self.assertEqual(self._deadline(feedback), before)

    def test_waiting_for_the_customer_stops_the_solution_not_the_first_answer(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "10:00", feedback, "action_wait")
        self.assertEqual(self._timer(feedback).state, "paused")
        self.assertEqual(
            self._deadline(feedback, "first_response"), "2024-05-07 09:00:00"
        )
        self._do("2024-05-07 10:00:00", feedback, "_customer_wrote")
        self.assertEqual(self._deadline(feedback), "2024-05-10 18:00:00")
        with self._time("2024-05-07 11:00:00"):
            self.assertEqual(self._hours(self._timer(feedback), "waiting"), 24)

    def test_news_while_waiting_leave_the_next_round_standing(self):
        feedback = self._make_feedback(MONDAY % "09:00", type="complaint")
        self._do(MONDAY % "10:00", feedback, "action_wait")
        self._do(MONDAY % "11:00", feedback, "_answered", at(MONDAY % "11:00"))
        timer = self._timer(feedback, "next_update")
        self.assertEqual((timer.round, timer.state), (2, "paused"))
        self.assertFalse(timer.deadline)

    def test_a_pause_after_time_ran_out_hides_nothing(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do("2024-05-09 19:00:00", feedback, "_cpm_sla_pause", "Too late")
        with self._time("2024-05-09 19:01:00"):
            timer = self._timer(feedback)
            self.assertTrue(timer.is_overdue)
            self.assertTrue(feedback.sla_is_overdue)
        self._cron("2024-05-09 19:10:00")
        self.assertEqual(self._timer(feedback).state, "missed")

    def test_only_managers_pause_and_say_why(self):
        feedback = self._make_feedback()
        for user in (self.user_own, self.user_all):
            with self.assertRaises(UserError):
                feedback.with_user(user)._cpm_sla_pause("Holiday")
        for reason in ("", "  ", False):
            with self.assertRaisesRegex(UserError, "say why"):
                feedback.with_user(self.manager)._cpm_sla_pause(reason)
        wizard = self.env["cpm.sla.pause"].with_user(self.manager)
        for model, ids in (
            ("res.partner", self.partner.ids),
            ("nothing", [1]),
            ("cpm.feedback", "12"),
            ("cpm.feedback", {"1": 2}),
            ("cpm.feedback", ["x"]),
        ):
            with self.subTest(model=model, ids=ids), self.assertRaises(UserError):
                wizard.create(
                    {"res_model": model, "res_ids": ids, "reason": "x"}
                ).action_confirm()
        wizard.create(
            {"res_model": "cpm.feedback", "res_ids": feedback.ids, "reason": "Strike"}
        ).action_confirm()
        self.assertEqual(feedback.sla_pause_reason, "Strike")

    def test_only_managers_archive_what_goes_on(self):
        """Or everybody could pause a clock without a reason."""
        feedback = self._make_feedback(MONDAY % "09:00")
        with self.assertRaisesRegex(UserError, "manager"):
            feedback.with_user(self.user_all).action_archive()
        boss, user = (feedback.with_user(u) for u in (self.manager, self.user_all))
        self._do(MONDAY % "10:00", boss, "action_archive")
        self.assertEqual(self._timer(feedback).state, "paused")
        self._do(MONDAY % "11:00", user, "action_unarchive")
        self.assertEqual(self._timer(feedback).state, "running")
        self._do(MONDAY % "12:00", user, "action_solve")
        feedback.with_user(self.user_all).action_archive()
        self.assertFalse(feedback.active)

    def test_archived_cases_stand_and_go_on(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "10:00", feedback, "action_archive")
        self.assertEqual(self._timer(feedback).state, "paused")
        self.assertEqual(self._timer(feedback, "first_response").state, "paused")
        self._do("2024-05-07 10:00:00", feedback, "action_unarchive")
        self.assertEqual(self._deadline(feedback), "2024-05-10 18:00:00")


class TestServiceAnswers(ServiceCase):
    def test_the_first_answer_keeps_the_promise(self):
        feedback = self._make_feedback()
        self._do(
            "2024-05-04 12:00:00", feedback, "_answered", at("2024-05-04 12:00:00")
        )
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.is_missed), ("met", False))
        self.assertEqual(str(timer.done_at), "2024-05-04 12:00:00")

    def test_on_the_second_is_in_time_and_one_later_is_not(self):
        for moment, state in (
            ("2024-05-04 17:30:00", "met"),
            ("2024-05-04 17:30:01", "missed"),
        ):
            feedback = self._make_feedback()
            self._do(moment, feedback, "_answered", at(moment))
            self.assertEqual(self._timer(feedback, "first_response").state, state)

    def test_a_late_answer_is_a_miss_even_when_no_cron_ran(self):
        feedback = self._make_feedback()
        self._do(
            "2024-05-05 12:00:00", feedback, "_answered", at("2024-05-05 12:00:00")
        )
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.is_missed), ("missed", True))
        self.assertFalse(timer.is_overdue, "it was answered")
        self.assertEqual(timer.remaining, 0)

    def test_a_call_logged_late_counts_from_when_it_was_made(self):
        feedback = self._make_feedback()
        self._cron("2024-05-05 12:00:00")
        self.assertTrue(self._timer(feedback, "first_response").is_missed)
        self._do(
            "2024-05-05 13:00:00", feedback, "_answered", at("2024-05-04 09:00:00")
        )
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.is_missed), ("met", False))

    def test_an_earlier_answer_found_later_corrects_the_result(self):
        feedback = self._make_feedback()
        self._do(
            "2024-05-05 13:00:00", feedback, "_answered", at("2024-05-05 13:00:00")
        )
        self.assertEqual(self._timer(feedback, "first_response").state, "missed")
        self._do(
            "2024-05-05 14:00:00", feedback, "_answered", at("2024-05-04 09:00:00")
        )
        self.assertEqual(self._timer(feedback, "first_response").state, "met")

    def test_closing_without_an_answer_hides_no_miss(self):
        feedback = self._make_feedback()  # on Friday, to be answered on Saturday
        self._do("2024-05-05 10:00:00", feedback, "action_solve")
        self._do("2024-05-05 11:00:00", feedback, "action_close")
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.is_missed), ("missed", True))
        self.assertFalse(timer.is_overdue, "nobody can do anything about it")
        self.env.flush_all()
        row = self.env["cpm.sla.report"].browse(timer.id)
        self.assertEqual(row.outcome, "missed")
        self.assertFalse(row.answer_hours, "there was no answer")
        self._do("2024-05-06 10:00:00", feedback, "action_reopen")
        self.assertTrue(self._timer(feedback, "first_response").is_overdue)
        late = at("2024-05-06 12:00:00")
        self._do("2024-05-06 12:00:00", feedback, "_answered", late)
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.done_at), ("missed", late))

    def test_closing_in_time_without_an_answer_is_no_miss(self):
        feedback = self._make_feedback()
        self._do("2024-05-04 10:00:00", feedback, "action_solve")
        self._do("2024-05-04 11:00:00", feedback, "action_close")
        timer = self._timer(feedback, "first_response")
        self.assertEqual((timer.state, timer.is_missed), ("cancelled", False))

    def test_changing_the_stage_is_no_answer(self):
        feedback = self._make_feedback()
        self._do("2024-05-04 10:00:00", feedback, "action_start")
        self.assertEqual(self._timer(feedback, "first_response").state, "running")


class TestServiceReopening(ServiceCase):
    def test_reopening_goes_on_where_the_clock_stood(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "12:00", feedback, "action_solve")
        self.assertEqual(self._timer(feedback).state, "met")
        self.assertEqual(self._timer(feedback).consumed, 3 * 3600)
        self._do("2024-05-09 09:00:00", feedback, "action_reopen")
        with self._time("2024-05-09 09:00:00"):
            timer = self._timer(feedback)
            self.assertEqual((timer.state, timer.consumed), ("running", 3 * 3600))
        # Budget: Monday 9 to Thursday 18 o'clock is 36 hours, 3 of them used
        self.assertEqual(str(timer.deadline), "2024-05-14 15:00:00")
        with self._time("2024-05-14 15:00:00"):
            self._assert_ledger(self._timer(feedback))
            self.assertEqual(self._timer(feedback).remaining, 0)

    def test_reopening_what_was_missed_stays_missed(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do("2024-05-10 12:00:00", feedback, "action_solve")
        self._do("2024-05-13 12:00:00", feedback, "action_reopen")
        timer = self._timer(feedback)
        self.assertEqual((timer.state, timer.is_missed), ("missed", True))
        self.assertFalse(timer.done_at)

    def test_what_was_cancelled_goes_on_where_it_stood(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "12:00", feedback, "action_cancel")
        self.assertEqual(self._timer(feedback).state, "cancelled")
        self.assertFalse(feedback.sla_deadline)
        self._do("2024-05-09 09:00:00", feedback, "action_reopen")
        self.assertEqual(self._deadline(feedback), "2024-05-14 15:00:00")

    def test_news_after_reopening_are_due_from_then(self):
        feedback = self._make_feedback(MONDAY % "09:00", type="complaint")
        self._do(MONDAY % "12:00", feedback, "action_solve")
        self._do("2024-05-20 12:00:00", feedback, "action_reopen")
        timer = self._timer(feedback, "next_update")
        self.assertEqual((timer.round, timer.state), (2, "running"))
        self.assertEqual(str(timer.deadline), "2024-05-22 18:00:00")

    def test_thanks_after_the_solution_restart_nothing(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "12:00", feedback, "action_solve")
        self._do(MONDAY % "13:00", feedback, "_customer_wrote")
        self.assertEqual(self._timer(feedback).state, "met")
        self.assertTrue(feedback.has_unread_reply)


class TestServiceOverdue(ServiceCase):
    def _assert_overdue(self, feedback, moment, wanted):
        with self._time(moment):
            timer = self._timer(feedback)
            self.assertEqual(timer.is_overdue, wanted)
            self.assertEqual(feedback.sla_is_overdue, wanted)
            for record, name in ((timer, "is_overdue"), (feedback, "sla_is_overdue")):
                domain = [("id", "=", record.id)]
                found = record.search([*domain, (name, "=", True)])
                others = record.search([*domain, (name, "=", False)])
                neither = record.search([*domain, (name, "!=", True)])
                self.assertEqual(bool(found), wanted)
                self.assertEqual(bool(others), not wanted)
                self.assertEqual(bool(neither), not wanted)

    def test_overdue_at_the_very_second_without_any_cron(self):
        self._replace_standard({"amount": 1, "unit": "clock_hours"})
        feedback = self._make_feedback(MONDAY % "09:00")
        end = at(MONDAY % "10:00")
        for seconds, wanted in ((-1, False), (0, False), (1, True), (86400, True)):
            self._assert_overdue(feedback, end + timedelta(seconds=seconds), wanted)
        with self._time(end):
            self.assertEqual(feedback.sla_signal, "amber")
            self.assertEqual(self._timer(feedback).signal, "amber")
        with self._time(end + timedelta(seconds=1)):
            self.assertEqual(feedback.sla_signal, "red")

    def test_what_is_over_or_stands_is_not_overdue(self):
        feedback = self._make_feedback(MONDAY % "09:00")
        self._do(MONDAY % "10:00", feedback, "_cpm_sla_pause", "Strike")
        self._assert_overdue(feedback, "2024-07-01 00:00:00", False)
        self._do("2024-07-01 10:00:00", feedback, "action_sla_resume")
        self._do(
            "2024-07-01 11:00:00", feedback, "_answered", at("2024-07-01 11:00:00")
        )
        self._do("2024-07-02 11:00:00", feedback, "action_solve")
        self._assert_overdue(feedback, "2024-08-01 00:00:00", False)


class TestServiceExemption(ServiceCase):
    def _wizard(self, timers, user=None, **vals):
        reason = self.env.ref("customer_plan_mgmt.exemption_reason_force")
        return (
            self.env["cpm.sla.exempt"]
            .with_user(user or self.manager)
            .create(
                {
                    "timer_ids": timers.ids,
                    "reason_id": reason.id,
                    "note": "Flood",
                    **vals,
                }
            )
        )

    def test_a_manager_exempts_with_a_reason_and_the_miss_stays(self):
        feedback = self._make_feedback()
        with self._time("2024-05-10 12:00:00"):
            timer = self._timer(feedback)
            self._wizard(timer).action_confirm()
        timer = self._timer(feedback)
        self.assertEqual((timer.state, timer.is_missed), ("exempt", True))
        self.assertEqual(timer.exempt_user_id, self.manager)
        self.assertIn("Flood", str(feedback.message_ids.mapped("body")))
        self._do("2024-05-11 12:00:00", feedback, "action_solve")
        self.assertEqual((timer.state, timer.is_missed), ("exempt", True))

    def test_exempt_before_the_deadline_is_no_miss(self):
        feedback = self._make_feedback()
        with self._time("2024-05-04 12:00:00"):
            self._wizard(self._timer(feedback)).action_confirm()
        self.assertFalse(self._timer(feedback).is_missed)
        self._cron("2024-06-01 12:00:00")
        self.assertEqual(self._timer(feedback).state, "exempt")

    def test_nobody_else_and_not_without_a_reason(self):
        timer = self._timer(self._make_feedback())
        reason = self.env.ref("customer_plan_mgmt.exemption_reason_force")
        for user in (self.user_own, self.user_all):
            with self.assertRaises(AccessError):
                self._wizard(timer, user)
            with self.assertRaises(UserError):
                timer.with_user(user)._exempt(reason, "x")
        for note in ("", "   ", False):
            with self.assertRaises(UserError):
                timer.with_user(self.manager)._exempt(reason, note)
        with self.assertRaises(UserError):
            timer.with_user(self.manager)._exempt(reason.browse(), "x")
        self.assertEqual(timer.state, "running")

    def test_what_was_kept_needs_no_exemption(self):
        feedback = self._make_feedback()
        self._do("2024-05-04 12:00:00", feedback, "action_solve")
        with self.assertRaisesRegex(UserError, "needs no exemption"):
            self._wizard(self._timer(feedback)).action_confirm()
