"""Who looks after new feedback."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import GROUP
from .common_feedback import FeedbackCase


@tagged("post_install", "-at_install")
class TestFeedbackAssign(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bo, cls.cy = (
            cls._make_user(f"cpm_desk_{name}", GROUP % "user_all")
            for name in ("ann", "bob", "cyd")
        )

    def test_the_responsible_of_the_category_comes_first(self):
        team = self._make_team("Robin", (self.bo,), is_round_robin=True)
        category = self._make_category(user_id=self.ann.id)
        feedback = self._make_feedback(category_id=category.id, team_id=team.id)
        self.assertEqual(feedback.user_id, self.ann)

    def test_a_category_inherits_from_the_one_above(self):
        team = self._make_team("Atelier", is_round_robin=False)
        top = self._make_category(
            "Product",
            user_id=self.ann.id,
            team_id=team.id,
            department="Design",
            company_id=self.company.id,
        )
        middle = self._make_category(
            "Fabric", parent_id=top.id, company_id=self.company.id
        )
        leaf = self._make_category(
            "Dye", parent_id=middle.id, company_id=self.company.id
        )
        feedback = self._make_feedback(category_id=leaf.id)
        self.assertEqual(feedback.user_id, self.ann)
        self.assertEqual(feedback.team_id, team)
        self.assertEqual(feedback.department, "Design")
        middle.user_id = self.bo
        self.assertEqual(self._make_feedback(category_id=leaf.id).user_id, self.bo)

    def test_then_the_least_busy_member(self):
        team = self._make_team("Robin", (self.ann, self.bo), is_round_robin=True)
        self._make_feedback(team_id=team.id, user_id=self.ann.id)
        self.assertEqual(self._make_feedback(team_id=team.id).user_id, self.bo)

    def test_a_batch_is_shared_out_evenly(self):
        team = self._make_team(
            "Robin", (self.ann, self.bo, self.cy), is_round_robin=True
        )
        batch = self.feedback.create(
            [
                {
                    "name": str(index),
                    "company_id": self.company.id,
                    "team_id": team.id,
                }
                for index in range(9)
            ]
        )
        shares = [
            len(batch.filtered(lambda item, user=user: item.user_id == user))
            for user in (self.ann, self.bo, self.cy)
        ]
        self.assertEqual(shares, [3, 3, 3])

    def test_what_is_done_is_no_load(self):
        team = self._make_team("Robin", (self.ann, self.bo), is_round_robin=True)
        for stage in ("solved", "closed", "cancelled"):
            self._make_feedback(stage=stage, team_id=team.id, user_id=self.ann.id)
        self._make_feedback(team_id=team.id, user_id=self.bo.id)
        self.assertEqual(self._make_feedback(team_id=team.id).user_id, self.ann)

    def test_else_the_account_manager(self):
        feedback = self._make_feedback()
        self.assertEqual(feedback.team_id, self.team)
        self.assertEqual(feedback.user_id, self.user_all)

    def test_whoever_was_chosen_stays(self):
        category = self._make_category(user_id=self.ann.id)
        feedback = self._make_feedback(category_id=category.id, user_id=self.bo.id)
        self.assertEqual(feedback.user_id, self.bo)

    def test_colleagues_who_left_are_passed_over(self):
        team = self._make_team("Robin", (self.bo, self.cy), is_round_robin=True)
        category = self._make_category(user_id=self.ann.id)
        self.ann.active = False
        self.bo.active = False
        feedback = self._make_feedback(category_id=category.id, team_id=team.id)
        self.assertEqual(feedback.user_id, self.cy)
        self.cy.active = False
        self.user_all.active = False
        self.assertFalse(self._make_feedback(team_id=team.id).user_id)

    def test_people_of_other_companies_get_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._make_user(
            "cpm_stranger",
            GROUP % "user_all",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        category = self._make_category(user_id=stranger.id)
        feedback = self._make_feedback(category_id=category.id)
        self.assertEqual(feedback.user_id, self.user_all, "the account manager instead")

    def test_without_anybody_it_waits_for_somebody(self):
        self.customer.manager_id = False
        self.assertFalse(self._make_feedback().user_id)

    def test_categories_and_causes_do_not_go_in_circles(self):
        for make in (
            self._make_category,
            lambda name, **vals: self.cause.create({"name": name, **vals}),
        ):
            top = make("Top")
            leaf = make("Leaf", parent_id=top.id)
            with self.subTest(model=top._name):
                with self.assertRaises(UserError):
                    top.parent_id = leaf
                with self.assertRaises(UserError):
                    leaf.parent_id = leaf
