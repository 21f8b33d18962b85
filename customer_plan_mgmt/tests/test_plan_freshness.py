"""When the next review is due, and whether anybody still looks after a plan."""

from datetime import date

from .common_plan_review import ReviewCase


class TestPlanNextReview(ReviewCase):
    def test_an_interval_after_the_last_decision(self):
        self.assertEqual(self.plan.next_review_on, date(2024, 2, 29), "a leap day")

    def test_the_day_agreed_on_comes_first(self):
        review = self._make_review(date_due="2024-02-29")
        with self._today("2024-03-01"):
            self._hold(review, next_date="2024-03-20")
        self.assertEqual(self.plan.next_review_on, date(2024, 3, 20))

    def test_cancelled_reviews_do_not_come_back_and_do_not_drift(self):
        """Every month from 31 January on: to the end of each month, never the 29th for
        good."""
        due = []
        for day in ("2024-02-20", "2024-03-20", "2024-04-20", "2024-05-20"):
            self._cron(day)
            review = self._planned()
            due.append(review.date_due)
            with self._today(day):
                self._as(review, self.manager).action_cancel()
            self._cron(day)
            self.assertFalse(self._planned(), "it was cancelled, it does not come back")
        self.assertEqual(
            due,
            [
                date(2024, 2, 29),
                date(2024, 3, 31),
                date(2024, 4, 30),
                date(2024, 5, 31),
            ],
        )

    def test_a_cancelled_review_may_name_the_next_day(self):
        review = self._make_review(date_due="2024-02-29", next_date="2024-03-05")
        self._as(review, self.manager).action_cancel()
        self.assertEqual(self.plan.next_review_on, date(2024, 3, 5))

    def test_a_cancelled_review_after_one_that_was_held(self):
        with self._today("2024-02-29"):
            self._hold(self._make_review(date_due="2024-02-29"), next_date="2024-03-15")
        review = self._make_review(date_due="2024-03-15")
        self._as(review, self.manager).action_cancel()
        self.assertEqual(self.plan.next_review_on, date(2024, 3, 29))

    def test_leap_years_come_every_four(self):
        self.plan.review_interval_months = 12
        self.plan.sudo().last_decision_on = "2024-02-29"
        for after, expected in (
            ("2024-02-29", date(2025, 2, 28)),
            ("2025-02-28", date(2026, 2, 28)),
            ("2027-06-01", date(2028, 2, 29)),
        ):
            with self.subTest(after):
                found = self.plan._get_review_date_after(date.fromisoformat(after))
                self.assertEqual(found, expected)

    def test_a_day_from_before_the_plan_was_agreed_anew_counts_no_more(self):
        with self._today("2024-02-10"):
            self._hold(self._make_review(date_due="2024-02-10"), next_date="2024-03-01")
            self._as(self.plan, self.owner).action_cancel()
        with self._today("2024-06-30"):
            self._as(self.plan, self.owner).action_reopen()
            self._agree()
        self.assertEqual(self.plan.next_review_on, date(2024, 7, 30))

    def test_no_interval_no_reviews(self):
        self.plan.review_interval_months = 0
        self.assertFalse(self.plan.next_review_on)
        self._cron("2030-01-01")
        self.assertFalse(self.plan.review_ids)

    def test_how_often_is_asked_of_template_tier_and_settings(self):
        template = self.env["cpm.plan.template"].create(
            {"name": "T", "review_interval_months": 5}
        )
        self.company.cpm_review_months = 7
        self.assertEqual(self._make_plan().review_interval_months, 7)
        self._assign_tier(self.customer, self.tier_a)
        self.tier_a.review_interval_months = 2
        self.assertEqual(self._make_plan().review_interval_months, 2)
        plan = self._make_plan(template_id=template.id)
        self.assertEqual(plan.review_interval_months, 5)
        self.assertEqual(
            self._make_plan(review_interval_months=9).review_interval_months, 9
        )
        self._assert_refused(
            "Review every .months.: enter a number from 0 to 120",
            self.owner,
            "cpm.plan",
            "write",
            plan.ids,
            {"review_interval_months": 121},
        )


