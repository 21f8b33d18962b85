"""The example company: every demo customer stands where its story says."""

from unittest import SkipTest

from odoo.tests import TransactionCase, tagged

# Customer: tier and lifecycle stage, None for none
STORIES = {
    "yunqi": ("strategic", "loyal"),  # growing
    "wutong": ("strategic", "loyal"),  # steady
    "jinxiu": ("strategic", "loyal"),  # promoted within the year
    "shangyuan": ("strategic", "active"),  # from ordinary to the top in a year
    "hengyuan": ("strategic", "loyal"),  # big but shrinking
    "shenruolan": ("strategic", "loyal"),  # by hand
    "mingde": ("key", "loyal"),
    "delacroix": ("key", "loyal"),  # pays in euros
    "kobayashi": ("key", "loyal"),  # pays in yen
    "xinghai": ("key", "at_risk"),  # falling silent
    "qinghe": ("key", "at_risk"),  # demotion waits for the manager
    "longteng": ("ordinary", "lost"),  # once key
    "hejiayi": ("ordinary", "lost"),  # bought once
    "yuanmengyao": ("ordinary", "lost"),  # stage by hand
    "chenxi": ("ordinary", "first_purchase"),
    "tangjiayi": ("ordinary", "active"),
    "boya": (None, "prospect"),
    "guwenbo": ("ordinary", "won_back"),
    "hargreaves": ("ordinary", "won_back"),
    "songmingzhe": ("key", "loyal"),  # won back and stayed
    "luoyiming": (None, None),  # refused scoring
}


@tagged("post_install", "-at_install")
class TestDemoStories(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref("customer_plan_mgmt.demo_customer_yunqi", False):
            raise SkipTest("This database has no demo data")

    def _profile(self, key):
        partner = self.env.ref(f"customer_plan_mgmt.demo_customer_{key}")
        return self.env["cpm.profile"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.env.ref("base.main_company").id),
            ]
        )

    def test_everything_was_loaded(self):
        self.assertFalse(
            self.env["ir.demo_failure"].search(
                [("module_id.name", "=like", "customer_plan_mgmt%")]
            )
        )

    def test_customers_stand_where_their_story_says(self):
        for key, (tier, stage) in STORIES.items():
            with self.subTest(customer=key):
                profile = self._profile(key)
                self.assertEqual(len(profile), 1)
                self.assertEqual(
                    (
                        profile.tier_id.code or None,
                        profile.lifecycle_stage_id.code or None,
                    ),
                    (tier, stage),
                )

    def test_demotion_waits_and_promotions_happened(self):
        changes = self._profile("qinghe").tier_change_ids
        waiting = changes.filtered(lambda change: change.state == "proposed")
        self.assertEqual(
            (waiting.from_tier_id.code, waiting.to_tier_id.code, waiting.origin),
            ("key", "ordinary", "rule"),
        )
        moves = self._profile("shangyuan").tier_change_ids.sorted("id")
        self.assertEqual(
            moves.mapped("to_tier_id.code"), ["ordinary", "key", "strategic"]
        )

    def test_tier_by_hand_has_author_reason_and_end(self):
        profile = self._profile("shenruolan")
        change = profile.tier_change_ids.sorted("id")[-1:]
        self.assertEqual(profile.tier_origin, "manual")
        self.assertEqual(change.user_id.login, "huali_manager")
        self.assertTrue(change.reason)
        self.assertEqual(profile.tier_locked_until, change.expiry_date)
        self.assertGreater(change.expiry_date, change.effective_date)

    def test_who_refused_scoring_has_purchases_but_no_score(self):
        profile = self._profile("luoyiming")
        self.assertTrue(profile.score_excluded)
        self.assertTrue(profile.purchase_ids)
        self.assertFalse(profile.score_ids)
        self.assertFalse(profile.value_level)

    def test_alarm_segment_finds_the_customers_in_trouble(self):
        segment = self.env.ref("customer_plan_mgmt.demo_segment_call_today")
        found = self.env["cpm.profile"].search(segment._get_profile_domain())
        self.assertEqual(found, self._profile("xinghai") | self._profile("hengyuan"))

    def test_people_see_what_their_role_allows(self):
        count = {
            login: self.env["cpm.profile"]
            .with_user(self.env.ref(f"customer_plan_mgmt.demo_user_{login}"))
            .search_count([])
            for login in ("sales", "desk", "manager", "admin")
        }
        self.assertEqual(count["desk"], count["manager"])
        self.assertEqual(count["desk"], count["admin"])
        self.assertLess(0, count["sales"])
        self.assertLess(count["sales"], count["desk"])
