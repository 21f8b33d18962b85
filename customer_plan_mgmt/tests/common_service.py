"""A company with a service standard of its own and a desk open from 9 to 18 o'clock."""

from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command

from .common import CpmCommon

# A quiet month: 1 May is a Wednesday, 3 May a Friday
FRIDAY_EVENING = "2024-05-03 17:30:00"


def at(text):
    """Return the moment a text like "2024-05-03 17:30" names."""
    return datetime.fromisoformat(text)


class ServiceCase(CpmCommon):
    """``standard`` promises what the seed does: a first answer within 24 clock hours,
    ordinary matters within 3 working days, complex ones within 7 calendar days, news
    for complaints every 2 working days. Working days last from 9 to 18 o'clock UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.timers = cls.env["cpm.sla.timer"]
        cls.desk = cls._make_calendar("Desk")
        cls.company.resource_calendar_id = cls.desk
        cls.customer = cls._make_customer(
            "Asker", profile={"manager_id": cls.manager.id}
        )
        cls.partner = cls.customer.partner_id
        cls.standard = cls._make_standard(
            {"kind": "first_response", "amount": 24, "unit": "clock_hours"},
            {"complexity": "ordinary", "amount": 3, "unit": "working_days"},
            {"complexity": "complex", "amount": 7, "unit": "calendar_days"},
            {
                "kind": "next_update",
                "feedback_type": "complaint",
                "amount": 2,
                "unit": "working_days",
            },
        )
        cls.standard.action_approve()
        cls.env.flush_all()

    # ------------------------------------------------------------- Factories

    @classmethod
    def _make_calendar(cls, name, hours=((9, 18),), days=range(5), **vals):
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": "UTC",
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": name,
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": end,
                            "day_period": "morning" if begin < 12 else "afternoon",
                        }
                    )
                    for day in days
                    for begin, end in hours
                ],
                **vals,
            }
        )

    @classmethod
    def _make_leave(cls, begin, end, calendar=None, **vals):
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": (calendar or cls.desk).id,
                "company_id": cls.company.id,
                "date_from": at(begin),
                "date_to": at(end),
                **vals,
            }
        )

    @classmethod
    def _make_standard(cls, *targets, **vals):
        return cls.env["cpm.service.standard"].create(
            {
                "name": "Promises",
                "company_id": cls.company.id,
                "date_from": "2000-01-01",
                "target_ids": [
                    Command.create({"sequence": number, **target})
                    for number, target in enumerate(targets, 1)
                ],
                **vals,
            }
        )

    @classmethod
    def _replace_standard(cls, *targets, **vals):
        """Put other promises into force for cases to come."""
        standard = cls._make_standard(*targets, **vals)
        standard.action_approve()
        return standard

    @classmethod
    def _make_feedback(cls, moment=FRIDAY_EVENING, **vals):
        """Return feedback received, and entered, at ``moment``."""
        with freeze_time(moment):
            feedback = cls.env["cpm.feedback"].create(
                {
                    "name": "Where is my order?",
                    "partner_id": cls.partner.id,
                    "company_id": cls.company.id,
                    "user_id": cls.user_own.id,
                    **vals,
                }
            )
            feedback.flush_recordset()
        return feedback

    # ------------------------------------------------------------------ Time

    @contextmanager
    def _time(self, moment):
        """Let it be ``moment``; nothing computed at other times is remembered."""
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(moment):
            yield
            self.env.flush_all()
        self.env.invalidate_all()

    def _do(self, moment, record, method, *args, **kwargs):
        """Call a method at a moment."""
        with self._time(moment):
            return getattr(record, method)(*args, **kwargs)

    def _cron(self, moment):
        with self._time(moment):
            self._follow()

    def _follow(self):
        """Run the scheduled action; what it commits stays in the test.

        :return: the numbers it reported as done
        """
        done = []

        def commit(cron, processed=0, *, remaining=None):
            cron.env.flush_all()
            done.append(processed)
            return float("inf")

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            self.timers._cron_follow()
        return done

    # --------------------------------------------------------------- Look-up

    def _timer(self, record, kind="resolution"):
        """Return the timer of a kind that counts."""
        self.env.flush_all()
        found = self.timers.search(
            [
                ("res_model", "=", record._name),
                ("res_id", "in", record.ids),
                ("kind", "=", kind),
            ],
            order="round desc, id desc",
        )
        alive = found.filtered(lambda timer: timer.state != "cancelled")
        return (alive or found)[:1]

    def _deadline(self, record, kind="resolution"):
        return str(self._timer(record, kind).deadline)

    def _hours(self, timer, kind=None):
        """Return the hours in the ledger, of one kind or all."""
        seconds = sum(
            item["seconds"] for item in timer.ledger if kind in (None, item["kind"])
        )
        return seconds / 3600

    def _assert_ledger(self, timer):
        """The ledger has no gaps, and its counted part is the time consumed."""
        ends = [str(timer.start), *(item["to"] for item in timer.ledger)]
        self.assertEqual(ends[:-1], [item["from"] for item in timer.ledger])
        counted = sum(i["seconds"] for i in timer.ledger if i["kind"] == "counted")
        self.assertEqual(counted, timer.consumed)
        self.assertEqual(timer.remaining, max(0, timer.budget - timer.consumed))
