"""Report of kept promises and list of those that break next, against an oracle."""

import random
import statistics
from collections import defaultdict
from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import DAY
from .common_feedback import FeedbackCase


def percentile(values, share):
    """Return what PostgreSQL's ``percentile_cont`` returns."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


@tagged("post_install", "-at_install")
class TestFeedbackReport(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = cls.env["cpm.sla.report"]
        cls.backlog = cls.env["cpm.sla.backlog"]
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.here = [("company_id", "=", cls.company.id)]

    def _past(self, **vals):
        """Return feedback received ``hours`` ago, answered and solved after some."""
        received = self.now - timedelta(hours=vals.pop("hours"))
        for name, key in (("answered", "first_answer_at"), ("solved", "solved_at")):
            after = vals.pop(name, None)
            if after is not None:
                vals[key] = received + timedelta(hours=after)
        solved = vals.get("solved_at")
        if "first_answer_at" in vals:
            vals["last_answer_at"] = vals["first_answer_at"]
        feedback = self._make_feedback(received_at=received, **vals)
        if solved:
            feedback.stage = "solved"
        return feedback

    def _scatter(self, number=60):
        chance = random.Random(7)
        customers = self.customer | self._make_customer("Bright")
        customers[0]._set_tier(self.tier_a, origin="rule", reason="Test", effective=DAY)
        for _index in range(number):
            values = {
                "hours": chance.randint(1, 900),
                "partner_id": chance.choice(customers).partner_id.id,
                "type": chance.choice(["enquiry", "support", "complaint"]),
                "complexity": chance.choice(["ordinary", "complex"]),
                "channel": chance.choice(["phone", "email"]),
                "user_id": chance.choice(self.user_all | self.manager).id,
            }
            if chance.random() < 0.8:
                values["answered"] = chance.uniform(0, min(60, values["hours"]))
                if chance.random() < 0.7:
                    values["solved"] = chance.uniform(
                        values["answered"], values["hours"]
                    )
            self._past(**values)

    def _fate(self, timer):
        if timer.state == "exempt":
            return "exempt"
        late = timer.state == "missed" or (
            timer.state == "running" and timer.deadline < self.now
        )
        if timer.is_missed or (not timer.done_at and late):
            return "missed"
        return "kept" if timer.done_at else "open"

    def test_figures_equal_the_oracle_in_every_grouping(self):
        with freeze_time(self.now):
            self._scatter()
            self._check_groupings()

    def _check_groupings(self):
        timers = self.env["cpm.sla.timer"].search(
            [*self.here, ("state", "!=", "cancelled")]
        )
        case = {item.id: item for item in self.feedback.search(self.here)}
        keys = {
            "kind": lambda timer: timer.kind,
            "tier_id": lambda timer: timer.tier_id,
            "target_id": lambda timer: timer.target_id,
            "user_id": lambda timer: timer.user_id,
            "type": lambda timer: case[timer.res_id].type,
            "channel": lambda timer: case[timer.res_id].channel,
            "team_id": lambda timer: case[timer.res_id].team_id,
            "outcome": self._fate,
        }
        for groupby, key in keys.items():
            expected = defaultdict(list)
            for timer in timers:
                expected[key(timer)].append(timer)
            rows = self.reports._read_group(
                self.here,
                [groupby],
                [
                    "promise_count:sum",
                    "kept_count:sum",
                    "missed_count:sum",
                    "kept_percent:avg",
                    "open_count:sum",
                    "answer_hours:avg",
                    "answer_hours_median:avg",
                    "answer_hours_p90:avg",
                ],
            )
            self.assertEqual({row[0] for row in rows}, set(expected))
            for group, *figures in rows:
                with self.subTest(groupby=groupby, group=group):
                    self._check_figures(figures, expected[group])

    def _check_figures(self, figures, timers):
        count, kept, missed, percent, still_open, average, median, p90 = figures
        outcomes = [self._fate(timer) for timer in timers]
        self.assertEqual(count, len(timers))
        self.assertEqual(kept, outcomes.count("kept"))
        self.assertEqual(missed, outcomes.count("missed"))
        self.assertEqual(still_open, len([t for t in timers if not t.done_at]))
        if kept + missed:
            self.assertAlmostEqual(percent, 100 * kept / (kept + missed))
        hours = [
            (timer.done_at - timer.start) / timedelta(hours=1)
            for timer in timers
            if timer.kind == "first_response" and timer.done_at
        ]
        if not hours:
            self.assertFalse(average or median or p90)
            return
        self.assertAlmostEqual(average, statistics.fmean(hours), 5)
        self.assertAlmostEqual(median, statistics.median(hours), 5)
        self.assertAlmostEqual(p90, percentile(hours, 0.9), 5)

    def test_median_is_right_at_every_level_of_a_pivot(self):
        """F1: three answers after 1, 2 and 9 hours: average 4, median 2."""
        for answered, kind in ((1, "enquiry"), (2, "support"), (9, "support")):
            self._past(hours=100, answered=answered, type=kind)
        rows = self.reports.formatted_read_grouping_sets(
            [*self.here, ("kind", "=", "first_response")],
            [[], ["type"]],
            ["answer_hours:avg", "answer_hours_median:avg", "answer_hours_p90:avg"],
        )
        total, by_type = rows[0][0], {row["type"]: row for row in rows[1]}
        self.assertAlmostEqual(total["answer_hours:avg"], 4)
        self.assertAlmostEqual(total["answer_hours_median:avg"], 2)
        self.assertAlmostEqual(total["answer_hours_p90:avg"], 7.6)
        self.assertAlmostEqual(by_type["support"]["answer_hours_median:avg"], 5.5)

    def test_overdue_is_missed_without_any_scheduled_action(self):
        feedback = self._past(hours=24)
        domain = [*self.here, ("feedback_id", "=", feedback.id)]
        domain.append(("kind", "=", "first_response"))
        for seconds, outcome in ((0, "open"), (1, "missed")):
            self.env.invalidate_all()
            with freeze_time(self.now + timedelta(seconds=seconds)):
                self.assertEqual(self.reports.search(domain).outcome, outcome)

    def test_exempt_keeps_its_reason_and_the_miss(self):
        feedback = self._past(hours=30)
        reason = self.env["cpm.exemption.reason"].create({"name": "Strike of the post"})
        timer = self._timer(feedback, "first_response")
        timer.with_user(self.manager)._exempt(reason, "No letter arrived")
        row = self.reports.search([("timer_id", "=", timer.id)])
        self.assertEqual(row.outcome, "exempt")
        self.assertEqual(row.exempt_reason_id, reason)
        self.assertEqual((row.exempt_count, row.exempt_missed_count), (1, 1))
        [[percent]] = self.reports._read_group(
            [("timer_id", "=", timer.id)], [], ["kept_percent:avg"]
        )
        self.assertFalse(percent, "neither kept nor missed")

    def test_replaced_and_cancelled_promises_do_not_count(self):
        feedback = self._past(hours=2)
        feedback.complexity = "complex"
        self.assertEqual(
            self.reports.search_count([("feedback_id", "=", feedback.id)]), 2
        )
        feedback.stage = "cancelled"
        self.assertFalse(self.reports.search_count([("feedback_id", "=", feedback.id)]))

    def test_cancelling_hides_no_miss(self):
        feedback = self._past(hours=480)
        late = self.reports.search(
            [("feedback_id", "=", feedback.id), ("outcome", "=", "missed")]
        )
        self.assertTrue(late)
        feedback.stage = "cancelled"
        rows = self.reports.search([("feedback_id", "=", feedback.id)])
        self.assertEqual(set(rows.mapped("outcome")), {"missed"})
        self.assertEqual(len(rows), len(late))
        self.assertFalse(any(rows.mapped("solution_hours")), "nothing was solved")

    def test_a_row_opens_its_case(self):
        feedback = self._past(hours=2)
        for model in (self.reports, self.backlog):
            row = model.search([("feedback_id", "=", feedback.id)], limit=1)
            action = row.with_user(self.user_all).action_open_record()
            with self.subTest(model=model._name):
                self.assertEqual(action["res_model"], "cpm.feedback")
                self.assertEqual(action["res_id"], feedback.id)

    # --------------------------------------------------------- Will break next

    def test_time_left_equals_that_of_the_timer(self):
        """Friday 17:30 with 9 to 18 o'clock: half an hour, then the weekend."""
        for moment in ("2024-06-07 17:30:00", "2024-06-08 12:00:00"):
            with self.subTest(moment=moment), freeze_time(moment):
                feedback = self._make_feedback(received_at="2024-06-07 17:30:00")
                self.env.flush_all()
                for row in self.backlog.search([("feedback_id", "=", feedback.id)]):
                    self.assertAlmostEqual(
                        row.remaining_hours, row.timer_id.remaining / 3600, 5
                    )

    def test_time_left_equals_the_timers_for_many(self):
        with freeze_time(self.now):
            self._scatter(40)
            rows = self.backlog.search([*self.here, ("signal", "!=", "red")])
            self.assertTrue(rows)
            for row in rows:
                self.assertAlmostEqual(
                    row.remaining_hours, row.timer_id.remaining / 3600, 5
                )

    def test_overdue_counts_backwards_by_the_clock_on_the_wall(self):
        with freeze_time(self.now):
            feedback = self._past(hours=27)
            row = self.backlog.search(
                [("feedback_id", "=", feedback.id), ("kind", "=", "first_response")]
            )
            self.assertEqual(row.signal, "red")
            self.assertAlmostEqual(row.remaining_hours, -3, 5)

    def test_standing_exempt_and_done_promises_are_in_no_danger(self):
        waiting = self._past(hours=2, answered=1)
        waiting.stage = "waiting"
        self.assertFalse(self.backlog.search([("feedback_id", "=", waiting.id)]))

    def test_order_is_time_left_for_each_promise_before_it(self):
        with freeze_time(self.now):
            self._scatter(40)
            self._past(hours=1).user_id = False
            rows = self.backlog.search(self.here)
            queues = defaultdict(list)
            for row in rows:
                queues[row.user_id].append(row)
            for queue in queues.values():
                queue.sort(key=lambda row: (row.deadline, row.id))
                for place, row in enumerate(queue, 1):
                    self.assertEqual(row.owner_load, len(queue))
                    self.assertEqual(row.queue, place)
                    self.assertAlmostEqual(
                        row.hours_each, row.remaining_hours / place, 5
                    )
            each = rows.mapped("hours_each")
            self.assertEqual(each, sorted(each))

    def test_queries_do_not_grow_with_the_number_of_promises(self):
        counts = []
        for number in (1, 80):
            for _index in range(number):
                self._past(hours=1)
            for model, names in (
                (self.reports, {"outcome": {}, "answer_hours": {}}),
                (self.backlog, {"hours_each": {}, "owner_load": {}}),
            ):
                for _warm in range(2):
                    self.env.flush_all()
                    self.env.invalidate_all()
                    before = self.env.cr.sql_log_count
                    model.with_user(self.user_all).web_search_read(self.here, names)
                    used = self.env.cr.sql_log_count - before
                counts.append(used)
        self.assertLessEqual(counts[2], counts[0])
        self.assertLessEqual(counts[3], counts[1])


