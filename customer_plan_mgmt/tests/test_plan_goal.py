"""Goals that measure themselves, and those measured by hand."""

import json
import math
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common_plan import END, MIDDLE, START, PlanCase


class TestPlanGoalMeasuring(PlanCase):
    def test_the_baseline_is_the_value_of_the_day(self):
        self.assertEqual(self.goal.baseline, 100)
        self.assertTrue(self.goal.is_measured)
        self.assertEqual((self.goal.current_value, self.goal.progress), (100, 0))

    def test_a_given_baseline_is_kept(self):
        goal = self._make_goal(baseline=50)
        self.assertEqual((goal.baseline, goal.current_value), (50, 100))
        self.assertAlmostEqual(goal.progress, 33.333333)

    def test_progress_follows_the_metric(self):
        for value, progress in ((150, 50), (200, 100), (260, 160), (80, -20)):
            self._measure(value)
            with self.subTest(value=value):
                self.assertEqual(self.goal.current_value, value)
                self.assertEqual(self.goal.progress, progress)

    def test_a_value_that_is_gone_is_missing_and_not_zero(self):
        self._measure(150)
        rows = self.env["cpm.metric.value"].search(
            [("profile_id", "=", self.customer.id)]
        )
        rows.unlink()
        self._measure()
        self.assertFalse(self.goal.is_measured)
        self.assertFalse(self.goal.status)
        self.assertFalse(self.plan.is_measured)
        self.assertFalse(self.plan.goal_status)

    def test_goals_without_a_value_yet_wait_for_it(self):
        size = self._make_manual_metric("size")
        goal = self._make_goal(metric_id=size.id, target=10)
        self.assertFalse(goal.is_measured)
        self.assertEqual((goal.baseline, goal.progress), (0, 0))
        self.assertFalse(goal.value_ids)
        self.assertTrue(goal.is_baseline_missing)
        self._agree()
        self._give_value(self.customer, size, 4)
        self._measure()
        self.assertTrue(goal.is_measured)
        self.assertFalse(goal.is_baseline_missing)
        self.assertEqual((goal.baseline, goal.progress), (4, 0))
        self.assertFalse(self.plan.revision_ids, "nobody changed anything")
        self._give_value(self.customer, size, 7)
        self._measure()
        self.assertEqual((goal.baseline, goal.progress), (4, 50))

    def test_an_unknown_baseline_is_not_zero_on_the_screen_either(self):
        """The web client sends 0 for every number nobody entered."""
        delays = self._make_manual_metric("delays", higher_is_better=False)
        goals = self._as(self.goals, self.owner).with_context(
            default_plan_id=self.plan.id
        )
        with Form(goals, view="customer_plan_mgmt.cpm_plan_goal_view_form") as form:
            form.name = "Fewer delays"
            form.metric_id = delays
            self.assertEqual(form.baseline, 0)
            self.assertTrue(form.is_baseline_missing)
            form.target = 2
        goal = form.record.with_env(self.env)
        self.assertTrue(goal.is_baseline_missing)
        self.assertFalse(goal.status or goal.progress)
        self._give_value(self.customer, delays, 10)
        self._measure()
        self.assertEqual((goal.baseline, goal.progress), (10, 0))
        self._give_value(self.customer, delays, 6)
        self._measure()
        self.assertEqual(goal.progress, 50)

    def test_a_period_moved_on_the_screen_takes_the_goals_along(self):
        plan = self._as(self.plan, self.owner)
        with Form(plan, view="customer_plan_mgmt.cpm_plan_view_form") as form:
            form.date_end = MIDDLE
        self.assertEqual((self.plan.date_end, self.goal.date_end), (MIDDLE, MIDDLE))

    def test_a_first_value_at_the_target_is_to_be_kept(self):
        for higher, first, later in ((True, 12, 9), (False, 8, 11), (True, 10, 9)):
            metric = self._make_manual_metric(
                f"m{first}", higher_is_better=higher, digits=0
            )
            goal = self._make_goal(metric_id=metric.id, target=10)
            for value, progress in ((first, 100), (later, 0), (10, 100)):
                self._give_value(self.customer, metric, value)
                self._measure()
                with self.subTest(higher=higher, value=value):
                    self.assertEqual((goal.baseline, goal.progress), (first, progress))

    def test_a_typed_baseline_is_known(self):
        size = self._make_manual_metric("size")
        for vals in ({"baseline": 5}, {"baseline": 0}):
            goal = self._make_goal(metric_id=size.id, target=10)
            self._as(goal, self.owner).write(vals)
            with self.subTest(vals):
                self.assertFalse(goal.is_baseline_missing)
                self.assertEqual(goal.baseline, vals["baseline"])
        self.assertFalse(
            self._make_goal(metric_id=size.id, target=9, baseline=3).is_baseline_missing
        )

    def test_nobody_says_that_the_baseline_is_missing(self):
        vals = {"plan_id": self.plan.id, "metric_id": self.revenue.id, "target": 300}
        for method, args in (
            ("write", (self.goal.ids, {"is_baseline_missing": True})),
            ("create", ({**vals, "is_baseline_missing": True},)),
        ):
            with self.subTest(method):
                self._assert_refused(
                    "Baseline not known yet: enter the baseline",
                    self.owner,
                    "cpm.plan.goal",
                    method,
                    *args,
                    error=AccessError,
                )
        goal = self._rpc(
            self.owner,
            "cpm.plan.goal",
            "create",
            vals,
            context={"default_is_baseline_missing": True, "default_current_value": 999},
        )
        goal = self.goals.browse(goal)
        self.assertFalse(goal.is_baseline_missing)
        self.assertEqual((goal.baseline, goal.current_value), (100, 100))

    def test_fewer_is_better(self):
        complaints = self._make_manual_metric("complaints", higher_is_better=False)
        self._give_value(self.customer, complaints, 10)
        goal = self._make_goal(metric_id=complaints.id, target=4)
        self.assertFalse(goal.higher_is_better)
        self._give_value(self.customer, complaints, 7)
        self._measure()
        self.assertEqual(goal.progress, 50)

    def test_days_since_the_last_purchase(self):
        """The engine keeps the day; the goal reads the days that passed."""
        silence = self._make_metric(
            "silence", "days_since_last", higher_is_better=False
        )
        today = self.company._cpm_today()
        self._make_purchases(self.customer, (today - timedelta(days=40), 10))
        self._run(today)
        goal = self._make_goal(metric_id=silence.id, target=10)
        self.assertEqual(goal.baseline, 40)
        self._make_purchases(self.customer, (today - timedelta(days=25), 10))
        self._run(today)
        self.assertEqual((goal.current_value, goal.progress), (25, 50))

    def test_the_course_has_one_value_a_day(self):
        self.assertEqual(self.goal.value_ids.mapped("value"), [100])
        today = self.company._cpm_today()
        for value in (120, 130):
            self._measure(value)
        self.assertEqual(self.goal.value_ids.mapped("value"), [130])
        tomorrow = today + timedelta(days=1)
        with self._today(tomorrow):
            self._measure()
            self.assertEqual(len(self.goal.value_ids), 1, "nothing has changed")
            self._measure(140)
        course = self.goal.value_ids.sorted("date")
        self.assertEqual(course.mapped("date"), [today, tomorrow])
        self.assertEqual(course.mapped("value"), [130, 140])
        self.assertFalse(course.user_id, "measured, not typed")
        self.assertEqual(self.goal.measured_on, tomorrow)
        chart = json.loads(self.goal.chart)[0]
        self.assertEqual([point["y"] for point in chart["values"]], [130, 140])
        self.assertEqual((chart["baseline"], chart["target"]), (100, 200))

    def test_archived_metrics_measure_no_more(self):
        self.revenue.active = False
        self._measure()
        self.assertFalse(self.goal.is_measured)
        self.revenue.active = True
        self._measure(150)
        self.assertEqual(self.goal.progress, 50)

    def test_metrics_that_measure_plans_are_not_deleted(self):
        with self.assertRaisesRegex(UserError, f"Revenue measures {self.goal.name}"):
            self.revenue.with_user(self.admin).unlink()
        turnover = self._make_metric("turnover", "sum", currency_field="currency_id")
        self.plan.benefit_metric_id = turnover
        with self.assertRaisesRegex(UserError, "Turnover measures .*Archive it"):
            turnover.with_user(self.admin).unlink()

    def test_another_metric_starts_afresh(self):
        size = self._make_manual_metric("size")
        self._give_value(self.customer, size, 3)
        self._measure(150)
        self._as(self.goal, self.owner).write({"metric_id": size.id, "target": 6})
        self.assertEqual((self.goal.baseline, self.goal.progress), (3, 0))
        self.assertEqual(self.goal.value_ids.mapped("value"), [3])
        self._give_value(self.customer, size, 6)
        self._measure()
        self.assertEqual(self.goal.progress, 100)

    def test_another_metric_asks_for_another_target(self):
        size = self._make_manual_metric("size", unit="m", higher_is_better=False)
        self._give_value(self.customer, size, 3)
        self._agree()
        self._as(self.goal, self.owner).metric_id = size
        self.assertTrue(self.goal.is_target_missing)
        self.assertFalse(self.goal.progress or self.goal.status)
        changes = {
            line.label: (line.before, line.after)
            for line in self.plan.revision_ids.line_ids
        }
        self.assertEqual(changes["Metric"], ("Revenue", "Size"))
        self.assertEqual(changes["Unit"], ("k", "m"))
        self.assertEqual(changes["Higher Is Better"], ("Yes", "No"))
        self.assertEqual(changes["Target to be set"], ("No", "Yes"))
        self._as(self.goal, self.owner).target = 2
        self.assertFalse(self.goal.is_target_missing)

    def test_another_metric_without_a_value_waits_for_its_baseline(self):
        size = self._make_manual_metric("size")
        self._as(self.goal, self.owner).write({"metric_id": size.id, "target": 6})
        self.assertTrue(self.goal.is_baseline_missing)
        self._give_value(self.customer, size, 4)
        self._measure()
        self.assertEqual((self.goal.baseline, self.goal.progress), (4, 0))

    def test_saving_the_same_metric_keeps_baseline_and_course(self):
        self._measure(150)
        self._as(self.goal, self.owner).write({"metric_id": self.revenue.id})
        self.assertEqual((self.goal.baseline, self.goal.progress), (100, 50))
        self.assertTrue(self.goal.value_ids)

    def test_values_no_goal_could_hold_are_unknown_and_hold_up_nobody(self):
        other = self._make_customer()
        self._give_value(other, self.revenue, 10)
        goal = self._make_goal(self._make_plan(other))
        self._give_value(self.customer, self.revenue, 1e16)
        self._measure(20, other)
        self.assertFalse(self.goal.is_measured)
        self.assertEqual(goal.current_value, 20)

    def test_plans_that_are_over_stand_still(self):
        for stage in ("closed", "cancelled"):
            plan = self._make_plan()
            goal = self._make_goal(plan)
            plan.sudo().write({"stage": stage})
            self._measure(170)
            with self.subTest(stage):
                self.assertEqual(goal.current_value, 100)
            self._measure(100)


