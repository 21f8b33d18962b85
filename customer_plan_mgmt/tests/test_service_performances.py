"""What promises cost: measured by what is left when they are switched off."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor

from .common_service import ServiceCase

BATCH = 500


class TestServicePerformances(ServiceCase):
    def _statements(self, call):
        """Return the statements of ``call`` when caches of models and rights are warm
        and those of records are empty."""
        execute, statements = Cursor.execute, []

        def record(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        for _number in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.env.cr.savepoint() as savepoint:
                with patch.object(Cursor, "execute", record):
                    statements.clear()
                    call()
                    self.env.flush_all()
                savepoint.rollback()
        return [text for text in statements if "SAVEPOINT" not in text]

    @contextmanager
    def _without_promises(self):
        with patch.object(
            type(self.env["cpm.feedback"]), "_cpm_sla_sync", lambda *a, **k: None
        ):
            yield

    def _extra(self, call):
        """Return how many statements promises add to ``call``."""
        costs = self._statements(call)
        with self._without_promises():
            return len(costs) - len(self._statements(call))

    def _create(self, count):
        vals = {"name": "Question", "partner_id": self.partner.id}
        return self.env["cpm.feedback"].create([dict(vals) for _n in range(count)])

    def test_creating_one_costs_one_statement_more(self):
        self.assertLessEqual(self._extra(lambda: self._create(1)), 1)

    def test_creating_many_costs_hardly_any(self):
        self.assertLessEqual(self._extra(lambda: self._create(BATCH)) / BATCH, 0.1)

    def test_moving_eighty_costs_what_moving_one_does(self):
        feedback = self._create(80)
        for action, most in (("action_solve", 8), ("action_cancel", 8)):
            counts = [
                self._extra(lambda some=some, action=action: getattr(some, action)())
                for some in (feedback[:1], feedback)
            ]
            with self.subTest(action):
                self.assertEqual(counts[0], counts[1])
                self.assertLessEqual(counts[1], most)

    def test_a_list_of_timers_costs_the_same_whatever_its_length(self):
        timers = self._create(80).sla_timer_ids[:80]
        spec = dict.fromkeys(
            ("res_name", "deadline", "signal", "is_overdue", "consumed", "ledger"), {}
        )
        counts = [
            len(self._statements(lambda some=some: some.web_read(spec)))
            for some in (timers[:1], timers)
        ]
        self.assertEqual(counts[0], counts[1])

    def test_a_holiday_moves_many_at_once(self):
        self._create(80)

        def add():
            self._make_leave("2024-05-07 00:00", "2024-05-07 23:59:59")

        many = len(self._statements(add))
        self.timers.search([]).sudo().unlink()
        none = len(self._statements(add))
        self.assertLessEqual(many - none, 40)
