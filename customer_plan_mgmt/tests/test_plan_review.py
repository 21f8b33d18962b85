"""Reviews: prepared with the facts, held, and kept as they were."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError

from .common_plan import END
from .common_plan_review import ReviewCase


class TestPlanReview(ReviewCase):
    def test_only_agreed_plans_are_reviewed(self):
        for stage in ("needs", "design", "review", "closed", "cancelled"):
            plan = self._make_plan()
            plan.sudo().stage = stage
            with self.subTest(stage), self.assertRaisesRegex(UserError, "only agreed"):
                self._make_review(plan)

    def test_a_review_knows_what_changed(self):
        """Every figure of it: bought, said, measured and spent since the decision."""
        self.company.partner_id.tz = "UTC"
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        for who, day, amount in (
            (self.customer.partner_id, "2024-01-30", 1000),
            (self.customer.partner_id, "2024-02-01", 30),
            (person, "2024-02-10", 12.5),
            (self._make_customer().partner_id, "2024-02-10", 500),
        ):
            self._make_purchases(who, (day, amount))
        feedback = self.env["cpm.feedback"]
        for kind, received, stage in (
            ("complaint", "2024-02-02 08:00:00", "new"),
            ("enquiry", "2024-02-03 08:00:00", "new"),
            ("enquiry", "2024-02-03 09:00:00", "cancelled"),
            ("complaint", "2024-01-20 08:00:00", "new"),
        ):
            feedback.create(
                {
                    "name": "Matter",
                    "type": kind,
                    "company_id": self.company.id,
                    "partner_id": self.customer.partner_id.id,
                    "received_at": received,
                    "stage": stage,
                }
            )
        case = feedback.search([("partner_id", "=", self.customer.partner_id.id)])[:1]
        for rating, answered in (
            ("5", "2024-02-05"),
            ("2", "2024-02-06"),
            ("1", "2024-01-05"),
        ):
            self.env["cpm.satisfaction"].create(
                {
                    "feedback_id": case.id,
                    "partner_id": self.customer.partner_id.id,
                    "company_id": self.company.id,
                    "sent_at": "2024-01-01",
                    "expires_at": "2024-12-31",
                    "answered_at": answered,
                    "rating": rating,
                }
            )
        self.env["cpm.plan.cost"].sudo().with_context(cpm_no_revision=True).create(
            {
                "plan_id": self.plan.id,
                "category_id": self.env.ref("customer_plan_mgmt.plan_cost_staff").id,
                "budget": 300,
                "actual": 120,
            }
        )
        self._measure(160)
        with self._today("2024-02-20"):
            review = self._make_review(date_due="2024-02-29")
        self.assertEqual(review.facts_since, date(2024, 1, 31))
        found = {
            name: review.facts[name]
            for name in (
                "purchases",
                "purchase_amount",
                "new_feedback",
                "complaints",
                "open_feedback",
                "csat",
                "progress",
                "budget",
                "actual",
                f"goal_{self.goal.id}",
            )
        }
        self.assertEqual(
            found,
            {
                "purchases": 2,
                "purchase_amount": 42.5,
                "new_feedback": 2,
                "complaints": 1,
                "open_feedback": 3,
                "csat": 3.5,
                "progress": 60,
                "budget": 300,
                "actual": 120,
                f"goal_{self.goal.id}": 160,
            },
        )
        self.assertEqual(review.facts_before[f"goal_{self.goal.id}"], 100)
        self.assertEqual(
            (review.effect, review.satisfaction, review.has_cost_benefit),
            (60, 62.5, False),
        )
        rows = {row["label"]: row for row in review._get_fact_rows()}
        self.assertEqual(rows[self.goal.name]["before"], "100.00 k")
        self.assertEqual(rows[self.goal.name]["now"], "160.00 k")
        self.assertEqual(rows[self.goal.name]["change"], "+60.00 k")
        self.assertEqual(rows["Purchases"]["now"], "2")
        self.assertIn("42.50", rows["Amount of the purchases"]["now"])
        self.assertIn("(mean verdict 3.5 − 1) ÷ 4 × 100", review.satisfaction_formula)
        self.assertIn("60", review.effect_formula)
        self.assertIn("Nothing to judge by", review.cost_benefit_formula)

    def test_days_begin_where_the_company_is(self):
        """8 o'clock in the evening UTC is the next day in Shanghai."""
        self.company.partner_id.tz = "Asia/Shanghai"
        for moment in ("2024-01-30 15:59:59", "2024-01-30 16:00:00"):
            self.env["cpm.feedback"].create(
                {
                    "name": moment,
                    "company_id": self.company.id,
                    "partner_id": self.customer.partner_id.id,
                    "received_at": moment,
                }
            )
        events = self.plan._collect_events(date(2024, 1, 31))
        self.assertEqual(events["new_feedback"], 1)

    def test_facts_of_a_customer_who_rests_are_still_facts(self):
        self._make_purchases(self.customer, ("2024-02-10", 12.5))
        self.customer.active = False
        self.assertEqual(self.plan._collect_events(date(2024, 2, 1))["purchases"], 1)

    def test_marks_are_proposed_and_may_be_set_by_hand(self):
        self._measure(160)
        review = self._make_review(date_due="2099-01-01")
        mine = self._as(review, self.owner)
        # One with a proposal, one without
        mine.write({"effect": 40, "cost_benefit": 80})
        self._measure(180)
        mine.action_fill()
        self.assertEqual((review.effect, review.effect_proposed), (40, 80))
        self.assertEqual((review.cost_benefit, review.has_cost_benefit), (80, False))
        self._hold(review)
        self.assertEqual((review.effect, review.cost_benefit), (40, 80))

    def test_marks_nobody_touched_follow_the_facts(self):
        self._measure(160)
        review = self._make_review(date_due="2099-01-01")
        self._measure(180)
        self._hold(review)
        self.assertEqual((review.effect, review.effect_proposed), (80, 80))

    def test_marks_are_percentages(self):
        review = self._make_review()
        for value in (-1, 100.5, float("nan"), "good"):
            for name, label in (
                ("effect", "Effect"),
                ("satisfaction", "Satisfaction"),
                ("cost_benefit", "Cost and benefit"),
            ):
                with self.subTest(name=name, value=value):
                    self._assert_refused(
                        f"{label}: enter a number from 0 to 100",
                        self.owner,
                        "cpm.plan.review",
                        "write",
                        review.ids,
                        {name: value},
                        error=ValidationError,
                    )

    def test_holding_needs_outcome_and_decisions(self):
        review = self._make_review()
        mine = self._as(review, self.owner)
        with self.assertRaisesRegex(UserError, "Outcome: say"):
            mine.action_hold()
        mine.outcome = "adjust"
        for text in (False, "<p><br></p>"):
            mine.decisions = text
            with self.assertRaisesRegex(UserError, "Decisions: write"):
                mine.action_hold()

    def test_holding_is_a_decision_and_is_signed(self):
        review = self._make_review(date_due="2024-02-29")
        with self._today("2024-03-05"):
            self._measure(160)
            self._hold(review, self.manager)
        self.assertEqual(review.state, "held")
        self.assertEqual(review.held_by_id, self.manager)
        self.assertEqual(review.date_held, date(2024, 3, 5))
        self.assertEqual(self.plan.last_decision_on, date(2024, 3, 5))
        self.assertEqual(self.plan.decision_facts[f"goal_{self.goal.id}"], 160)
        self.assertEqual(self.plan.facts_change, 0)
        self.assertEqual(self.plan.next_review_on, date(2024, 4, 5))

    def _asked_owner(self):
        kinds = ("mail_activity_plan_adjust", "mail_activity_plan_close")
        return [
            len(self._activities(self.plan, kind, self.plan.user_id)) for kind in kinds
        ]

    def test_a_plan_to_adjust_is_a_task_of_the_owner(self):
        self._hold(self._make_review(), outcome="adjust", decisions="<p>Less</p>")
        self.assertEqual(self._asked_owner(), [1, 0])
        activity = self._activities(self.plan, "mail_activity_plan_adjust")
        self.assertIn("Less", activity.note)
        self._hold(self._make_review())
        self.assertEqual(self._asked_owner(), [0, 0], "the latest decision counts")

    def test_a_plan_to_close_goes_to_the_evaluation(self):
        self._as(self.plan, self.owner).action_start()
        self._hold(self._make_review(), outcome="close")
        self.assertEqual(self.plan.stage, "evaluation")
        self.assertEqual(self._asked_owner(), [0, 1])
        self.plan.lessons = "<p>Start earlier</p>"
        self._as(self.plan, self.owner).action_close()
        self.assertEqual(self._asked_owner(), [0, 0])

    def test_a_plan_that_may_not_go_on_yet_stays_and_the_owner_is_told_why(self):
        self._hold(self._make_review(), outcome="close")
        self.assertEqual(self.plan.stage, "agreed")
        activity = self._activities(self.plan, "mail_activity_plan_close", self.owner)
        self.assertIn("cannot go to", activity.note)

    def test_late_tasks_and_the_tier_are_facts(self):
        self.company.partner_id.tz = "UTC"
        for deadline, state in (
            ("2024-02-19 23:00:00", "01_in_progress"),
            ("2024-02-19 23:00:00", "1_done"),
            ("2024-02-19 23:00:00", "1_canceled"),
            ("2024-02-20 08:00:00", "01_in_progress"),
            (False, "01_in_progress"),
        ):
            self.env["project.task"].create(
                {
                    "name": "Visit",
                    "cpm_plan_id": self.plan.id,
                    "date_deadline": deadline,
                    "state": state,
                }
            )
        self._assign_tier(self.customer, self.tier_a)
        with self._today("2024-02-20"):
            review = self._make_review(date_due="2024-02-29")
        rows = {row["label"]: row for row in review._get_fact_rows()}
        self.assertEqual(rows["Late tasks"]["now"], "1")
        self.assertEqual(rows["Tier"]["now"], self.tier_a.display_name)
        self.assertIn(self.tier_a.display_name, review.facts_html)

    def test_risks_are_facts(self):
        rows = {row["label"]: row for row in self._make_review()._get_fact_rows()}
        self.assertEqual(rows["Open risks"]["now"], "0")
        self.assertEqual(rows["Value of the worst open risk"]["now"], "0")

    def test_what_was_held_stays_as_it_was(self):
        self._measure(160)
        self.plan.write({"benefit_metric_id": self._money().id})
        review = self._make_review()
        self._hold(review)
        kept = review.read(
            ["facts", "effect", "effect_formula", "cost_benefit_formula", "facts_html"]
        )
        self._measure(190)
        self.plan.sudo().write({"benefit_current": 999})
        self.env.invalidate_all()
        self.assertEqual(
            review.read(
                [
                    "facts",
                    "effect",
                    "effect_formula",
                    "cost_benefit_formula",
                    "facts_html",
                ]
            ),
            kept,
        )
        for vals in (
            {"decisions": "<p>Other</p>"},
            {"effect": 100},
            {"outcome": "close"},
            {"date_due": "2024-01-01"},
        ):
            with self.subTest(vals):
                self._assert_refused(
                    "is over and stays as it is",
                    self.manager,
                    "cpm.plan.review",
                    "write",
                    review.ids,
                    vals,
                )
        for method in ("action_fill", "action_hold", "action_cancel"):
            with self.subTest(method):
                self._assert_refused(
                    "is over and stays",
                    self.manager,
                    "cpm.plan.review",
                    method,
                    review.ids,
                )
        self._assert_refused(
            "was held: it is kept",
            self.manager,
            "cpm.plan.review",
            "unlink",
            review.ids,
        )
        self._rpc(
            self.owner, "cpm.plan.review", "write", review.ids, {"is_public": True}
        )
        self.assertTrue(review.is_public)

    def _money(self):
        metric = self._make_metric("turnover", "sum", currency_field="currency_id")
        self._give_value(self.customer, metric, 500)
        return metric

    def test_results_are_not_typed(self):
        review = self._make_review()
        for name, value in {
            "state": "held",
            "date_held": "2024-01-01",
            "held_by_id": self.manager.id,
            "facts": {},
            "facts_before": {},
            "facts_since": "2024-01-01",
            "effect_proposed": 100,
            "has_effect": True,
            "owner_reminded_on": "2024-01-01",
            "manager_reminded_on": "2024-01-01",
            "company_id": self.company.id,
            "user_id": self.manager.id,
            "tier_id": self.tier_a.id,
        }.items():
            with self.subTest(name):
                self._assert_refused(
                    "cannot be entered by hand",
                    self.manager,
                    "cpm.plan.review",
                    "write",
                    review.ids,
                    {name: value},
                    error=AccessError,
                )

    def test_there_is_one_planned_review(self):
        self._make_review()
        self._assert_refused(
            "has a planned review already",
            self.owner,
            "cpm.plan.review",
            "create",
            {"plan_id": self.plan.id, "date_due": "2024-08-01"},
        )

    def test_days_are_days(self):
        review = self._make_review(date_due="2024-06-30")
        for vals, text in (
            (
                {"next_date": "2024-06-30"},
                "Next review on: choose a day after 06/30/2024",
            ),
            ({"next_date": "9999-12-31"}, "Next review on: 9999-12-31 is no day"),
            ({"date_due": "0001-01-01"}, "Due on: 0001-01-01 is no day"),
            ({"date_due": "soon"}, "Due on: soon is no day"),
        ):
            with self.subTest(vals):
                self._assert_refused(
                    text, self.owner, "cpm.plan.review", "write", review.ids, vals
                )

    def test_overdue_reviews_are_found(self):
        """Where the company is it may be tomorrow."""
        review = self._make_review(date_due="2024-06-01")
        find = [("id", "=", review.id)]
        for zone, is_late in (("UTC", False), ("Asia/Shanghai", True)):
            self.company.partner_id.tz = zone
            self.env.invalidate_all()
            with freeze_time("2024-06-01 16:30:00"), self.subTest(zone):
                self.assertEqual(review.is_overdue, is_late)
                for operator, value in (("=", True), ("!=", False)):
                    found = self.reviews.search(
                        [*find, ("is_overdue", operator, value)]
                    )
                    self.assertEqual(bool(found), is_late)
                found = self.reviews.search([*find, ("is_overdue", "=", False)])
                self.assertEqual(bool(found), not is_late)
        self._hold(review)
        self.assertFalse(self.reviews.search([*find, ("is_overdue", "=", True)]))

    def test_the_end_of_a_plan_ends_its_planned_review(self):
        review = self._make_review()
        self._as(self.plan, self.owner).action_cancel()
        self.assertEqual(review.state, "cancelled")
        self.assertFalse(self.plan.next_review_on)

    def test_means_leave_out_marks_there_was_nothing_to_judge_by(self):
        plans = [self._make_plan() for _index in range(3)]
        for plan in plans:
            plan.stage = "agreed"
        known, unknown, typed = (self._make_review(plan).sudo() for plan in plans)
        known.write({"effect": 0, "has_effect": True})
        unknown.write({"effect": 0, "has_effect": False})
        typed.write({"effect": 60, "has_effect": False})
        reviews = known | unknown | typed
        [(mean,)] = reviews._read_group(
            [("id", "in", reviews.ids)], aggregates=["effect:avg"]
        )
        self.assertEqual(mean, 30)

    def test_the_next_review_can_be_planned_at_once(self):
        review = self._make_review()
        self._hold(review)
        following = self._make_review(date_due=END)
        self.assertEqual((review.state, following.state), ("held", "planned"))
