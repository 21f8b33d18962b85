"""Segments: named groups of customers."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import CpmCommon


class TestProfileSegment(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.french, cls.german = cls._make_customers(2)
        cls.french.partner_id.country_id = cls.env.ref("base.fr")
        cls.german.partner_id.country_id = cls.env.ref("base.de")

    def _make_segment(self, domain, **vals):
        return self.env["cpm.segment"].create(
            {
                "name": "France",
                "company_id": self.company.id,
                "domain": domain,
                **vals,
            }
        )

    FRENCH = "[('partner_id.country_id.code', '=', 'FR')]"

    def test_counts_its_customers(self):
        segment = self._make_segment(self.FRENCH)
        self.assertEqual(segment.profile_count, 1)
        self.french.action_archive()
        segment.invalidate_recordset()
        self.assertEqual(segment.profile_count, 0)

    def test_counts_only_what_the_user_may_see(self):
        segment = self._make_segment("[]")
        self.french.manager_id = self.user_own
        self.assertEqual(segment.with_user(self.user_own).profile_count, 1)
        self.assertEqual(segment.with_user(self.user_all).profile_count, 2)

    def test_segment_of_a_company_holds_nobody_else(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._make_customer(company_id=False, profile={"company_id": other.id})
        found = self.profiles.search(self._make_segment("[]")._get_profile_domain())
        self.assertEqual(found.company_id, self.company)

    def test_bad_conditions_are_refused_with_the_reason(self):
        for domain in (
            "[('nonsense', '=', 1)]",
            "[('partner_id.nonsense', '=', 1)]",
            "[('tier_id', 'resembles', 1)]",
            "[('tier_id', '=')]",
            "tier_id = 1",
            "[",
            "5",
            "[('tier_id', '=', __import__('os').getpid())]",
            "[('create_date', '>', 'someday')]",
            "[('segment_ids', '!=', False)]",
        ):
            with self.subTest(domain):
                with self.assertRaisesRegex(ValidationError, "France.*matching"):
                    self._make_segment(domain)

    def test_good_conditions(self):
        for domain in (
            "[]",
            "[('manager_id', '=', uid)]",
            "['|', ('value_level', '=', 'high'), ('tier_id.code', '=', 'gold')]",
            "[('partner_id.category_id.name', 'ilike', 'fashion')]",
            "[('create_date', '>', '-30d')]",
        ):
            with self.subTest(domain):
                self.assertTrue(self._make_segment(domain))

    def test_customers_know_their_segments(self):
        france = self._make_segment(self.FRENCH)
        everybody = self._make_segment("[]", name="Everybody")
        mine = self.profiles.with_user(self.user_all)
        self.assertEqual(
            mine.browse(self.french.id).segment_ids & (france | everybody),
            france | everybody,
        )
        self.assertEqual(
            mine.browse(self.german.id).segment_ids & (france | everybody), everybody
        )
        for operator, found in (("in", self.french), ("not in", self.german)):
            with self.subTest(operator):
                self.assertEqual(
                    mine.search([("segment_ids", operator, france.ids)]), found
                )

    def test_scorecard_of_a_segment_judges_its_customers_only(self):
        everybody = self._make_manual_metric("everybody")
        self.direct_card.line_ids.metric_id = everybody
        segment = self._make_segment(self.FRENCH)
        self._make_scorecard((self.points, 1, (0, 100)), segment_id=segment.id)
        for customer in (self.french, self.german):
            self._give_value(customer, everybody, 10)
            self._give_score(customer, 90)
        self._run()
        self.assertEqual(self.french.value_score, 90)
        self.assertEqual(self.german.value_score, 10)

    def test_segment_of_a_scorecard_never_depends_on_who_looks(self):
        segment = self._make_segment(self.FRENCH)
        self._make_scorecard((self.points, 1, (0, 100)), segment_id=segment.id)
        with self.assertRaisesRegex(ValidationError, "uid"):
            segment.domain = "[('manager_id', '=', uid)]"

    def test_used_segment_is_not_deleted(self):
        segment = self._make_segment(self.FRENCH)
        self._make_scorecard((self.points, 1, (0, 100)), segment_id=segment.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                segment.unlink()
        self.assertTrue(segment.exists())

    def test_segment_that_lost_its_field_does_not_close_the_customer(self):
        """What happens when the module that brought the field is uninstalled."""
        segment = self._make_segment("[]")
        self.env.cr.execute(
            "UPDATE cpm_segment SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", segment.id],
        )
        self.env.invalidate_all()
        self.enterContext(
            mute_logger("odoo.addons.customer_plan_mgmt.models.profile.cpm_segment")
        )
        shown = self.french.with_user(self.user_all).read(["segment_ids"])
        self.assertNotIn(segment.id, shown[0]["segment_ids"])
        self.assertEqual(segment.profile_count, 0)
        self._make_scorecard((self.points, 1, (100, 0)), segment_id=segment.id)
        self._give_score(self.french, 90)
        self._run()
        self.assertEqual(self.french.value_score, 90, "by the scorecard for all")

    def test_condition_on_a_closed_field_does_not_close_the_customers(self):
        """Whoever may not see the field still sees who is a member."""
        field = self.env["res.partner"]._fields["comment"]
        self.enterContext(patch.object(field, "groups", "base.group_system"))
        self.french.partner_id.comment = "pays late"
        segment = self._make_segment("[('partner_id.comment', 'ilike', 'late')]")
        user = self.user_all
        shown = self.french.with_user(user).read(["segment_ids"])
        self.assertEqual(shown[0]["segment_ids"], segment.ids)
        self.assertFalse(self.german.with_user(user).segment_ids)
        self.assertEqual(segment.with_user(user).profile_count, 1)
        action = segment.with_user(user).action_view_profiles()
        found = self.profiles.with_user(user).search(action["domain"])
        self.assertEqual(found, self.french)
        self.assertFalse(
            self.profiles.with_user(self.user_own).search(action["domain"])
        )

    def test_opens_its_customers(self):
        action = self._make_segment(self.FRENCH).action_view_profiles()
        self.assertEqual(self.profiles.search(action["domain"]), self.french)
