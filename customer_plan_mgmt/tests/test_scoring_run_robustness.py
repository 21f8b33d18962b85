"""What a run survives: being killed, a second run, people working meanwhile."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.customer_plan_mgmt.models.scoring.engine import difference, run
from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import LOCK_SPACE
from odoo.addons.customer_plan_mgmt.models.scoring.engine.writer import Writer

from .common import DAY, CpmCommon


class Killed(Exception):
    """The server went away."""


class TestScoringRunRobustness(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.revenue = cls._make_metric("revenue", "sum")
        cls._make_scorecard((cls.revenue, 1, (0, 100)), purpose="health")
        cls.rich, cls.poor = cls._make_stages(
            ("rich", "[('points', '>=', 50)]"), ("poor", "[('points', '<', 50)]")
        )
        cls.customers = cls._make_customers(6)
        for number, customer in enumerate(cls.customers):
            cls._make_purchases(customer, (DAY, 10 * number))
            cls._give_score(customer, 95 - 10 * number)

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(run, "BATCH", 2))
        self.enterContext(patch.object(difference, "BATCH", 2))

    def _before_batch(self, number, deed):
        """Call ``deed`` right before batch ``number`` (from 1) is written."""
        write_batch, seen = Writer.write_batch, []

        def interrupted(writer, first, last):
            seen.append(first)
            if len(seen) == number:
                deed()
                self.env.flush_all()
            return write_batch(writer, first, last)

        self.enterContext(patch.object(Writer, "write_batch", interrupted))

    def _state(self):
        self.env.invalidate_all()
        return {
            customer.id: (
                customer.value_score,
                customer.value_level,
                customer.health_score,
                customer.tier_id,
                customer.lifecycle_stage_id,
                tuple(sorted(customer.metric_value_ids.mapped("value"))),
            )
            for customer in self.customers
        }

    # -------------------------------------------------------------------- Killed

    def _run_and_die(self, batch):
        def die():
            raise Killed

        with patch.object(Writer, "write_batch", Writer.write_batch):
            self._before_batch(batch, die)
            try:  # no rollback: what was written before the end stays
                self._run()
            except Killed:
                return
        self.fail("the run was not interrupted")

    def test_killed_run_leaves_whole_customers(self):
        expected = self._ghost()
        self._run_and_die(2)
        done = self.customers.filtered("value_level")
        self.assertEqual(len(done), 2)
        self.env.invalidate_all()
        for customer in done:
            row = expected[customer.id]
            self.assertEqual(customer.value_score, row["value_score"])
            self.assertEqual(customer.tier_id.id, row["tier_id"])
            self.assertEqual(len(customer.score_ids), 2, "value and health")
            self.assertEqual(len(customer.tier_change_ids), 1)
            self.assertTrue(customer.metric_value_ids)
        others = self.customers - done
        self.assertFalse(others.tier_change_ids)
        self.assertFalse(others.score_ids)
        self.assertFalse(self.company.cpm_last_run_at, "not a finished run")

    def test_run_after_a_killed_one_comes_to_the_same_end(self):
        expected = self._ghost()
        for batch in (2, 2):
            self._run_and_die(batch)
        self._run()
        self.env.invalidate_all()
        for customer in self.customers:
            row = expected[customer.id]
            self.assertEqual(customer.value_score, row["value_score"])
            self.assertEqual(customer.tier_id.id, row["tier_id"])
            self.assertEqual(customer.lifecycle_stage_id.id, row["lifecycle_stage_id"])
            with self.subTest("history is not doubled"):
                self.assertEqual(len(customer.score_ids), 2)
                self.assertEqual(len(customer.tier_change_ids), 1)
        self.assertEqual(self._run(full=True).changed, 0)

    def test_killed_incremental_night_is_made_good_by_the_next(self):
        self._run()
        for customer in self.customers:
            self._give_score(customer, 100 - customer.value_score)
        self._forget_edits()
        expected = self._ghost(DAY + timedelta(days=1))

        def die():
            raise Killed

        with patch.object(Writer, "write_batch", Writer.write_batch):
            self._before_batch(2, die)
            try:
                self._run(DAY + timedelta(days=1), full=False)
            except Killed:
                killed = True
        self.assertTrue(killed)
        self.assertFalse(self._run(DAY + timedelta(days=1), full=False).full)
        for customer in self.customers:
            self.assertEqual(customer.value_score, expected[customer.id]["value_score"])
            days = customer.score_ids.filtered(lambda s: s.purpose == "value")
            self.assertEqual(len(days), 2)

    # ---------------------------------------------------------------- Two at once

    @contextmanager
    def _run_elsewhere(self):
        """Hold the lock of the company from another connection."""
        key = [LOCK_SPACE, self.company.id]
        with self.registry.cursor() as other:
            # Never wait: what a run of this very test locks stays locked to its end
            other.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
            self.assertTrue(other.fetchone()[0])
            yield
            other.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    def test_second_run_says_that_one_is_under_way(self):
        with self._run_elsewhere():
            for start in (
                self._run,
                lambda: self._run(full=True),
                lambda: self._run(commit=True),
                self.customers[0].action_recalculate,
            ):
                with self.assertRaisesRegex(UserError, "Northwind.*right now"):
                    with (
                        patch.object(IrCron, "_commit_progress"),
                        patch.object(self.env.cr, "rollback"),
                    ):
                        start()
        self.assertFalse(self.customers[0].value_level)
        self._run()
        self.assertTrue(self.customers[0].value_level)

    def test_other_companies_and_dry_runs_do_not_wait(self):
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        with self._run_elsewhere():
            self._run(company=other_company)
            self.assertEqual(len(self._ghost()), 6)

    def test_merging_contacts_waits_for_nobody(self):
        """The merged customer is scored by the next run instead."""
        one, two = self.customers[:2].partner_id
        with self._run_elsewhere():
            wizard = self.env["base.partner.merge.automatic.wizard"]
            wizard._merge([one.id, two.id], two)
        self.assertFalse(one.exists())
        self.assertEqual(len(self.customers.exists()), 5)
        self._run()
        self.assertEqual(self._run(full=True).changed, 0)

    def test_lock_is_given_back_after_a_failure(self):
        def fail():
            raise Killed

        with (
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback"),
            patch.object(Writer, "write_batch", Writer.write_batch),
        ):
            self._before_batch(1, fail)
            try:
                self._run(commit=True)
            except Killed:
                killed = True
        self.assertTrue(killed)
        with self.registry.cursor() as other:
            other.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, self.company.id]
            )
            self.assertTrue(other.fetchone()[0])
            other.execute("SELECT pg_advisory_unlock_all()")

    # ------------------------------------------------------------ People meanwhile

    def test_tier_set_by_hand_during_the_run_is_kept(self):
        self._run()
        customer = self.customers[0]
        self._give_score(self.customers, 45)
        self._before_batch(
            1,
            lambda: self.customers._set_tier(
                self.tier_a, origin="manual", reason="Meanwhile"
            ),
        )
        self._run(DAY + timedelta(days=1))
        self.assertEqual(customer.tier_id, self.tier_a)
        self.assertEqual(customer.tier_origin, "manual")
        self.assertEqual(customer.tier_reason, "Meanwhile")
        by_rule = customer.tier_change_ids.filtered(lambda c: c.origin == "rule")
        self.assertEqual(len(by_rule), 1, "only the first classification")

    def test_nothing_is_told_of_a_move_that_did_not_happen(self):
        """The manager chose the very tier the rule was about to give."""
        self._run()
        customer = self.customers[0]
        self.tier_a.write({"promotion_threshold": 99, "demotion_threshold": 98})
        self._before_batch(
            1,
            lambda: customer._set_tier(
                self.tier_b, origin="manual", reason="Meanwhile"
            ),
        )
        self._run(DAY + timedelta(days=1))
        self.assertEqual(customer.tier_origin, "manual")
        newest = customer.tier_change_ids.filtered(
            lambda c: c.to_tier_id == self.tier_b
        )
        self.assertEqual(newest.mapped("reason"), ["Meanwhile"])

    def test_stage_set_by_hand_during_the_run_is_kept(self):
        self._run()
        customer = self.customers[0]
        self._give_score(self.customers, 45)
        self._before_batch(
            1, lambda: customer._set_lifecycle(self.poor, reason="Meanwhile")
        )
        self._run(DAY + timedelta(days=1))
        self.assertEqual(customer.lifecycle_origin, "manual")
        self.assertEqual(customer.lifecycle_reason, "Meanwhile")

    def test_nothing_is_told_of_a_stage_that_was_chosen_by_hand(self):
        self._run()
        customer = self.customers[0]
        self.rich.rule = "[('points', '>=', 99)]"
        self.poor.rule = "[('points', '<', 99)]"
        before = len(customer.message_ids)
        self._before_batch(
            1, lambda: customer._set_lifecycle(self.poor, reason="Meanwhile")
        )
        self._run(DAY + timedelta(days=1))
        self.assertEqual(customer.lifecycle_origin, "manual")
        self.assertEqual(len(customer.message_ids), before + 1)

    def test_refusal_of_scoring_during_the_run_is_honoured(self):
        customer = self.customers[0]
        self._before_batch(1, lambda: self.customers.write({"score_excluded": True}))
        self._run()
        self.assertFalse(customer.value_level)
        self.assertFalse(customer.score_ids)
        self.assertFalse(
            customer.metric_value_ids
            - customer.metric_value_ids.filtered(
                lambda row: row.metric_id == self.points
            )
        )

    def test_customer_deleted_during_the_run_is_forgotten(self):
        self._before_batch(1, lambda: self.customers[0].partner_id.unlink())
        result = self._run()
        self.assertEqual(result.changed, 6)
        self.assertEqual(len(self.customers.exists().filtered("value_level")), 5)

    def test_overtaken_customers_are_caught_up_by_the_next_night(self):
        self._run()
        self._give_score(self.customers, 45)
        self._before_batch(
            1,
            lambda: self.customers._set_tier(
                self.tier_b, origin="manual", reason="Meanwhile"
            ),
        )
        self._run(DAY + timedelta(days=1))
        self._run(DAY + timedelta(days=2), full=False)
        self.assertEqual(set(self.customers.mapped("value_score")), {45})
        self.assertEqual(self._run(DAY + timedelta(days=2), full=True).changed, 0)

    def test_conflict_with_somebodys_edit_is_tried_again(self):
        write_batch, attempts = Writer.write_batch, []

        def conflicting(writer, first, last):
            attempts.append(first)
            if attempts.count(first) == 1:
                raise psycopg2.errors.SerializationFailure("edited meanwhile")
            return write_batch(writer, first, last)

        with (
            patch.object(Writer, "write_batch", conflicting),
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback") as rollback,
            patch.object(run.time, "sleep"),
        ):
            self._run(commit=True)
        self.assertEqual(attempts, [1, 1, 3, 3, 5, 5])
        self.assertEqual(rollback.call_count, 3)
        self.assertEqual(len(self.customers.score_ids), 12)
        self.assertEqual(self._run(full=True).changed, 0)

    def _run_with_conflicts(self, owner, name, *errors):
        """Run with permission to commit; let ``owner.name`` fail with ``errors`` first.

        :return: how often it was called
        """
        original, left, calls = getattr(owner, name), list(errors), []

        def conflicting(*args, **kwargs):
            calls.append(name)
            if left:
                raise left.pop(0)
            return original(*args, **kwargs)

        with (
            patch.object(owner, name, conflicting),
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback"),
            patch.object(run.time, "sleep"),
        ):
            self._run(commit=True)
        return len(calls)

    def test_every_part_of_a_run_is_tried_again(self):
        """Odoo never repeats a scheduled job because of a conflict."""
        errors = (
            psycopg2.errors.SerializationFailure("edited meanwhile"),
            psycopg2.errors.DeadlockDetected("edited in another order"),
        )
        for owner, name in (
            (type(self.profiles), "_sync_profiles"),
            (difference.Difference, "compute"),
            (run.ScoringRun, "_note_results"),
        ):
            with self.subTest(name):
                calls = self._run_with_conflicts(owner, name, *errors)
                self.assertEqual(calls, 3)
        self.assertEqual(len(self.customers.score_ids), 12)
        calls = self._run_with_conflicts(Writer, "write_batch", *errors)
        self.assertFalse(calls, "nothing was left to write")

    def test_run_sees_what_the_one_before_committed(self):
        """A transaction that began before the lock was taken does not."""
        steps = []

        def noted(name, original):
            def call(*args, **kwargs):
                steps.append(name)
                return original(*args, **kwargs)

            return call

        with (
            patch.object(run.ScoringRun, "_lock", noted("lock", run.ScoringRun._lock)),
            patch.object(
                IrCron, "_commit_progress", lambda *args: steps.append("commit")
            ),
            patch.object(
                run.ScoringRun, "_compare", noted("compare", run.ScoringRun._compare)
            ),
        ):
            self._run(commit=True)
        self.assertEqual(steps[:3], ["lock", "commit", "compare"])

    def test_endless_conflict_ends(self):
        def conflicting(writer, first, last):
            raise psycopg2.errors.SerializationFailure("edited meanwhile")

        with (
            patch.object(Writer, "write_batch", conflicting),
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback"),
            patch.object(run.time, "sleep"),
            mute_logger("odoo.sql_db"),
        ):
            try:
                self._run(commit=True)
            except psycopg2.errors.SerializationFailure:
                return
        self.fail("the conflict was swallowed")

    def test_conflict_without_the_right_to_commit_is_the_callers(self):
        def conflicting(writer, first, last):
            raise psycopg2.errors.SerializationFailure("edited meanwhile")

        with patch.object(Writer, "write_batch", conflicting):
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._run()

    # ------------------------------------------------------------------- Downtime

    def test_forty_days_of_downtime_are_made_good_in_one_night(self):
        last = self._make_metric("last", "days_since_last")
        recent = self._make_metric("recent", "count", period_days=30)
        self._make_scorecard(
            (last, 1, {0: 100, 20: 50, 41: 0}),
            (recent, 1, {0: 0, 1: 100}),
            purpose="loyalty",
        )
        self.tier_a.minimum_stay_days = 30
        self._make_purchases(self.customers[0], (DAY + timedelta(days=20), 1))
        self._run()
        self._forget_edits()
        day = DAY + timedelta(days=41)
        expected = self._ghost(day)
        self.assertFalse(self._run(day, full=False).full)
        for customer in self.customers:
            row = expected[customer.id]
            self.assertEqual(customer.loyalty_score, row["loyalty_score"])
            self.assertEqual(customer.tier_id.id, row["tier_id"])
        self.assertEqual(self._run(day, full=True).changed, 0)