@tagged("post_install", "-at_install")
class TestFeedbackMetrics(FeedbackCase):
    """The shipped metrics read what the desk does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.silent = cls._make_customer("Never wrote")

    def _values(self, *names):
        metrics = self.env["cpm.metric"].browse(
            self.env.ref(f"customer_plan_mgmt.cpm_metric_{name}").id for name in names
        )
        metrics.active = True
        self._make_scorecard(*[(metric, 10, (0, 100)) for metric in metrics])
        self._run(fields.Date.today())
        values = self.env["cpm.metric.value"].search([("metric_id", "in", metrics.ids)])
        return {
            (value.profile_id, value.metric_id): value.number for value in values
        }, metrics

    def test_metrics_of_a_customer(self):
        ago = timedelta(days=1)
        self._make_feedback()  # open, in time
        self._make_feedback(received_at=self.now - 2 * ago)  # open, not answered: late
        self._make_feedback(
            type="complaint",
            received_at=self.now - 10 * ago,
            first_answer_at=self.now - 10 * ago + timedelta(hours=1),
        )
        self._make_complaint(received_at=self.now - 91 * ago)
        self._make_feedback(type="complaint", stage="cancelled")
        closed = self._make_feedback(
            received_at=self.now - 5 * ago,
            first_answer_at=self.now - 5 * ago + timedelta(hours=1),
            stage="closed",
        )
        for rating in ("2", "5"):
            question = self.env["cpm.satisfaction"].create(
                {
                    "feedback_id": closed.id,
                    "company_id": self.company.id,
                    "partner_id": self.customer.partner_id.id,
                    "sent_at": self.now - ago,
                    "expires_at": self.now + ago,
                }
            )
            question._answer(rating, "")
        values, metrics = self._values(
            "open_feedback",
            "overdue_feedback",
            "complaints_90d",
            "csat_90d",
            "answered_in_time_90d",
        )
        found = [values.get((self.customer, metric)) for metric in metrics]
        # Answered in time: two of three decided within 90 days, one of them overdue
        self.assertEqual(found[:4], [4, 3, 1, 3.5])
        self.assertAlmostEqual(found[4], 200 / 3, 3)
        self.assertFalse(
            [
                values.get((self.silent, metric))
                for metric in metrics
                if (self.silent, metric) in values
            ],
            "missing is not zero",
        )
