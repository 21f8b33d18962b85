"""Promises and calendars: the seed's examples, Odoo's own arithmetic, holidays."""

import random
from datetime import datetime, timedelta

import pytz

from odoo import Command
from odoo.exceptions import ValidationError

from odoo.addons.customer_plan_mgmt.models.service.promises import Clocks, Promise
from odoo.addons.customer_plan_mgmt.tools import working_time

from .common_service import ServiceCase, at


class TestServiceExamples(ServiceCase):
    def test_question_on_friday_evening_is_answered_until_saturday(self):
        """F1: 24 hours by the clock."""
        feedback = self._make_feedback("2024-05-03 17:30:00")
        self.assertEqual(
            self._deadline(feedback, "first_response"), "2024-05-04 17:30:00"
        )

    def test_ordinary_matter_of_friday_evening_is_solved_on_wednesday(self):
        """F2: the end of the third working day after the day of receipt."""
        feedback = self._make_feedback("2024-05-03 17:30:00")
        self.assertEqual(self._deadline(feedback), "2024-05-08 18:00:00")

    def test_counting_the_day_of_receipt_makes_it_tuesday(self):
        """F2 with the switch on."""
        self._replace_standard(
            {"amount": 3, "unit": "working_days", "count_receipt": True}
        )
        feedback = self._make_feedback("2024-05-03 17:30:00")
        self.assertEqual(self._deadline(feedback), "2024-05-07 18:00:00")
        late = self._make_feedback("2024-05-03 18:00:00")
        self.assertEqual(self._deadline(late), "2024-05-08 18:00:00")

    def test_complex_matter_of_friday_evening_is_solved_a_week_later(self):
        """F3: 7 calendar days."""
        feedback = self._make_feedback("2024-05-03 17:30:00", complexity="complex")
        self.assertEqual(self._deadline(feedback), "2024-05-10 17:30:00")

    def test_whoever_complains_hears_from_us_every_two_working_days(self):
        """F4."""
        feedback = self._make_feedback("2024-05-03 17:30:00", type="complaint")
        self.assertEqual(self._deadline(feedback, "next_update"), "2024-05-07 18:00:00")
        self._do(
            "2024-05-06 10:00:00", feedback, "_answered", at("2024-05-06 10:00:00")
        )
        self.assertEqual(self._deadline(feedback, "next_update"), "2024-05-08 18:00:00")
        timers = feedback.sla_timer_ids.filtered(
            lambda item: item.kind == "next_update"
        )
        self.assertEqual(timers.sorted("round").mapped("state"), ["met", "running"])

    def test_holidays_and_weekends_are_no_working_days(self):
        """F5."""
        self._make_leave("2024-05-06 00:00", "2024-05-06 23:59:59")
        feedback = self._make_feedback("2024-05-03 17:30:00")
        self.assertEqual(self._deadline(feedback), "2024-05-09 18:00:00")

    def test_the_promise_speaks_the_time_zone_of_the_calendar(self):
        self.desk.tz = "Asia/Shanghai"
        feedback = self._make_feedback("2024-05-03 09:30:00")  # 17:30 in Shanghai
        self.assertEqual(self._deadline(feedback), "2024-05-08 10:00:00")


class TestServicePlanHours(ServiceCase):
    """``working_hours`` is what ``resource.calendar.plan_hours`` says, to the second."""

    def _promise(self, calendar, hours):
        return Promise(
            id=1,
            standard_id=1,
            kind="resolution",
            filters=(),
            amount=hours,
            unit="working_hours",
            calendar_id=calendar.id,
            count_receipt=False,
            warning=None,
            steps=(),
        )

    def _calendars(self):
        split = self._make_calendar("Split", ((8, 12), (13, 17)), range(6))
        night = self._make_calendar("Night", ((0, 6), (20, 24)), range(7))
        short = self._make_calendar("Quarter", ((9.25, 12.75),))
        weeks = self._make_calendar("Weeks")
        weeks.two_weeks_calendar = True
        weeks.attendance_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "name": "Shift",
                        "dayofweek": str(day),
                        "week_type": str(week),
                        "hour_from": 8 + 2 * week,
                        "hour_to": 16 + 2 * week,
                        "day_period": "full_day",
                    }
                )
                for week in range(2)
                for day in range(5 - 2 * week)
            ),
        ]
        return self.desk | split | night | short | weeks

    def test_equal_to_the_second(self):
        chance = random.Random(7)
        calendars = self._calendars()
        zones = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
        for calendar, zone in zip(calendars, (*zones, "Asia/Shanghai"), strict=True):
            calendar.tz = zone
            for month in range(1, 13):
                self._make_leave(
                    f"2024-{month:02}-11 05:00", f"2024-{month:02}-12 13:30", calendar
                )
        clocks = Clocks(self.env)
        for calendar in calendars:
            for _number in range(25):
                begin = datetime(2024, 1, 1) + timedelta(
                    seconds=chance.randrange(300 * 86400)
                )
                hours = chance.randrange(1, 120 * 3600) / 3600
                wanted = calendar.plan_hours(
                    hours, pytz.utc.localize(begin), compute_leaves=True
                )
                moments = clocks.moments(
                    self._promise(calendar, hours),
                    self.company,
                    working_time.moment(begin),
                )
                wanted = working_time.moment(
                    (wanted.astimezone(pytz.utc) + timedelta(microseconds=500)).replace(
                        tzinfo=None
                    )
                )
                with self.subTest(calendar=calendar.name, begin=begin, hours=hours):
                    self.assertAlmostEqual(moments.deadline, wanted, delta=1)