class TestPlanGoalSegment(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["cpm.segment"].create(
            {"name": "Blue", "domain": "[('strategic_value', '=', 7)]"}
        )
        cls.members = cls._make_customers(3)
        cls.members.strategic_value = 7
        for member, value in zip(cls.members, (10, 20), strict=False):
            cls._give_value(member, cls.revenue, value)
        cls.wide = cls._make_plan(segment_id=cls.segment.id)

    def test_values_of_the_members_are_averaged_over_those_who_have_one(self):
        goal = self._make_goal(self.wide)
        self.assertEqual(goal.aggregation, "average", "scores do not add up")
        self.assertEqual(goal.baseline, 15)

    def test_sums_are_added_up(self):
        goal = self._make_goal(self.wide, aggregation="sum")
        self.assertEqual(goal.baseline, 30)
        self._measure(50, self.members[2])
        self.assertEqual(goal.current_value, 80)

    def test_counts_add_up_by_themselves(self):
        orders = self._make_metric("orders")
        for member in self.members:
            self._make_purchases(member, ("2024-01-01", 1), ("2024-01-02", 1))
        self._run(self.company._cpm_today())
        goal = self._make_goal(self.wide, metric_id=orders.id, target=10)
        self.assertEqual((goal.aggregation, goal.baseline), ("sum", 6))

    def test_without_a_way_to_aggregate_the_natural_one_counts(self):
        goal = self._make_goal(self.wide)
        goal.aggregation = False
        self._measure(60, self.members[2])
        self.assertEqual(goal.current_value, 30)

    def test_members_come_and_go(self):
        goal = self._make_goal(self.wide, aggregation="sum")
        self.members[1].strategic_value = 1
        self._measure()
        self.assertEqual(goal.current_value, 10)
        self.members.strategic_value = 1
        self._measure()
        self.assertFalse(goal.is_measured, "nobody is not zero")

    def test_a_segment_that_cannot_be_read_any_more_holds_up_nobody(self):
        goal = self._make_goal(self.wide, aggregation="sum")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cpm_segment SET domain = %s WHERE id = %s",
            ("[('gone_field', '=', 1)]", self.segment.id),
        )
        self.segment.invalidate_recordset()
        self._measure(150)
        self.assertFalse(goal.is_measured)
        self.assertEqual(self.goal.progress, 50)