class TestPlanFreshness(ReviewCase):
    def _on(self, day):
        self.env.invalidate_all()
        with self._today(day):
            found = self.plans.search([("freshness", "=", self.plan.freshness)])
            self.assertIn(self.plan, found)
            others = {"fresh", "changed", "due", "stale"} - {self.plan.freshness}
            for state in others:
                found = self.plans.search([("freshness", "=", state)])
                self.assertNotIn(self.plan, found, state)
            return self.plan.freshness

    def test_fresh_due_stale(self):
        self.company.cpm_plan_stale_days = 30
        for day, state in (
            ("2024-01-31", "fresh"),
            ("2024-02-29", "fresh"),
            ("2024-03-01", "due"),
            ("2024-03-30", "due"),
            ("2024-03-31", "stale"),
        ):
            with self.subTest(day):
                self.assertEqual(self._on(day), state)

    def test_days_since_the_decision_are_told(self):
        with self._today("2024-02-10"):
            self.assertEqual(self.plan.days_since_decision, 10)
            self.assertEqual(self.plan.freshness_text, "Decided 10 days ago")
        self.env.invalidate_all()
        with self._today("2024-03-02"):
            self.assertEqual(self.plan.freshness_text, "The review is 2 days late")

    def test_facts_that_moved(self):
        self.company.cpm_plan_facts_percent = 20
        for value, change, state in (
            (119, 19, "fresh"),
            (120, 20, "changed"),
            (80, 20, "changed"),
            (100, 0, "fresh"),
        ):
            with self._today("2024-02-10"):
                self._measure(value)
            with self.subTest(value):
                self.assertAlmostEqual(self.plan.facts_change, change)
                self.assertEqual(self._on("2024-02-10"), state)

    def test_a_decision_takes_the_facts_as_they_are(self):
        with self._today("2024-02-10"):
            self._measure(150)
            self.assertEqual(self.plan.facts_change, 50)
            self._hold(self._make_review(date_due="2024-02-10"))
            self._measure()
            self.assertEqual(self.plan.facts_change, 0)
            self.assertEqual(self.plan.freshness, "fresh")

    def test_scores_are_facts(self):
        self._make_direct_scores()
        today = self.company._cpm_today()
        self._give_score(self.customer, 80)
        self._run(today)
        self.plan._note_decision()
        self._give_score(self.customer, 60)
        self._run(today)
        self.assertEqual(self.plan.facts_change, 25)

    def test_never_when_the_settings_say_so(self):
        self.company.cpm_plan_facts_percent = 0
        with self._today("2024-02-10"):
            self._measure(900)
        self.assertEqual(self._on("2024-02-10"), "fresh")

    def test_plans_that_are_over_have_none(self):
        plan = self._make_plan()
        plan.sudo().stage = "cancelled"
        self.assertFalse(plan.freshness or plan.freshness_text)
        self.assertIn(plan, self.plans.search([("freshness", "=", False)]))
        self.assertNotIn(self.plan, self.plans.search([("freshness", "=", False)]))
        both = [("id", "in", (plan | self.plan).ids)]
        found = self.plans.search([*both, ("freshness", "!=", False)])
        self.assertEqual(found, self.plan)
        self.env.invalidate_all()
        with self._today("2024-02-03"):
            found = self.plans.search(
                [*both, ("freshness", "not in", ["due", "stale"])]
            )
        self.assertEqual(found, self.plan | plan)

    # ------------------------------------------- No date keeps a plan fresh

    def test_no_date_of_a_review_keeps_a_plan_fresh(self):
        """Not even one a manager set: only decisions do."""
        review = self._make_review(date_due="2024-02-29")
        for vals in ({"date_due": "2199-01-01"}, {"next_date": "2199-02-01"}):
            self._as(review, self.manager).write(vals)
            with self.subTest(vals):
                self.assertEqual(self._on("2024-02-29"), "fresh")
                self.assertEqual(self._on("2024-03-01"), "due")
                self.assertEqual(self._on("2025-03-01"), "stale")

    def test_a_cancelled_review_is_no_decision(self):
        review = self._make_review(date_due="2024-02-29")
        with self._today("2024-03-05"):
            self._as(review, self.manager).action_cancel()
        self.assertEqual(self._on("2024-03-05"), "due")

    def test_a_late_next_review_keeps_no_plan_fresh(self):
        review = self._make_review(date_due="2024-02-29")
        with self._today("2024-02-29"):
            self._hold(review, self.manager, next_date="2199-01-01")
        self.assertEqual(self._on("2024-03-29"), "fresh")
        self.assertEqual(self._on("2024-03-30"), "due")

    def test_a_period_that_ended_is_due_then_stale(self):
        self.company.cpm_plan_stale_days = 30
        self.plan.review_interval_months = 0
        for day, state in (
            ("2024-12-30", "fresh"),
            ("2024-12-31", "due"),
            ("2025-01-29", "due"),
            ("2025-01-30", "stale"),
        ):
            with self.subTest(day):
                self.assertEqual(self._on(day), state)
        with self._today("2025-01-02"):
            self.env.invalidate_all()
            self.assertEqual(self.plan.freshness_text, "The period ended 3 days ago")

    def test_plans_nobody_agreed_to_go_stale_too(self):
        self.company.cpm_plan_stale_days = 30
        for stage in ("needs", "design", "review"):
            self.plan.sudo().stage = stage
            self.plan.sudo().step_on = "2024-01-31"
            for day, state, text in (
                ("2024-02-29", "fresh", "In preparation, last step 29 days ago"),
                ("2024-03-01", "due", "Not agreed, and no step for 30 days"),
                ("2024-03-31", "stale", "Not agreed, and no step for 60 days"),
            ):
                with self.subTest(stage=stage, day=day):
                    self.assertEqual(self._on(day), state)
                    with self._today(day):
                        self.env.invalidate_all()
                        self.assertEqual(self.plan.freshness_text, text)

    def test_the_settings_count_before_the_agreement_without_an_interval(self):
        self.company.cpm_review_months = 2
        self.plan.review_interval_months = 0
        self.plan.sudo().write({"stage": "design", "step_on": "2024-01-31"})
        self.assertEqual(self._on("2024-03-31"), "fresh")
        self.assertEqual(self._on("2024-04-01"), "due")

    def test_going_to_and_fro_is_no_step_but_submitting_is(self):
        plan = self._make_plan()
        self._make_goal(plan)
        plan.sudo().step_on = "2024-01-31"
        mine = self._as(plan, self.owner)
        with self._today("2024-02-10"):
            mine.stage = "design"
            mine.stage = "needs"
            mine.stage = "design"
            self.assertEqual(plan.step_on, date(2024, 1, 31))
            mine.action_submit()
        self.assertEqual(plan.step_on, date(2024, 2, 10))


