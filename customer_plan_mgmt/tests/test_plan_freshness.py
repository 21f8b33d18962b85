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
            self._as(review, self.owner).action_cancel()
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
        self._as(review, self.owner).action_cancel()
        self.assertEqual(self.plan.next_review_on, date(2024, 3, 5))

    def test_a_cancelled_review_after_one_that_was_held(self):
        with self._today("2024-02-29"):
            self._hold(self._make_review(date_due="2024-02-29"), next_date="2024-03-15")
        review = self._make_review(date_due="2024-03-15")
        self._as(review, self.owner).action_cancel()
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

    def test_plans_that_are_not_under_way_have_none(self):
        plan = self._make_plan()
        self.assertFalse(plan.freshness)
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