class TestPlanGoalStatus(PlanCase):
    def _status_on(self, day, value):
        with self._today(day):
            self._measure(value)
            return self.goal.status

    def test_status_compares_progress_with_the_time_that_is_over(self):
        for day, value, status in (
            (START, 100, "on_track"),
            (MIDDLE, 150, "on_track"),
            (MIDDLE, 135, "at_risk"),
            (MIDDLE, 120, "off_track"),
            (END, 199, "on_track"),
            (END, 180, "at_risk"),
            (END + timedelta(days=400), 120, "off_track"),
            (END + timedelta(days=400), 200, "on_track"),
        ):
            with self.subTest(day=day, value=value):
                self.assertEqual(self._status_on(day, value), status)

    def test_time_alone_moves_the_status_and_that_of_the_plan(self):
        self.assertEqual(self._status_on(START, 100), "on_track")
        self.assertEqual(self.plan.goal_status, "on_track")
        self.assertEqual(self._status_on(MIDDLE, 100), "off_track")
        self.assertEqual(self.plan.goal_status, "off_track")

    def test_the_limits_are_those_of_the_settings(self):
        self.company.write({"cpm_goal_at_risk": 1, "cpm_goal_off_track": 2})
        self.assertEqual(self._status_on(MIDDLE, 148), "at_risk")
        self.assertEqual(self._status_on(MIDDLE, 147), "off_track")

    def test_today_is_where_the_company_is(self):
        """At 16:30 UTC it is tomorrow in Shanghai."""
        self.goal.write({"date_start": "2024-06-01", "date_end": "2024-06-02"})
        for zone, expected in (("UTC", 50), ("Asia/Shanghai", 100)):
            self.company.partner_id.tz = zone
            with self._today("2024-06-01") as clock, self.subTest(zone):
                clock.move_to("2024-06-01 16:30:00")
                self._measure(110 + expected)
                self.assertEqual(self.goal.expected_progress, expected)
                self.assertEqual(str(self.goal.measured_on)[-1], str(expected // 50))

    def test_a_status_set_by_hand_ends_by_itself(self):
        with self._today(MIDDLE):
            self._measure(100)
            self.assertEqual(self.plan.goal_status, "off_track")
            self._as(self.goal, self.owner).write(
                {
                    "status_override": "on_track",
                    "status_reason": "Contract is signed, deliveries begin in August",
                    "status_expires_on": MIDDLE + timedelta(days=10),
                }
            )
            self.assertEqual(self.goal.status, "on_track")
            self.assertEqual(self.plan.goal_status, "on_track")
        with self._today(MIDDLE + timedelta(days=10)):
            self._measure()
            self.assertEqual(self.goal.status, "on_track")
        with self._today(MIDDLE + timedelta(days=11)):
            self._measure()
            self.assertEqual(self.goal.status, "off_track")
            self.assertEqual(self.plan.goal_status, "off_track")

    def test_the_reason_of_an_expired_status_may_be_corrected(self):
        with self._today(MIDDLE):
            self._as(self.goal, self.owner).write(
                {
                    "status_override": "on_track",
                    "status_reason": "Contarct signed",
                    "status_expires_on": MIDDLE,
                }
            )
        goal = self._as(self.goal, self.owner)
        with self._today(END):
            goal.status_reason = "Contract signed"
            self.assertEqual(self.goal.status_reason, "Contract signed")
            for vals, text in (
                ({"status_reason": " "}, "needs a reason"),
                ({"status_override": "at_risk"}, "lies in the past"),
            ):
                self._assert_refused(
                    text, self.owner, "cpm.plan.goal", "write", goal.ids, vals
                )

    def test_a_status_set_by_hand_needs_reason_and_a_day_to_come(self):
        with self._today(MIDDLE):
            for vals, text in (
                ({}, "needs a reason and the day"),
                ({"status_reason": "  "}, "needs a reason and the day"),
                ({"status_reason": "Why"}, "needs a reason and the day"),
                ({"status_expires_on": END}, "needs a reason and the day"),
                (
                    {"status_reason": "Why", "status_expires_on": START},
                    "“Status expires on” lies in the past",
                ),
                (
                    {"status_reason": "Why", "status_expires_on": "9999-12-31"},
                    "Status expires on: 9999-12-31 is no day",
                ),
            ):
                with self.subTest(vals):
                    self._assert_refused(
                        text,
                        self.owner,
                        "cpm.plan.goal",
                        "write",
                        self.goal.ids,
                        {"status_override": "on_track", **vals},
                    )

    def test_the_plan_shows_the_worst_status_that_counts(self):
        with self._today(MIDDLE):
            self._measure(150)
            bad = self._make_hand_goal(weight=0)
            self.assertEqual(bad.status, "off_track")
            self.assertEqual(self.plan.goal_status, "on_track")
            bad.weight = 0.5
            self.assertEqual(self.plan.goal_status, "off_track")


class TestPlanGoalByHand(PlanCase):
    def test_a_goal_by_hand_starts_from_its_baseline(self):
        goal = self._make_hand_goal(baseline=20, target=40)
        self.assertEqual((goal.current_value, goal.progress), (20, 0))
        self.assertEqual(goal.value_ids.user_id, self.owner)
        self._as(goal, self.manager).current_value = 30
        self.assertEqual(goal.progress, 50)
        self.assertEqual(goal.value_ids.mapped("value"), [30])
        self.assertEqual(goal.value_ids.user_id, self.manager)

    def test_a_goal_by_hand_says_what_shall_be_reached(self):
        """The web client sends 0 for every number nobody entered."""
        vals = {"plan_id": self.plan.id, "name": "Trained", "source": "hand"}
        zeros = {"baseline": 0, "current_value": 0, "target": 0}
        for more in (
            zeros,
            {"baseline": 5, "target": 5},
            {**zeros, "current_value": 3},
        ):
            with self.subTest(more):
                self._assert_refused(
                    "Goal Trained: the target equals the baseline",
                    self.owner,
                    "cpm.plan.goal",
                    "create",
                    {**vals, **more},
                    error=ValidationError,
                )
        goal = self._make_hand_goal(baseline=20, current_value=0, target=40)
        self.assertEqual((goal.current_value, goal.progress), (20, 0))

    def test_a_goal_by_hand_needs_a_value_whatever_the_context(self):
        vals = {"plan_id": self.plan.id, "name": "Trained", "target": 5}
        for more in ({}, {"current_value": False}):
            with self.subTest(more):
                self._assert_refused(
                    "Goal Trained: enter today's value",
                    self.owner,
                    "cpm.plan.goal",
                    "create",
                    {**vals, **more},
                    context={"default_source": "hand"},
                    error=ValidationError,
                )

    def test_nobody_measures_a_goal_by_hand(self):
        goal = self._make_hand_goal(baseline=20, target=40)
        self._measure(500)
        self.assertEqual(goal.current_value, 20)

    def test_the_course_cannot_be_dodged(self):
        """A context is no key: whoever types a value is in the course."""
        goal = self._make_hand_goal(baseline=20, target=40)
        self._rpc(
            self.owner,
            "cpm.plan.goal",
            "write",
            goal.ids,
            {"current_value": 40},
            context={"cpm_measuring": True, "cpm_no_revision": True},
        )
        self.assertEqual(goal.value_ids.mapped("value"), [40])

    def test_the_mean_counts_weights_and_only_what_is_known(self):
        self._measure(150)
        half = self._make_hand_goal(weight=3)
        self.assertEqual(self.plan.progress, 12.5)
        half.current_value = 500
        self.assertEqual(self.plan.progress, 87.5, "no goal counts more than 100")
        unknown = self._make_goal(metric_id=self._make_manual_metric("x").id)
        self.assertEqual(unknown.progress, 0)
        self.assertEqual(self.plan.progress, 87.5)
        (self.goal | half).weight = 0
        self.assertFalse(self.plan.is_measured)
        self.assertEqual(self.plan.progress, 0)

    def test_numbers_are_numbers(self):
        for name, value, text in (
            ("target", math.nan, "Target: enter a number"),
            ("target", math.inf, "Target: enter a number"),
            ("target", "many", "Target: enter a number .* instead of many"),
            ("target", 1e16, "Target: enter a number"),
            ("baseline", math.nan, "Baseline: enter a number"),
            ("weight", -1, "Weight: enter a number from 0 to 1000"),
            ("weight", math.nan, "Weight: enter a number"),
            ("current_value", math.nan, "Today: enter a number"),
            ("date_start", "soon", "From: soon is no day"),
            ("date_end", date(9999, 12, 31), "Until: 9999-12-31 is no day"),
        ):
            goal = self._make_hand_goal()
            with self.subTest(name=name, value=value):
                self._assert_refused(
                    text,
                    self.owner,
                    "cpm.plan.goal",
                    "write",
                    goal.ids,
                    {name: value},
                    error=ValidationError,
                )
                self._assert_refused(
                    text,
                    self.owner,
                    "cpm.plan.goal",
                    "create",
                    {
                        "plan_id": self.plan.id,
                        "name": "Bad",
                        "source": "hand",
                        "baseline": 0,
                        "target": 1,
                        name: value,
                    },
                    error=ValidationError,
                )