class TestServiceHolidays(ServiceCase):
    def test_a_holiday_added_later_moves_what_runs_and_nothing_else(self):
        running = self._make_feedback()
        done = self._make_feedback()
        self._do("2024-05-06 12:00:00", done, "action_solve")
        ledger, deadline = self._timer(done).ledger, self._deadline(done)
        with self._time("2024-05-06 12:30:00"):
            holiday = self._make_leave("2024-05-07 00:00", "2024-05-07 23:59:59")
        self.assertEqual(self._deadline(running), "2024-05-09 18:00:00")
        self.assertEqual(str(running.sla_deadline), "2024-05-04 17:30:00")
        self.assertEqual(self._deadline(done), deadline)
        self.assertEqual(self._timer(done).ledger, ledger)
        with self._time("2024-05-06 12:40:00"):
            holiday.date_to = at("2024-05-08 23:59:59")
        self.assertEqual(self._deadline(running), "2024-05-10 18:00:00")
        with self._time("2024-05-06 12:50:00"):
            holiday.unlink()
        self.assertEqual(self._deadline(running), "2024-05-08 18:00:00")

    def test_a_holiday_that_comes_to_help_takes_the_miss_back(self):
        feedback = self._make_feedback()
        self._cron("2024-05-08 19:00:00")
        self.assertEqual(self._timer(feedback).state, "missed")
        with self._time("2024-05-08 19:10:00"):
            self._make_leave("2024-05-07 00:00", "2024-05-07 23:59:59")
        timer = self._timer(feedback)
        self.assertEqual((timer.state, timer.is_missed), ("running", False))

    def test_days_off_of_one_person_move_nothing(self):
        feedback = self._make_feedback()
        resource = self.env["resource.resource"].create(
            {"name": "Somebody", "calendar_id": self.desk.id}
        )
        self._make_leave(
            "2024-05-07 00:00", "2024-05-07 23:59:59", resource_id=resource.id
        )
        self.assertEqual(self._deadline(feedback), "2024-05-08 18:00:00")

    def test_other_working_hours_move_deadlines(self):
        feedback = self._make_feedback()
        with self._time("2024-05-06 10:00:00"):
            self.desk.attendance_ids.filtered(
                lambda item: item.dayofweek == "2"
            ).unlink()
        self.assertEqual(self._deadline(feedback), "2024-05-09 18:00:00")
        with self._time("2024-05-06 10:00:00"):
            self.company.resource_calendar_id = self._make_calendar("Short", ((9, 13),))
        self.assertEqual(self._deadline(feedback), "2024-05-08 13:00:00")

    def test_the_calendar_of_a_promise_goes_before_that_of_the_company(self):
        other = self._make_calendar("Weekend", days=(5, 6))
        self._replace_standard(
            {"amount": 1, "unit": "working_days", "calendar_id": other.id}
        )
        feedback = self._make_feedback()
        self.assertEqual(self._deadline(feedback), "2024-05-04 18:00:00")
        with self._time("2024-05-03 18:00:00"):
            self._make_leave("2024-05-04 00:00", "2024-05-04 23:59:59", other)
        self.assertEqual(self._deadline(feedback), "2024-05-05 18:00:00")

    def test_a_day_worked_to_make_up_counts(self):
        self._make_leave("2024-05-04 09:00", "2024-05-04 18:00", cpm_makeup=True)
        feedback = self._make_feedback()
        self.assertEqual(self._deadline(feedback), "2024-05-07 18:00:00")
        self.assertEqual(self.desk.leave_ids.time_type, "other")

    def test_the_ledger_names_holidays_and_hours_outside(self):
        self._make_leave("2024-05-06 00:00", "2024-05-06 23:59:59")
        feedback = self._make_feedback()
        self._do("2024-05-07 10:00:00", feedback, "action_solve")
        timer = self._timer(feedback)
        self._assert_ledger(timer)
        self.assertEqual(self._hours(timer, "counted"), 1.5)
        self.assertEqual(self._hours(timer, "holiday"), 9)
        self.assertEqual(self._hours(timer), 88.5)


class TestServiceWithoutWorkingTime(ServiceCase):
    def test_a_calendar_without_working_time_is_refused(self):
        empty = self._make_calendar("Never", ())
        empty.attendance_ids.unlink()
        flexible = self._make_calendar("Whenever", flexible_hours=True)
        for calendar in empty | flexible:
            for unit in ("working_hours", "working_days"):
                with (
                    self.subTest(calendar=calendar.name, unit=unit),
                    self.assertRaisesRegex(ValidationError, "no fixed working time"),
                ):
                    self._make_standard({"unit": unit, "calendar_id": calendar.id})
        self._make_standard({"unit": "clock_hours", "calendar_id": empty.id})

    def test_a_calendar_that_loses_its_hours_is_replaced_by_the_clock(self):
        feedback = self._make_feedback()
        with self._time("2024-05-03 18:00:00"):
            self.desk.attendance_ids.unlink()
        self.assertEqual(self._deadline(feedback), "2024-05-06 17:30:00")
        self._assert_ledger(self._timer(feedback))

    def test_a_calendar_on_holiday_for_ever_is_replaced_by_the_clock(self):
        self._make_leave("2020-01-01 00:00", "2050-01-01 00:00")
        feedback = self._make_feedback()
        self.assertEqual(self._deadline(feedback), "2024-05-06 17:30:00")

    def test_a_company_without_working_hours_is_replaced_by_the_clock(self):
        self.company.resource_calendar_id = False
        feedback = self._make_feedback()
        self.assertEqual(self._deadline(feedback), "2024-05-06 17:30:00")
        self._assert_ledger(self._timer(feedback))

    def test_promises_of_many_years_end(self):
        self._replace_standard({"amount": 100000, "unit": "working_hours"})
        feedback = self._make_feedback()
        self.assertTrue(self._timer(feedback).deadline)
