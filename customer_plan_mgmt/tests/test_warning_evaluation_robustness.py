"""What an evaluation survives: rules that fail, a kill, two at once, people meanwhile."""

from contextlib import contextmanager, suppress
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import LOCK_SPACE
from odoo.addons.customer_plan_mgmt.models.warning.engine import figures

from .common_warning_rule import WarningRuleCase

EVALUATE = "odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_rule_evaluate"


class Killed(BaseException):
    """The server went away."""


class TestWarningRobustness(WarningRuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._make_customers(5)
        for customer in cls.customers:
            cls._make_purchases(customer, (cls._ago(10), 5))
        # As the job does it, so that the lock is given back
        with patch.object(IrCron, "_commit_progress"):
            cls.env["cpm.scorecard"]._run(companies=cls.company, commit=True)

    def _counts(self, rule):
        return self.warnings.search_count([("rule_id", "=", rule.id)])

    @contextmanager
    def _run_elsewhere(self):
        """Hold the lock of the company from another connection."""
        key = [LOCK_SPACE, self.company.id]
        with self.registry.cursor() as other:
            other.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
            self.assertTrue(other.fetchone()[0])
            yield
            other.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    # ------------------------------------------------------------------ Failures

    @mute_logger(f"{EVALUATE}")
    def test_a_rule_that_fails_does_not_hold_up_the_others(self):
        bad, good = self._make_rule(sequence=1), self._make_rule(sequence=2)
        condition = figures.Threshold.condition

        def broken(trigger):
            if trigger.rule.id == bad.id:
                return SQL("1 / 0 = f.profile_id")
            return condition(trigger)

        with patch.object(figures.Threshold, "condition", broken):
            self._score()
            self._score()
        self.assertFalse(self._warned(bad))
        self.assertEqual(self._warned(good), self.customers)
        bad = bad.with_company(self.company)
        self.assertIn("division by zero", bad.last_error)
        self.assertEqual(
            bad.activity_ids.mapped("summary"),
            [f"Warning rule cannot be evaluated ({self.company.name})"],
        )
        reader = bad.activity_ids.user_id
        self.assertTrue(reader.has_group("customer_plan_mgmt.group_cpm_admin"))
        self._score()
        bad.invalidate_recordset()
        self.assertFalse(bad.last_error)
        self.assertEqual(self._warned(bad), self.customers)
        bad.invalidate_recordset()
        self.assertFalse(bad.activity_ids)  # mended

    @mute_logger(f"{EVALUATE}")
    def test_what_fails_while_raising_leaves_nothing_half_done(self):
        rule = self._make_rule()
        after_raise = type(self.warnings)._after_raise

        def fail(warnings):
            after_raise(warnings)
            raise ValueError("The playbook is gone")

        with patch.object(type(self.warnings), "_after_raise", fail):
            self._score()
        self.assertFalse(self._counts(rule))
        self.assertEqual(self._state(rule).last_error, "The playbook is gone")
        self.assertFalse(self._state(rule).is_confirmed)

    def test_conflicts_are_for_the_caller_to_repeat(self):
        self._make_rule()

        def conflict(*args):
            raise SerializationFailure("could not serialize access")

        with patch.object(type(self.warnings), "_raise_from_rule", conflict):
            with self.assertRaises(SerializationFailure):
                self.rules._evaluate_company(self.company)

    @mute_logger("odoo.addons.customer_plan_mgmt.models.scoring.engine.run")
    def test_scores_stay_when_the_evaluation_fails(self):
        self._make_direct_scores()
        self._give_score(self.customers, 50)
        self._make_rule()

        def fail(*args):
            raise ValueError("Nothing works")

        with patch.object(type(self.rules), "_evaluate", fail):
            self._score()
        self.assertEqual(set(self.customers.mapped("value_score")), {50})

    # ---------------------------------------------------------------- Twice, killed

    def test_killed_between_two_batches_the_next_call_goes_on(self):
        rule = self._make_rule()
        commits = []

        def commit(cron, processed=0, **options):
            commits.append(processed)
            if len(commits) == 2:
                raise Killed

        with patch(f"{EVALUATE}.BATCH", 2):
            self._score()
            self.assertEqual(self._counts(rule), 2)
            with (
                patch.object(IrCron, "_commit_progress", commit),
                patch.object(self.env.cr, "rollback"),  # what is committed stays
                suppress(Killed),  # assertRaises would undo it
            ):
                self.rules._cron_raise()
            self.assertEqual(len(commits), 2)
            self.assertEqual(self._counts(rule), 4)
            with patch.object(IrCron, "_commit_progress"):
                self.rules._cron_raise()
                self.rules._cron_raise()
        self.assertEqual(self._counts(rule), 5)
        self.assertEqual(self._state(rule).waiting_count, 0)

    def test_the_lock_is_given_back(self):
        rule = self._make_rule()
        with patch(f"{EVALUATE}.BATCH", 2):
            self._state(rule)._confirm()
            self._state(rule).waiting_count = 5
            with patch.object(IrCron, "_commit_progress"):
                self.rules._cron_raise()
        self.assertEqual(self._counts(rule), 5)
        with self.registry.cursor() as other:
            other.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, self.company.id]
            )
            self.assertTrue(other.fetchone()[0])
            other.execute("SELECT pg_advisory_unlock_all()")

    def test_while_the_company_is_scored_nobody_else_evaluates(self):
        rule = self._make_rule()
        state = self._state(rule)
        state._confirm()
        state.waiting_count = 5
        state.counted_signature = state._current_signature()
        with (
            self._run_elsewhere(),
            patch.object(IrCron, "_commit_progress"),
            patch.object(type(self.rules), "_trigger_raising") as later,
        ):
            self.rules._cron_raise()
            self.assertFalse(self._counts(rule))
            later.assert_called_once()
            with self.assertRaisesRegex(UserError, "right now"):
                rule.with_user(self.admin).with_company(self.company).action_evaluate()
            rule.with_user(self.admin).with_company(self.company).action_confirm()
            self.assertEqual(later.call_count, 2)
        self.assertFalse(self._counts(rule))
        with patch.object(IrCron, "_commit_progress"):
            self.rules._cron_raise()
        self.assertEqual(self._counts(rule), 5)

    def test_the_database_refuses_a_second_open_warning(self):
        rule = self._make_rule()
        self._score()

        with (
            patch.object(type(rule), "_not_covered", lambda *args: SQL("TRUE")),
            mute_logger("odoo.sql_db", EVALUATE),
        ):
            self.rules._evaluate_company(self.company)
        self.assertEqual(self._counts(rule), 5)
        self.assertIn("cpm_warning_one_open", self._state(rule).last_error)

    def test_the_job_does_nothing_without_anything_waiting(self):
        self._make_rule()
        with self.assertQueryCount(6):
            self.rules._cron_raise()

    # ------------------------------------------------------------------- Queries

    def test_a_run_without_rules_asks_once(self):
        self._score()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.rules._evaluate_company(self.company)

    def test_queries_do_not_grow_with_the_customers(self):
        counts = []
        for size in (1, 80):
            rule = self._make_rule(
                limit_value=10, tier_ids=[(6, 0, self.tier_a.ids)], quiet_days=0
            )
            customers = self._make_customers(size)
            for customer in customers:
                self._make_purchases(customer, (self._ago(10), 5))
                customer._set_tier(self.tier_a, origin="manual", reason="Agreed")
            self.company.cpm_warning_storm_limit = 1000
            self.env["cpm.scorecard"]._run(companies=self.company)
            warnings = self.warnings.search([("rule_id", "=", rule.id)])
            self.assertGreaterEqual(len(warnings), size)
            warnings.unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.rules._evaluate_company(self.company)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            rule.active = False
        # A few more or less by what happens to be cached; one a customer would be 79
        self.assertLessEqual(counts[1], counts[0] + 8, counts)

    def test_the_run_counts_its_own_queries(self):
        alone = self._score().queries
        for _rule in range(5):
            self._make_rule(limit_value=10)
        self.assertLessEqual(self._score().queries, alone + 5)
