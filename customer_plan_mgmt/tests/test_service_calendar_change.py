"""Working hours change while promises are open: few deadlines move at once, many with
the scheduled action, and none is judged by before it was recalculated."""

from unittest.mock import patch

from odoo.tools import SQL, mute_logger

from odoo.addons.customer_plan_mgmt.models.service import cpm_sla_timer_clock as clock
from odoo.addons.customer_plan_mgmt.models.service.sla_sync import Sync

from .common_service import ServiceCase

# The third working day after Friday 3 May is the 8th, and the 9th with the holiday
OLD, NEW = "2024-05-08 18:00:00", "2024-05-09 18:00:00"
CHANGE, BETWEEN = "2024-05-06 12:00:00", "2024-05-09 10:00:00"
CRON = "odoo.addons.customer_plan_mgmt.models.service.cpm_sla_timer_cron"


class TestServiceCalendarChange(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._replace_standard({"amount": 3, "unit": "working_days"})
        cls.feedback = cls.env["cpm.feedback"]
        for _number in range(5):
            cls.feedback |= cls._make_feedback()

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(clock, "AT_ONCE", 4))
        self.enterContext(patch.object(clock, "BATCH", 2))

    def _add_holiday(self):
        with self._time(CHANGE):
            return self._make_leave("2024-05-07 00:00", "2024-05-07 23:59:59")

    def _deadlines(self):
        self.env.invalidate_all()
        return {str(item) for item in self.feedback.sla_timer_ids.mapped("deadline")}

    def _stale(self):
        self.env.invalidate_all()
        return self.feedback.sla_timer_ids.filtered("is_stale")

    def _digests(self):
        return self.env["mail.message"].search_count(
            [("subject", "like", "Promises to customers")]
        )

    # ------------------------------------------------------- Few, and many

    def test_few_deadlines_move_at_once(self):
        self.feedback[0].with_user(self.manager).action_cancel()
        self._add_holiday()
        self.assertFalse(self._stale())
        self.assertEqual({self._deadline(item) for item in self.feedback[1:]}, {NEW})

    def test_many_deadlines_move_with_the_scheduled_action_at_once(self):
        cron = self.env.ref("customer_plan_mgmt.ir_cron_cpm_sla")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self._add_holiday()
        self.assertEqual(len(self._stale()), 5)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            triggers + 1,
        )
        with self._time(CHANGE):
            done = self._follow()
        self.assertFalse(self._stale())
        self.assertEqual(self._deadlines(), {NEW})
        self.assertEqual({str(item.sla_deadline) for item in self.feedback}, {NEW})
        self.assertEqual(done[:3], [2, 2, 1])

    def test_whoever_looks_meanwhile_reads_that_it_is_recalculated(self):
        self._add_holiday()
        timer = self._timer(self.feedback[0])
        self.assertEqual(str(timer.deadline), OLD)
        self.assertIn("being recalculated", timer.explanation)
        self._cron(CHANGE)
        self.assertFalse(self._timer(self.feedback[0]).explanation)

    def test_hours_that_change_twice_are_followed_once(self):
        holiday = self._add_holiday()
        with self._time(CHANGE):
            holiday.date_to = "2024-05-08 23:59:59"
            self._follow()
        self.assertEqual(self._deadlines(), {"2024-05-10 18:00:00"})

    def test_a_change_marks_again_what_a_run_may_just_be_recalculating(self):
        """Two transactions that write the same rows cannot both go through."""
        self._add_holiday()
        self.env.cr.precommit.data.clear()  # another transaction
        timers = self.timers.sudo()
        self.assertEqual(len(timers._mark_stale(self.desk, False)), 5)
        # The second time in a transaction nothing is left to write
        self.assertFalse(timers._mark_stale(self.desk, False))

    # ----------------------------------------------------- Nothing by halves

    def test_nothing_is_missed_or_told_by_a_deadline_that_moves(self):
        self._add_holiday()
        with self._time(BETWEEN):
            self.assertFalse(self.timers._take_due(10))
            self._follow()
        self.assertEqual(set(self.feedback.sla_timer_ids.mapped("state")), {"running"})
        self._cron("2024-05-09 18:00:01")
        self.assertEqual(set(self.feedback.sla_timer_ids.mapped("state")), {"missed"})

    def test_what_was_missed_is_taken_back(self):
        self._cron(BETWEEN)
        self.assertEqual(set(self.feedback.sla_timer_ids.mapped("state")), {"missed"})
        self._add_holiday()
        self._cron(BETWEEN)
        self.assertEqual(set(self.feedback.sla_timer_ids.mapped("state")), {"running"})
        self.assertFalse(any(self.feedback.sla_timer_ids.mapped("is_missed")))

    def test_whoever_works_on_a_case_does_so_by_the_new_deadline(self):
        self._add_holiday()
        first, second, third = self.feedback[:3]
        self._do(BETWEEN, first, "action_solve")
        self.assertEqual(self._timer(first).state, "met")
        self._do(BETWEEN, second, "action_cancel")
        self.assertFalse(self._timer(second).is_missed)
        self._do(BETWEEN, third, "write", {"user_id": self.manager.id})
        self.assertEqual(self._deadline(third), NEW)
        self.assertEqual(len(self._stale()), 2)

    def test_an_exemption_is_judged_by_the_new_deadline(self):
        self._add_holiday()
        timer = self._timer(self.feedback[0])
        reason = self.env["cpm.exemption.reason"].create({"name": "Storm"})
        with self._time(BETWEEN):
            timer.with_user(self.manager)._exempt(reason, "No electricity")
        self.assertEqual((timer.state, timer.is_missed), ("exempt", False))

    # ------------------------------------------------------------ Accidents

    def test_a_run_that_is_killed_goes_on_where_it_stopped(self):
        self._add_holiday()
        with self._time(CHANGE):
            self.assertEqual(self.timers._recalculate_batch(), (2, 3))
            with (
                self.assertRaises(KeyboardInterrupt),
                self.cr.savepoint(),
                patch.object(Sync, "_summary", side_effect=KeyboardInterrupt),
            ):
                self._follow()
        self.assertEqual(len(self._stale()), 3)
        self.assertEqual(self._deadlines(), {OLD, NEW})
        self._cron(CHANGE)
        self.assertFalse(self._stale())
        self.assertEqual(self._deadlines(), {NEW})

    def test_time_that_is_up_leaves_the_rest_to_the_next_run(self):
        self._add_holiday()
        cron = type(self.env["ir.cron"])
        with (
            self._time(BETWEEN),
            patch.object(cron, "_commit_progress", return_value=0) as commit,
        ):
            self.timers._cron_follow()
        commit.assert_called_once_with(2, remaining=3)
        self.assertEqual(len(self._stale()), 3)
        self.assertFalse(self._digests())

    def test_one_bad_case_keeps_its_deadline_and_stops_nobody(self):
        self._add_holiday()
        bad = self.feedback[2]
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE cpm_sla_timer SET stops = '[[1]]' WHERE res_id = %s", bad.id)
        )
        self.env.invalidate_all()
        with mute_logger(CRON):
            self._cron(CHANGE)
        self.assertFalse(self._stale())
        self.assertTrue(self._timer(bad).alert_failure)
        self.assertEqual(self._deadline(bad), OLD)
        self.assertEqual({self._deadline(item) for item in self.feedback - bad}, {NEW})

    def test_a_case_deleted_behind_our_back_is_no_reason_to_go_on_for_ever(self):
        self._add_holiday()
        gone = self.feedback[:3]
        timers = gone.sla_timer_ids
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM cpm_feedback WHERE id IN %s", gone._ids))
        self.env.invalidate_all()
        self._cron(CHANGE)
        self.assertFalse(any(timers.mapped("is_stale")))


