"""What the definition of a tier may and may not say."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))
NUMBERS = (
    "promotion_threshold",
    "demotion_threshold",
    "promotion_top_percent",
    "demotion_top_percent",
    "minimum_stay_days",
    "contact_interval_days",
    "max_contacts_per_month",
    "review_interval_months",
)


class TestProfileTier(CpmCommon):
    def _make_tier(self, **vals):
        return self.env["cpm.tier"].create(
            {
                "name": "Platinum",
                "company_id": self.company.id,
                "promotion_threshold": 95,
                "demotion_threshold": 5,
                **vals,
            }
        )

    def test_demotion_threshold_may_equal_but_not_exceed_promotion(self):
        tier = self._make_tier(promotion_threshold=95, demotion_threshold=95)
        with self.assertRaisesRegex(ValidationError, "Platinum.*95.01.*95"):
            tier.demotion_threshold = 95.01
        with self.assertRaisesRegex(ValidationError, "Platinum"):
            tier.promotion_threshold = 94.99

    def test_share_to_stay_may_equal_but_not_undercut_share_to_enter(self):
        tier = self._make_tier(
            basis="top_percent", promotion_top_percent=5, demotion_top_percent=5
        )
        with self.assertRaisesRegex(ValidationError, "Platinum.*4.99.*5"):
            tier.demotion_top_percent = 4.99

    def test_thresholds_of_the_other_basis_do_not_matter(self):
        tier = self._make_tier(promotion_top_percent=50, demotion_top_percent=10)
        with self.assertRaises(ValidationError):
            tier.basis = "top_percent"

    def test_two_tiers_with_the_same_threshold_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Gold.*Platinum.*80"):
            self._make_tier(promotion_threshold=80)
        tier = self._make_tier()
        with self.assertRaisesRegex(ValidationError, "same"):
            tier.write({"promotion_threshold": 50, "demotion_threshold": 0})

    def test_same_share_twice_is_refused(self):
        share = {"basis": "top_percent", "promotion_top_percent": 5}
        self._make_tier(**share)
        with self.assertRaisesRegex(ValidationError, "same"):
            self._make_tier(name="Diamond", **share)

    def test_same_figure_as_points_and_as_share_is_no_conflict(self):
        self._make_tier(promotion_threshold=5, demotion_threshold=5)
        self.assertTrue(
            self._make_tier(name="Share", basis="top_percent", promotion_top_percent=5)
        )

    def test_an_archived_tier_does_not_block_its_threshold(self):
        self.tier_a.active = False
        tier = self._make_tier(promotion_threshold=80)
        self.assertTrue(tier)
        with self.assertRaisesRegex(ValidationError, "same"):
            self.tier_a.active = True

    def test_companies_do_not_block_each_others_thresholds(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertTrue(self._make_tier(promotion_threshold=80, company_id=other.id))

    def test_numbers_out_of_range_are_refused_with_the_field_named(self):
        tier = self._make_tier()
        for name in NUMBERS:
            label = tier._cpm_label(name)
            for value in (-1, 1e9, *NOT_NUMBERS):
                with self.subTest(field=name, value=value):
                    with self.assertRaises(ValidationError) as caught:
                        tier.write({name: value})
                    self.assertIn(label, str(caught.exception))
                    with self.assertRaises(ValidationError):
                        self._make_tier(name="Other", **{name: value})

    def test_the_database_refuses_what_python_would_let_through(self):
        tier = self._make_tier()
        cases = [(name, -1) for name in NUMBERS]
        cases += [
            (name, value) for name in NUMBERS[:4] for value in (100.01, *NOT_NUMBERS)
        ]
        for name, value in cases:
            with (
                self.subTest(field=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        "UPDATE cpm_tier SET %s = %s WHERE id = %s",
                        SQL.identifier(name),
                        value,
                        tier.id,
                    )
                )

    def test_code_is_proposed_from_the_name_and_unique_in_the_company(self):
        self.assertEqual(self.tier_a.code, "gold")
        twin = self._make_tier(name="Gold")
        self.assertNotEqual(twin.code, "gold")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            twin.code = "gold"
            twin.flush_recordset()

    def test_a_copy_starts_archived(self):
        twin = self.tier_a.copy()
        self.assertFalse(twin.active)
        self.assertNotEqual(twin.code, self.tier_a.code)

    def test_tier_with_customers_or_history_is_not_deleted(self):
        customer = self._make_customer()
        self._assign_tier(customer, self.tier_a)
        with self.assertRaisesRegex(ValidationError, "Gold"):
            self.tier_a.unlink()
        self._assign_tier(customer, self.tier_b)
        with self.assertRaisesRegex(ValidationError, "history"):
            self.tier_a.unlink()
        self.assertTrue(self._make_tier().unlink())

    def test_a_tier_does_not_leave_the_company_of_its_customers(self):
        shared = self._make_tier(company_id=False)
        self._assign_tier(self._make_customer(), shared)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "Northwind"):
            shared.company_id = other
        shared.company_id = self.company
        self.assertEqual(shared.company_id, self.company)

    def test_thresholds_can_be_swapped_at_once(self):
        """One after another the two would be equal for a moment."""
        high = {"promotion_threshold": 80, "demotion_threshold": 70}
        low = {"promotion_threshold": 50, "demotion_threshold": 40}
        self.env["cpm.tier"]._set_thresholds({self.tier_a: low, self.tier_b: high})
        self.assertEqual(self.tier_a.promotion_threshold, 50)
        self.assertEqual(self.tier_b.promotion_threshold, 80)

    def test_swapped_thresholds_are_judged_all_the_same(self):
        bad = [
            {self.tier_a: {"promotion_threshold": 50}},
            {self.tier_a: {"demotion_threshold": 81}},
            {self.tier_a: {"promotion_threshold": float("nan")}},
            {self.tier_a: {"promotion_threshold": 101}},
        ]
        for thresholds in bad:
            with self.subTest(thresholds), self.assertRaises(ValidationError):
                self.env["cpm.tier"]._set_thresholds(thresholds)
        self.assertEqual(self.tier_a.promotion_threshold, 80)

    def test_a_company_with_own_tiers_uses_only_those(self):
        shared = self._make_tier(name="Shared", company_id=False)
        mine = self.env["cpm.tier"]._for_company(self.company)
        self.assertEqual(mine, self.tier_a | self.tier_b | self.tier_c)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["cpm.tier"]._for_company(other)
        self.assertIn(shared, theirs)
        self.assertFalse(theirs.company_id)

    def test_customers_are_counted(self):
        customers = self._make_customers(3)
        self._assign_tier(customers, self.tier_a)
        customers[0].action_archive()
        self.assertEqual(self.tier_a.profile_count, 2)
        self.assertEqual(self.tier_b.profile_count, 0)

    def test_shipped_tiers_are_strategic_key_and_ordinary(self):
        shipped = [
            self.env.ref(f"customer_plan_mgmt.cpm_tier_{code}")
            for code in ("strategic", "key", "ordinary")
        ]
        self.assertEqual(
            [tier.code for tier in shipped], ["strategic", "key", "ordinary"]
        )
        ranks = [tier._rank() for tier in shipped]
        self.assertEqual(ranks, sorted(ranks, reverse=True))
        for tier in shipped:
            tier._check_thresholds()
