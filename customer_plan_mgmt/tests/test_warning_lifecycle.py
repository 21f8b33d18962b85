"""Lifecycle stages follow from warnings and from whether a customer has left."""

import random
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError

from .common import DAY
from .common_loss import LossCase

RULES = (
    ("lost", "['|', ('is_lost', '=', 1), ('given_up', '=', 1)]"),
    ("alarmed", "[('warning_severity', '>=', 3)]"),
    ("watched", "[('open_warnings', '>=', 1)]"),
    ("fine", "[('is_lost', '=', 0), ('given_up', '=', 0), ('open_warnings', '=', 0)]"),
)


class TestWarningLifecycle(LossCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_stages(*RULES)

    def _code(self, customer):
        return customer.lifecycle_stage_id.code

    def test_silent_for_longer_than_the_loss_days(self):
        present, gone = self._bought(100), self._bought(101)
        never = self._make_customer()
        self._run()
        self.assertEqual(
            [self._code(c) for c in (present, gone, never)], ["fine", "lost", "fine"]
        )
        self.company.cpm_loss_days = 101
        self._run(full=False)
        self.assertEqual(self._code(gone), "fine")

    def test_open_warnings_count_until_they_are_closed(self):
        customer = self._bought(1)
        warning = self._warn(customer, "1")
        self._run()
        self.assertEqual(self._code(customer), "watched")
        warning.severity = "2"
        self._run(full=False)
        self.assertEqual(self._code(customer), "alarmed")
        self._close(warning)
        self._run(full=False)
        self.assertEqual(self._code(customer), "fine")

    def test_given_up_until_the_next_purchase(self):
        customer = self._bought(5)
        self._close(self._warn(customer), "lost")
        self._run()
        self.assertEqual(self._code(customer), "lost")
        # On the same day nobody knows which was first
        self._make_purchases(customer, (DAY, 10))
        self._run(DAY)
        self.assertEqual(self._code(customer), "lost")
        later = DAY + timedelta(days=1)
        self._make_purchases(customer, (later, 10))
        with freeze_time(later):
            self._run(later)
        self.assertEqual(self._code(customer), "fine")
        self.assertFalse(customer.given_up_on)

    def test_a_customer_who_never_bought_can_be_given_up(self):
        customer = self._make_customer()
        self._close(self._warn(customer), "lost")
        with freeze_time(DAY):
            self._run()
        self.assertEqual(self._code(customer), "lost")
        self.assertEqual(customer.given_up_on, DAY)

    def test_without_a_sign_of_life_nobody_moves(self):
        customer = self._bought(101)
        self._run()
        self.last.sudo().active = False
        self._make_purchases(customer, (DAY, 10))
        with self.assertLogs("odoo.addons.customer_plan_mgmt", "WARNING") as logs:
            self._run()
        self.assertIn("is_lost", "".join(logs.output))
        self.assertEqual(self._code(customer), "lost")

    def test_names_are_reserved_and_explained(self):
        for name in ("open_warnings", "warning_severity", "given_up", "is_lost"):
            with self.assertRaisesRegex(ValidationError, name):
                self._make_metric(name)
        stage = self._make_stage("new", "[('given_up', '=', 1)]")
        self.assertEqual(
            stage.rule_in_words, "Given up since the last sign of life is yes"
        )
        self.assertIn("0 none, 1 Low", stage.rule_names)
        stage.rule = "[('warning_severity', '>=', 3), ('is_lost', 'in', [0, 1])]"
        self.assertEqual(
            stage.rule_in_words,
            "Gravest open warning ≥ High and Silent for longer than the loss days is "
            "no, yes",
        )
        with self.assertRaisesRegex(ValidationError, "given_up"):
            stage.rule = "[('given_up', '=', 'yes')]"

    def test_the_past_knows_the_warnings_of_that_day(self):
        customer = self._bought(200, 30, 1)
        warning = self._warn(customer, "3", raised_on=self._before(20))
        self._close(warning, day=self._before(10))
        second = self._warn(customer, "0", raised_on=self._before(8))
        self._close(second, "lost", day=self._before(4))
        (warning | second).active = False  # that changes nothing of the past
        for days, code in (
            (150, "fine"),
            (99, "lost"),
            (25, "fine"),
            (20, "alarmed"),
            (11, "alarmed"),
            (10, "fine"),
            (8, "watched"),
            (4, "lost"),
            (2, "lost"),
            (1, "fine"),
        ):
            with self.subTest(days=days), freeze_time(DAY):
                row = self._ghost(self._before(days))[customer.id]
                stage = self.env["cpm.lifecycle.stage"].browse(
                    row["lifecycle_stage_id"]
                )
                self.assertEqual(stage.code, code)

    def test_an_incremental_night_finds_whom_warnings_move(self):
        quiet, loud = self._bought(5), self._bought(5)
        self._run(full=True)
        warning = self._warn(loud)
        self._forget_edits()
        day = DAY + timedelta(days=1)
        result = self._run(day, full=False)
        self.assertFalse(result.full)
        self.assertEqual((result.looked_at, result.changed), (1, 1))
        self.assertEqual([self._code(c) for c in (quiet, loud)], ["fine", "alarmed"])
        self._forget_edits()
        self.assertEqual(self._run(day, full=False).looked_at, 0)
        self._close(warning, "lost", day)
        self._forget_edits()
        self.assertEqual(self._run(day, full=False).changed, 1)
        self.assertEqual(self._code(loud), "lost")

    def test_nights_full_runs_and_the_past_agree(self):
        """Purchases, warnings and loss days move at random; every night is
        incremental. What it stores must be what a dry and a full run of that day find,
        and what a run for that past day finds later."""
        rng = random.Random(11)
        customers = self._make_customers(8)
        self.company.cpm_loss_days = 6
        day, nights = DAY, {}
        with freeze_time(day):
            self._run(day, full=True)
        for _night in range(20):
            day += timedelta(days=1)
            with freeze_time(day):
                for customer in rng.sample(customers.ids, 3):
                    self._move_at_random(rng, customers.browse(customer), day)
                self._forget_edits()
                self._run(day, full=False)
                nights[day] = stored = self._stages(customers)
                self.assertEqual(self._found(day, customers), stored)
                self.assertEqual(self._run(day, full=True).changed, 0)
        with freeze_time(day + timedelta(days=1)):
            for past, stored in nights.items():
                self.assertEqual(self._found(past, customers), stored, past)
        self.assertEqual(
            {code for stored in nights.values() for code in stored.values()},
            {"lost", "alarmed", "watched", "fine"},
        )

    def _stages(self, customers):
        return {customer.id: self._code(customer) for customer in customers}

    def _found(self, day, customers):
        stages = self.env["cpm.lifecycle.stage"]
        rows = self._ghost(day)
        return {
            customer: stages.browse(rows[customer]["lifecycle_stage_id"]).code
            for customer in customers.ids
        }

    def _move_at_random(self, rng, customer, day):
        deed = rng.choice(("buy", "warn", "save", "lose", "nothing"))
        warnings = customer.warning_ids.filtered(lambda w: w.state in ("new",))
        if deed == "buy":
            self._make_purchases(customer, (day, 10))
        elif deed == "warn":
            self._warn(customer, rng.choice("0123"), raised_on=day)
        elif warnings and deed != "nothing":
            self._close(warnings[0], {"save": "saved", "lose": "lost"}[deed], day)


class TestWarningLifecycleShipped(LossCase):
    """The shipped rules, with the shipped sign of life and 365 days."""

    @classmethod
    def _archive_shipped(cls):
        cls.env["cpm.scorecard"].search([]).active = False

    @classmethod
    def setUpClass(cls):
        super(LossCase, cls).setUpClass()

    def _stage(self, customer, day=DAY):
        with freeze_time(day):
            self._run(day)
        return customer.lifecycle_stage_id.code

    def test_a_grave_warning_puts_a_loyal_customer_at_risk(self):
        customer = self._bought(1, 91, 181, 271, 400)
        self.assertEqual(self._stage(customer), "loyal")
        warning = self._warn(customer, "1")
        self.assertEqual(self._stage(customer), "loyal")
        warning.severity = "2"
        self.assertEqual(self._stage(customer), "at_risk")
        self._close(warning)
        self.assertEqual(self._stage(customer), "loyal")

    def test_given_up_is_lost_and_buying_again_won_back(self):
        customer = self._bought(1, 91, 181)
        self._close(self._warn(customer), "lost")
        self.assertEqual(self._stage(customer), "lost")
        self.assertEqual(self._stage(customer, DAY + timedelta(days=1)), "lost")
        later = DAY + timedelta(days=2)
        self._make_purchases(customer, (later, 10))
        self.assertEqual(self._stage(customer, later), "won_back")

    def test_silence_is_measured_by_the_loss_days(self):
        customer = self._bought(50, 60)
        self.company.cpm_loss_days = 45
        self.assertEqual(self._stage(customer), "lost")
        # It did not come back: a short rhythm does not win it back
        self.assertEqual(self._stage(customer, DAY + timedelta(days=1)), "lost")
        self.company.cpm_loss_days = 0
        self.assertEqual(self._stage(self._bought(365)), "at_risk")
        self.assertEqual(self._stage(self._bought(366)), "lost")

    def test_a_prospect_with_a_warning_stays_one(self):
        customer = self._make_customer()
        self._warn(customer, "3")
        self.assertEqual(self._stage(customer), "prospect")
