"""Scorecards: points, weights, levels, and which one judges a customer."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))


class TestScoringScorecard(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.a = cls._make_manual_metric("a")
        cls.b = cls._make_manual_metric("b")
        cls.c = cls._make_manual_metric("c")
        cls.customer = cls._make_customer()

    def _score(self, customer=None, **values):
        customer = customer or self.customer
        for code, value in values.items():
            self._give_value(customer, getattr(self, code), value)
        return self._ghost()[customer.id]["value_score"]

    # ------------------------------------------------------------------ Points

    def test_thresholds_exactly_at_just_under_and_just_over(self):
        self._make_scorecard((self.a, 1, {0: 10, 100: 50, 200.5: 100}))
        for value, points in (
            (-0.01, 0),
            (0, 10),
            (99.99, 10),
            (100, 50),
            (100.01, 50),
            (200.49, 50),
            (200.5, 100),
            (1e12, 100),
        ):
            with self.subTest(value):
                self.assertEqual(self._score(a=value), points)

    def test_thresholds_need_not_rise_in_points(self):
        """The shorter the silence the better: fewer points for more days."""
        self._make_scorecard((self.a, 1, {0: 100, 31: 50, 91: 0}))
        for value, points in ((0, 100), (30, 100), (31, 50), (90, 50), (91, 0)):
            with self.subTest(value):
                self.assertEqual(self._score(a=value), points)

    def test_linear_range_upwards_is_clamped(self):
        self._make_scorecard((self.a, 1, (50, 150)))
        for value, points in (
            (49, 0),
            (50, 0),
            (50.5, 0.5),
            (100, 50),
            (149.99, 99.99),
            (150, 100),
            (1e9, 100),
        ):
            with self.subTest(value):
                self.assertEqual(self._score(a=value), points)

    def test_linear_range_downwards_is_clamped(self):
        self._make_scorecard((self.a, 1, (150, 50)))
        for value, points in ((160, 0), (150, 0), (100, 50), (50, 100), (-9, 100)):
            with self.subTest(value):
                self.assertEqual(self._score(a=value), points)

    def test_percentile_is_the_share_of_the_others_doing_worse(self):
        self._make_scorecard((self.a, 1, None))
        customers = self._make_customers(5)
        for customer, value in zip(customers, (10, 20, 20, 20, 50), strict=True):
            self._give_value(customer, self.a, value)
        rows = self._ghost()
        self.assertEqual(
            [rows[customer.id]["value_score"] for customer in customers],
            [0, 25, 25, 25, 100],
            "equal values get equal points",
        )

    def test_percentile_of_a_metric_that_should_be_low(self):
        self.a.higher_is_better = False
        self._make_scorecard((self.a, 1, None))
        customers = self._make_customers(3)
        for customer, value in zip(customers, (10, 20, 30), strict=True):
            self._give_value(customer, self.a, value)
        rows = self._ghost()
        self.assertEqual(
            [rows[customer.id]["value_score"] for customer in customers], [100, 50, 0]
        )

    def test_percentile_is_given_in_whole_points(self):
        self._make_scorecard((self.a, 1, None))
        customers = self._make_customers(4)
        for number, customer in enumerate(customers):
            self._give_value(customer, self.a, number)
        rows = self._ghost()
        self.assertEqual(
            [rows[customer.id]["value_score"] for customer in customers],
            [0, 33, 67, 100],
        )

    def test_customers_without_value_are_not_among_the_others(self):
        self._make_scorecard((self.a, 1, None))
        customers = self._make_customers(4)
        for customer, value in zip(customers[:2], (10, 20), strict=True):
            self._give_value(customer, self.a, value)
        rows = self._ghost()
        self.assertEqual(
            [rows[customer.id]["value_score"] for customer in customers],
            [0, 100, None, None],
        )

    def test_nobody_to_compare_with_is_no_praise(self):
        self._make_scorecard((self.a, 1, None))
        self.assertEqual(self._score(a=10), 0)

    def test_customers_are_compared_under_the_same_scorecard_only(self):
        customers = self._make_customers(4)
        segment = self.env["cpm.segment"].create(
            {
                "name": "Half",
                "company_id": self.company.id,
                "domain": f"[('id', 'in', {customers[:2].ids})]",
            }
        )
        self._make_scorecard((self.a, 1, None), segment_id=segment.id)
        self._make_scorecard((self.a, 1, None))
        for customer, value in zip(customers, (10, 20, 1, 2), strict=True):
            self._give_value(customer, self.a, value)
        rows = self._ghost()
        self.assertEqual(
            [rows[customer.id]["value_score"] for customer in customers],
            [0, 100, 0, 100],
        )

    # ----------------------------------------------------------------- Weights

    def test_weights_need_not_sum_to_a_hundred(self):
        self._make_scorecard((self.a, 3, (0, 100)), (self.b, 1, (0, 100)))
        self.assertEqual(self._score(a=100, b=0), 75)

    def test_scaling_all_weights_changes_nothing(self):
        card = self._make_scorecard((self.a, 3, (0, 100)), (self.b, 1, (0, 100)))
        before = self._score(a=90, b=33)
        for line in card.line_ids:
            line.weight *= 1000
        self.assertEqual(self._score(), before)

    def test_missing_values_are_left_out_not_counted_as_zero(self):
        self._make_scorecard(
            (self.a, 3, (0, 100)), (self.b, 1, (0, 100)), (self.c, 6, None)
        )
        self.assertEqual(self._score(b=40), 40)
        self.assertEqual(self._score(a=80), 70)

    def test_without_any_value_there_is_no_score(self):
        self._make_scorecard((self.a, 1, (0, 100)))
        self.assertIsNone(self._score())
        self._run()
        self.assertFalse(self.customer.value_level)
        self.assertFalse(self.customer.score_ids)

    def test_weight_zero_does_not_count(self):
        self._make_scorecard((self.a, 0, (0, 100)), (self.b, 1, (0, 100)))
        self.assertEqual(self._score(a=100, b=20), 20)
        self._give_value(self._make_customer(), self.a, 100)

    def test_customer_with_values_of_no_weight_only_has_no_score(self):
        self._make_scorecard((self.a, 0, (0, 100)), (self.b, 1, (0, 100)))
        self.assertIsNone(self._score(a=100))

    def test_shares_are_shown_in_percent(self):
        card = self._make_scorecard(
            (self.a, 3, (0, 100)), (self.b, 1, (0, 100)), (self.c, 0, (0, 100))
        )
        self.assertEqual(card.line_ids.mapped("weight_percent"), [75, 25, 0])
        card.line_ids[0].weight = 1
        self.assertEqual(card.line_ids.mapped("weight_percent"), [50, 50, 0])

    def test_score_is_rounded_to_cents_before_it_is_compared(self):
        """Three times a third of 80 is 80, although computers see 79.99999999999999."""
        self._make_scorecard(
            (self.a, 0.1, (0, 100)), (self.b, 0.2, (0, 100)), (self.c, 0.7, (0, 100))
        )
        self._score(a=80, b=80, c=80)
        self._run()
        self.assertEqual(self.customer.value_score, 80)
        self.assertEqual(self.customer.tier_id, self.tier_a)

    def test_rounding_decides_at_the_threshold(self):
        self._make_scorecard((self.a, 1, (0, 100)))
        for value, score, tier in (
            (79.994, 79.99, self.tier_b),
            (79.996, 80, self.tier_a),
        ):
            with self.subTest(value):
                customer = self._make_customer()
                self._give_value(customer, self.a, value)
                self._run()
                self.assertEqual(customer.value_score, score)
                self.assertEqual(customer.tier_id, tier)

    # ------------------------------------------------------------------ Levels

    def test_levels_exactly_at_just_under_and_just_over(self):
        self._make_scorecard((self.a, 1, (0, 100)), high_from=70, medium_from=40)
        for score, level in (
            (0, "low"),
            (39.99, "low"),
            (40, "medium"),
            (40.01, "medium"),
            (69.99, "medium"),
            (70, "high"),
            (100, "high"),
        ):
            with self.subTest(score):
                self._score(a=score)
                row = self._ghost()[self.customer.id]
                self.assertEqual(row["value_level"], level)

    def test_equal_limits_leave_no_medium(self):
        self._make_scorecard((self.a, 1, (0, 100)), high_from=50, medium_from=50)
        for score, level in ((49.99, "low"), (50, "high")):
            self._score(a=score)
            self.assertEqual(self._ghost()[self.customer.id]["value_level"], level)

    def test_level_moves_when_only_its_limit_does(self):
        card = self._make_scorecard((self.a, 1, (0, 100)))
        self._score(a=60)
        self._run()
        self.assertEqual(self.customer.value_level, "medium")
        card.high_from = 60
        self._run(full=False)
        self.assertEqual(self.customer.value_level, "high")

    # ------------------------------------------------------------ Most specific

    def test_most_specific_scorecard_judges(self):
        segment = self.env["cpm.segment"].create({"name": "All", "domain": "[]"})
        self._assign_tier(self.customer, self.tier_b)
        self._give_value(self.customer, self.a, 1)
        rising = (
            (1, {"company_id": False}),
            (2, {}),
            (4, {"tier_id": self.tier_b.id}),
            (5, {"segment_id": segment.id, "company_id": False}),
            (6, {"segment_id": segment.id}),
            (7, {"segment_id": segment.id, "tier_id": self.tier_b.id}),
        )
        for score, scope in rising:
            self._make_scorecard((self.a, 1, {0: score}), sequence=100 - score, **scope)
            with self.subTest(scope):
                self.assertEqual(self._score(), score)

    def test_sequence_decides_between_equals(self):
        self._make_scorecard((self.a, 1, {0: 30}), sequence=20)
        self._make_scorecard((self.a, 1, {0: 60}), sequence=10)
        self.assertEqual(self._score(a=1), 60)

    def test_scorecard_of_another_tier_or_company_does_not_judge(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._make_scorecard((self.a, 1, {0: 10}))
        self._make_scorecard((self.a, 1, {0: 99}), tier_id=self.tier_a.id)
        self._make_scorecard((self.a, 1, {0: 99}), company_id=other.id)
        self._make_scorecard((self.a, 1, {0: 99}), active=False)
        self.assertEqual(self._score(a=1), 10)

    def test_purposes_are_judged_apart(self):
        self._make_scorecard((self.a, 1, {0: 10}))
        self._make_scorecard((self.a, 1, {0: 20}), purpose="health")
        self._make_scorecard((self.a, 1, {0: 30}), purpose="loyalty")
        self._score(a=1)
        row = self._ghost()[self.customer.id]
        self.assertEqual(
            [row[f"{purpose}_score"] for purpose in ("value", "health", "loyalty")],
            [10, 20, 30],
        )

    # -------------------------------------------------------------- Validation

    def test_entries_that_make_no_sense_are_refused(self):
        card = self._make_scorecard((self.a, 1, (0, 100)), (self.b, 1, {0: 1, 9: 2}))
        linear, banded = card.line_ids
        cases = [
            (linear, {"weight": -1}, "Weight"),
            (linear, {"low_value": 100}, "differ"),
            (banded, {"band_ids": [Command.clear()]}, "threshold"),
            (banded, {"banding": "linear"}, "differ"),
            (linear, {"banding": "threshold"}, "threshold"),
            (banded.band_ids[0], {"from_value": 9}, "same value"),
            (banded.band_ids[0], {"points": 101}, "Points"),
            (banded.band_ids[0], {"points": -1}, "Points"),
            (card, {"high_from": 30}, "Test value"),
            (card, {"medium_from": 71}, "Test value"),
            (card, {"high_from": 101}, "High from"),
            (card, {"medium_from": -1}, "Medium from"),
        ]
        cases += [
            (record, {name: number}, self.env[record._name]._cpm_label(name))
            for number in NOT_NUMBERS
            for record, name in (
                (linear, "weight"),
                (linear, "low_value"),
                (linear, "high_value"),
                (banded.band_ids[0], "from_value"),
                (banded.band_ids[0], "points"),
                (card, "high_from"),
                (card, "medium_from"),
            )
        ]
        for record, vals, text in cases:
            with self.subTest(model=record._name, vals=vals):
                with self.assertRaises(ValidationError) as caught:
                    record.write(vals)
                self.assertIn(text, str(caught.exception))

    def test_scorecard_needs_a_line_that_weighs(self):
        with self.assertRaisesRegex(ValidationError, "weight above zero"):
            self._make_scorecard((self.a, 0, (0, 100)))
        card = self._make_scorecard((self.a, 1, (0, 100)), (self.b, 0, (0, 100)))
        with self.assertRaisesRegex(ValidationError, "weight above zero"):
            card.line_ids = [Command.update(card.line_ids[0].id, {"weight": 0})]

    def test_scorecard_in_which_nothing_weighs_judges_nobody(self):
        card = self._make_scorecard((self.a, 1, (0, 100)), (self.b, 0, (0, 100)))
        card.line_ids[0].unlink()
        self._make_scorecard((self.c, 1, (0, 100)), sequence=99)
        self.assertEqual(self._score(a=1, b=2, c=3), 3)
        self._run()
        self.assertEqual(self.customer.value_score, 3)

    def test_metric_counts_only_once_in_a_scorecard(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._make_scorecard((self.a, 1, (0, 100)), (self.a, 1, (0, 100)))

    def test_the_database_refuses_what_python_would_let_through(self):
        card = self._make_scorecard((self.a, 1, (0, 100)), (self.b, 1, {0: 1}))
        linear, banded = card.line_ids
        for record, name, bounds in (
            (linear, "weight", (-1,)),
            (linear, "low_value", ()),
            (linear, "high_value", ()),
            (banded.band_ids, "from_value", ()),
            (banded.band_ids, "points", (-1, 101)),
            (card, "high_from", (-1, 101)),
            (card, "medium_from", (-1, 101)),
        ):
            for number in (*NOT_NUMBERS, *bounds):
                with (
                    self.subTest(table=record._table, name=name, number=number),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET %s = %s WHERE id = %s",
                            SQL.identifier(record._table),
                            SQL.identifier(name),
                            number,
                            record.id,
                        )
                    )

    def test_copy_has_lines_of_its_own(self):
        card = self._make_scorecard((self.a, 3, {0: 1, 5: 9}), (self.b, 1, (0, 1)))
        twin = card.copy()
        self.assertEqual(twin.line_ids.mapped("weight"), [3, 1])
        self.assertEqual(twin.line_ids.band_ids.mapped("points"), [1, 9])
        self.assertFalse(twin.line_ids & card.line_ids)

    def test_lines_say_their_rule_in_words(self):
        card = self._make_scorecard(
            (self.a, 1, {0: 10, 31: 80}), (self.b, 1, (0, 50)), (self.c, 1, None)
        )
        first, second, third = card.line_ids.mapped("rule_text")
        self.assertIn("31", first)
        self.assertIn("80", first)
        self.assertIn("50", second)
        self.assertIn("customers", third)

    def test_shipped_scorecards_make_sense(self):
        for purpose in ("value", "health", "loyalty"):
            card = self.env.ref(f"customer_plan_mgmt.cpm_scorecard_{purpose}")
            self.assertEqual(card.purpose, purpose)
            self.assertTrue(card.line_ids)
            card.line_ids._check_banding()
            card._check_levels()
