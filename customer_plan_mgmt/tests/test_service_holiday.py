"""Loading public holidays, with the days China works to make up for them."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from .common_service import ServiceCase, at

MAKEUP_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


class TestServiceHoliday(ServiceCase):
    def _load(self, country="CN", year=2026, to=None, user=None, **vals):
        return (
            self.env["cpm.holiday.load"]
            .with_user(user or self.admin)
            .create(
                {
                    "calendar_id": self.desk.id,
                    "country_id": self.env.ref(f"base.{country.lower()}").id,
                    "year_from": year,
                    "year_to": to or year,
                    **vals,
                }
            )
        )

    def _looked_up(self, *args, **kwargs):
        load = self._load(*args, **kwargs)
        load.action_look_up()
        return load

    def _leaves(self, calendar=None):
        return self.env["resource.calendar.leaves"].search(
            [("calendar_id", "=", (calendar or self.desk).id)]
        )

    def test_china_2026_with_its_make_up_days(self):
        load = self._looked_up()
        makeup = load.line_ids.filtered(lambda line: line.kind == "makeup")
        self.assertEqual([line.date.strftime("%m-%d") for line in makeup], MAKEUP_2026)
        self.assertTrue(all(load.line_ids.mapped("is_chosen")))
        self.assertFalse(load.note)
        self.assertFalse(self._leaves(), "nothing is written before it is confirmed")
        load.action_apply()
        leaves = self._leaves()
        worked = leaves.filtered("cpm_makeup")
        self.assertEqual(len(leaves), len(load.line_ids))
        self.assertEqual(str(worked[0].date_from), "2026-01-04 09:00:00")
        self.assertEqual(str(worked[0].date_to), "2026-01-04 18:00:00")
        self.assertEqual(set(worked.mapped("time_type")), {"other"})

    def test_deadlines_follow_the_chinese_new_year(self):
        """Received on Friday the 13th: Saturday is worked, then comes the festival."""
        before = self._make_feedback("2026-02-13 17:30:00")
        self._looked_up().action_apply()
        after = self._make_feedback("2026-02-13 17:30:00")
        for feedback in before | after:
            self.assertEqual(self._deadline(feedback), "2026-02-25 18:00:00")

    def test_twice_adds_nothing(self):
        self._looked_up().action_apply()
        count = len(self._leaves())
        load = self._looked_up()
        self.assertTrue(all(load.line_ids.mapped("is_known")))
        self.assertFalse(any(load.line_ids.mapped("is_chosen")))
        load.line_ids.is_chosen = True
        load.action_apply()
        self.assertEqual(len(self._leaves()), count)

    def test_what_is_there_already_is_kept(self):
        self._make_leave("2026-10-01 00:00", "2026-10-07 23:59:59")
        load = self._looked_up()
        known = load.line_ids.filtered("is_known")
        self.assertEqual({line.date.month for line in known}, {10})
        self.assertNotIn(date(2026, 10, 10), known.mapped("date"))

    def test_only_what_is_chosen_is_written(self):
        load = self._looked_up("DE")
        load.line_ids[1:].is_chosen = False
        load.line_ids[0].name = "New Year"
        load.action_apply()
        self.assertEqual(self._leaves().mapped("name"), ["New Year"])

    def test_days_are_those_of_the_time_zone_of_the_calendar(self):
        self.desk.tz = "Asia/Shanghai"
        self._looked_up().action_apply()
        first = self._leaves()[0]
        self.assertEqual(str(first.date_from), "2025-12-31 16:00:00")
        self.assertEqual(str(first.date_to), "2026-01-01 15:59:59")

    def test_make_up_days_have_the_breaks_of_a_weekday(self):
        split = self._make_calendar("Split", ((8, 12), (13, 17)))
        self._looked_up(calendar_id=split.id).action_apply()
        worked = self._leaves(split).filtered("cpm_makeup")
        self.assertEqual(len(worked), 2 * len(MAKEUP_2026))

    def test_several_years(self):
        load = self._looked_up("CN", 2025, 2026)
        self.assertEqual({line.date.year for line in load.line_ids}, {2025, 2026})
        load.action_apply()
        later = self._looked_up("CN", 2026, 2027)
        self.assertTrue(later.line_ids.filtered("is_chosen"))
        self.assertIn("2027", later.note)
        self.assertNotIn("2026", later.note)

    def test_names_in_the_language_asked_for(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertEqual(self._looked_up(lang="zh_CN").line_ids[0].name, "元旦")
        self.assertEqual(
            self._looked_up(lang="en_US").line_ids[0].name, "New Year's Day"
        )

    def test_regions_have_holidays_of_their_own(self):
        whole = self._looked_up("DE")
        bavaria = self._looked_up("DE", state_id=self.env.ref("base.state_de_by").id)
        self.assertGreater(len(bavaria.line_ids), len(whole.line_ids))

    def test_unknown_countries_and_years_are_told(self):
        load = self._load("DE")
        load.country_id = self.env["res.country"].create(
            {"name": "Nowhere", "code": "XX"}
        )
        with self.assertRaisesRegex(UserError, "Nowhere are not known"):
            load.action_look_up()
        with self.assertRaisesRegex(UserError, "known from"):
            self._load("CN", 1800).action_look_up()
        with self.assertRaisesRegex(UserError, "known from"):
            self._load("CN", 2200).action_look_up()
        for first, last in ((2027, 2026), (2000, 2026)):
            with self.assertRaisesRegex(ValidationError, "Years"), self.cr.savepoint():
                self._load("CN", first, last)

    def test_a_calendar_without_hours_takes_holidays_only(self):
        self.desk.attendance_ids = [Command.clear()]
        load = self._looked_up()
        with self.assertRaisesRegex(UserError, "no fixed hours"):
            load.action_apply()
        load.line_ids.filtered(lambda line: line.kind == "makeup").is_chosen = False
        load.action_apply()
        self.assertTrue(self._leaves())

    def test_administrators_only(self):
        for user in (self.user_own, self.user_all, self.manager, self.employee):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._load(user=user)
        load = self._looked_up()
        with self.assertRaises(UserError):
            load.with_user(self.manager).sudo().with_user(self.manager).action_apply()

    def test_calendars_of_other_companies_are_closed(self):
        elsewhere = self._create_company(name="Elsewhere")
        load = self._load(calendar_id=elsewhere.resource_calendar_id.id)
        with self.assertRaisesRegex(UserError, "not working"):
            load.action_look_up()

    def test_deadlines_move_once_for_all_days(self):
        feedback = self._make_feedback("2026-09-29 17:30:00")
        load = self._looked_up()
        with self._time("2026-09-30 10:00:00"):
            load.action_apply()
        self.assertEqual(self._deadline(feedback), "2026-10-09 18:00:00")
        self.assertEqual(at("2026-10-09 18:00"), self._timer(feedback).deadline)