class TestPlanPutOff(ReviewCase):
    def _refused(self, text, method, *args):
        with self._today(self.day):
            self._assert_refused(
                text, self.owner, "cpm.plan.review", method, self.review.ids, *args
            )

    def test_beyond_the_interval_a_review_is_put_off_by_managers(self):
        self.review = self._make_review(date_due="2024-02-20")
        self.day = "2024-02-10"
        with self._today(self.day):
            self._as(self.review, self.owner).date_due = "2024-02-29"
        self._refused("Due on: .* by 02/29/2024", "write", {"date_due": "2024-03-01"})
        with self._today(self.day):
            self._as(self.review, self.manager).date_due = "2024-03-10"
            # Nearer is never a matter of managers
            self._as(self.review, self.owner).date_due = "2024-03-05"
        self.assertEqual(self.review.date_due, date(2024, 3, 5))

    def test_a_review_is_not_planned_beyond_the_interval_either(self):
        self._assert_refused(
            "Due on: .* by 02/29/2024",
            self.owner,
            "cpm.plan.review",
            "create",
            {"plan_id": self.plan.id, "date_due": "2024-03-01"},
        )

    def test_the_next_one_comes_within_an_interval(self):
        self.review = self._make_review(date_due="2024-02-29")
        self.day = "2024-02-20"
        self._refused(
            "Next review on: choose a day up to 03/29/2024",
            "write",
            {"next_date": "2024-03-30"},
        )
        with self._today(self.day):
            self._as(self.review, self.owner).next_date = "2024-03-29"
            self._as(self.review, self.manager).next_date = "2024-03-30"

    def test_a_missed_review_is_dropped_by_managers_only(self):
        self.review = self._make_review(date_due="2024-02-20")
        self.day = "2024-02-21"
        self._refused("Due on: .* is late, 02/20/2024 has passed", "action_cancel")
        with self._today(self.day):
            self._as(self.review, self.manager).action_cancel()
        self.assertEqual(self.review.state, "cancelled")

    def test_in_time_the_owner_drops_a_review(self):
        review = self._make_review(date_due="2024-02-20")
        with self._today("2024-02-20"):
            self._as(review, self.owner).action_cancel()
        self.assertEqual(review.state, "cancelled")
