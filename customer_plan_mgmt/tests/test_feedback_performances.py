"""What moving feedback costs: one write a move, whatever the number of cases."""

from unittest.mock import patch

from odoo.sql_db import Cursor

from .common_feedback import FeedbackCase


class TestFeedbackPerformances(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_ask_satisfaction = False
        # Nobody is written to: what mails cost is not measured here
        cls.customer.partner_id.email = False
        cls.cases = cls.feedback.create(
            [
                {
                    "name": f"Matter {number}",
                    "company_id": cls.company.id,
                    "partner_id": cls.customer.partner_id.id,
                    "user_id": cls.user_all.id,
                    "stage": "in_progress",
                }
                for number in range(80)
            ]
        )

    def _measure(self, call):
        """Return ``(statements, times the timers were brought in line)`` of ``call``
        when the caches of models and rights are warm and those of records empty."""
        execute, statements = Cursor.execute, []
        kind, syncs = type(self.feedback), []
        sync = kind._cpm_sla_sync

        def record(cursor, query, *args, **kwargs):
            text = str(getattr(query, "code", query))
            if "SAVEPOINT" not in text:
                statements.append(text)
            return execute(cursor, query, *args, **kwargs)

        def count(records, *args, **kwargs):
            syncs.append(len(records))
            return sync(records, *args, **kwargs)

        for _number in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.env.cr.savepoint() as savepoint:
                with (
                    patch.object(Cursor, "execute", record),
                    patch.object(kind, "_cpm_sla_sync", count),
                ):
                    statements.clear()
                    syncs.clear()
                    call()
                    self.env.flush_all()
                savepoint.rollback()
        return len(statements), syncs

    def test_a_move_is_one_write_for_one_case_and_for_eighty(self):
        for action in ("action_wait", "action_solve", "action_cancel"):
            for cases in (self.cases[:1], self.cases):
                cases = cases.with_user(self.user_all)
                count, syncs = self._measure(getattr(cases, action))
                with self.subTest(action=action, cases=len(cases)):
                    self.assertEqual(syncs, [len(cases)], "brought in line once")
                    self.assertLessEqual(count, 8)

    def test_the_same_for_what_the_system_solves(self):
        _count, syncs = self._measure(self.cases.action_solve)
        self.assertEqual(syncs, [80])

    def test_cases_reopened_equally_often_are_one_write(self):
        self.cases.action_solve()
        twice = self.cases[:20]
        twice.action_reopen()
        twice.action_solve()
        cases = self.cases.with_user(self.user_all)
        _count, syncs = self._measure(cases.action_reopen)
        self.assertEqual(sorted(syncs), [20, 60])
        cases.action_reopen()
        self.assertEqual(set(twice.mapped("reopen_count")), {2})
        self.assertEqual(set((self.cases - twice).mapped("reopen_count")), {1})