class TestServiceHorizon(ServiceCase):
    """Promises reach ten years beyond the year of receipt; 100,000 working hours are
    more."""

    def _make_endless(self, **vals):
        self._replace_standard({"amount": 100000, "unit": "working_hours", **vals})
        return self._make_feedback()

    def test_ledger_and_deadline_count_by_the_same_clock_and_say_so(self):
        timer = self._timer(self._make_endless())
        with self._time("2024-05-06 17:30:00"):
            self.assertEqual(str(timer.deadline), "2035-09-30 09:30:00")
            self.assertEqual(self._hours(timer, "counted"), 72)
            self.assertEqual(timer.remaining, (100000 - 72) * 3600)
            self._assert_ledger(timer)
            self.assertIn("within 10 years", timer.explanation)

    def test_what_breaks_next_counts_by_that_clock_too(self):
        self._make_feedback()  # by the working hours of the same calendar
        timer = self._timer(self._make_endless())
        with self._time("2024-05-06 17:30:00"):
            row = self.env["cpm.sla.backlog"].browse(timer.id)
            self.assertAlmostEqual(row.remaining_hours, 100000 - 72)

    def test_a_pause_changes_nothing_about_that(self):
        feedback = self._make_endless()
        self._do("2024-05-04 17:30:00", feedback, "write", {"stage": "waiting"})
        timer = self._timer(feedback)
        with self._time("2024-05-06 17:30:00"):
            self.assertEqual(timer.state, "paused")
            self.assertEqual(self._hours(timer, "counted"), 24)
            self.assertIn("within 10 years", timer.explanation)

    def test_the_ledger_that_is_kept_counts_by_the_clock_too(self):
        feedback = self._make_endless()
        self._do("2024-05-06 17:30:00", feedback, "action_solve")
        timer = self._timer(feedback)
        self.assertEqual(self._hours(timer, "counted"), 72)
        self.assertIn("within 10 years", timer.explanation)

    def test_ordinary_promises_need_no_explanation(self):
        self.assertFalse(self._timer(self._make_feedback()).explanation)

    def test_working_hours_that_come_back_count_again(self):
        feedback = self._make_feedback()
        with self._time("2024-05-03 18:00:00"):
            holiday = self._make_leave("2020-01-01 00:00", "2050-01-01 00:00")
        self.assertTrue(self._timer(feedback).is_by_clock)
        with self._time("2024-05-03 18:10:00"):
            holiday.unlink()
        self.assertFalse(self._timer(feedback).is_by_clock)
        self.assertEqual(self._deadline(feedback), OLD)

    def test_an_escalation_beyond_all_calendars_moves_no_deadline(self):
        step = {"basis": "hours", "value": 100000, "recipient": "manager"}
        self._replace_standard(
            {
                "amount": 3,
                "unit": "working_days",
                "step_ids": [(0, 0, {"value": 50}), (0, 0, step)],
            }
        )
        feedback = self._make_feedback()
        timer = self._timer(feedback)
        self.assertEqual(str(timer.deadline), OLD)
        self._cron("2024-05-07 18:00:00")
        self.assertEqual(timer.escalation_step, 1)
        self.assertFalse(timer.escalate_at)
        with self._time("2024-05-07 18:10:00"):
            timer.is_stale = True
            feedback._cpm_sla_sync()
        self.assertEqual(self._deadline(feedback), OLD)

    def test_a_promise_open_for_longer_than_that_still_counts_working_time(self):
        timer = self._timer(self._make_feedback())
        with self._time("2044-05-03 17:30:00"):
            self.assertLess(self._hours(timer, "counted"), self._hours(timer) / 3)
