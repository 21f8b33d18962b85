"""Nights that look only at whom something happened to, and must miss nobody."""

import random
from datetime import date, timedelta

from freezegun import freeze_time

from .common import CpmCommon

RESULTS = (
    "value_score",
    "value_level",
    "health_score",
    "health_level",
    "loyalty_score",
    "loyalty_level",
    "tier_id",
    "lifecycle_stage_id",
)
START = date(2024, 1, 25)


class TestScoringRunIncremental(CpmCommon):
    """Random things happen day by day; every night runs incrementally. What is stored
    then must be what a full computation of that day finds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bought = {"domain": "[('payment_method', '!=', 'void')]"}
        cls.orders = cls._make_metric("orders", **bought)
        cls.recent = cls._make_metric("recent", "sum", period_days=30, **bought)
        cls.last = cls._make_metric("last", "days_since_last", **bought)
        cls.first = cls._make_metric("first", "days_since_first", **bought)
        cls.rhythm = cls._make_metric("rhythm", "median_interval_days", **bought)
        cls.trend = cls._make_metric("trend", "growth", period_days=20, **bought)
        cls.months = cls._make_metric("months", "active_months", period_days=60)
        cls.size = cls._make_manual_metric("size")
        cls.silence = cls.env["cpm.metric"].create(
            {
                "name": "Silence",
                "code": "silence",
                "source": "ratio",
                "numerator_id": cls.last.id,
                "denominator_id": cls.rhythm.id,
            }
        )
        cls._make_scorecard(
            (cls.recent, 5, {0: 0, 50: 40, 150: 80, 400: 100}),
            (cls.last, 3, {0: 100, 5: 70, 12: 40, 30: 0}),
            (cls.size, 1, (0, 100)),
        )
        cls._make_scorecard(
            (cls.silence, 2, {0: 100, 1: 60, 2: 20, 4: 0}),
            (cls.trend, 1, (-50, 50)),
            purpose="health",
        )
        cls._make_scorecard(
            (cls.first, 1, {0: 0, 20: 50, 40: 100}),
            (cls.months, 1, {1: 20, 2: 60, 3: 100}),
            (cls.orders, 1, {1: 0, 4: 100}),
            purpose="loyalty",
        )
        cls._make_stages(
            (
                "back",
                "['|', ('stage', '=', 'gone'), '&', ('stage', '=', 'back'), "
                "('days_in_stage', '<', 5), ('last', '<=', 10)]",
            ),
            ("blank", "[('orders', '=', False)]"),
            ("loud", "[('silence', '<=', 1.5), ('orders', '>=', 3)]"),
            ("gone", "[('last', '>', 25)]"),
            ("dear", "[('tier', '=', 'gold')]"),
            ("calm", "[('last', '>', 8)]"),
        )
        cls.tier_a.minimum_stay_days = 6
        cls.tier_b.minimum_stay_days = 15
        cls.company.cpm_full_pass_days = 1000

    # --------------------------------------------------------------- Happenings

    def _happen(self, rng, day):
        """Let one random thing happen on ``day``."""
        customers = self.profiles.search([("company_id", "=", self.company.id)])
        everybody = self.profiles.with_context(active_test=False).search(
            [("company_id", "=", self.company.id)]
        )
        customer = rng.choice(customers)
        purchases = self.env["cpm.transaction"].search(
            [("company_id", "=", self.company.id), ("partner_id", "!=", False)]
        )
        purchase = rng.choice(purchases) if purchases else None
        deed = rng.choice(
            [
                "buy",
                "buy",
                "buy",
                "buy earlier",
                "buy later",
                "amount",
                "date",
                "void",
                "move",
                "delete",
                "size",
                "size later",
                "forget size",
                "tier",
                "release tier",
                "stage",
                "release stage",
                "exclude",
                "archive",
                "person",
                "newcomer",
                "independent",
            ]
        )
        method = getattr(self, f"_do_{deed.replace(' ', '_')}")
        method(rng, day, customer, purchase, everybody)
        return f"{day} {deed} {customer.id} {purchase}"

    def _buy(self, rng, customer, day):
        contacts = customer.partner_id | customer.partner_id.child_ids
        self._make_purchases(
            rng.choice(contacts), (day, rng.choice((10, 60, 200, 300, -40)))
        )

    def _do_buy(self, rng, day, customer, *_others):
        self._buy(rng, customer, day)

    def _do_buy_earlier(self, rng, day, customer, *_others):
        self._buy(rng, customer, day - timedelta(days=rng.randint(1, 70)))

    def _do_buy_later(self, rng, day, customer, *_others):
        self._buy(rng, customer, day + timedelta(days=rng.randint(1, 10)))

    def _do_amount(self, rng, day, customer, purchase, *_others):
        if purchase:
            purchase.amount = rng.choice((1, 100, 500))

    def _do_date(self, rng, day, customer, purchase, *_others):
        if purchase:
            purchase.date = day - timedelta(days=rng.randint(-3, 60))

    def _do_void(self, rng, day, customer, purchase, *_others):
        if purchase:
            purchase.payment_method = rng.choice(("void", "cash"))

    def _do_move(self, rng, day, customer, purchase, *_others):
        if purchase:
            purchase.partner_id = customer.partner_id

    def _do_delete(self, rng, day, customer, purchase, *_others):
        if purchase:
            purchase.unlink()

    def _do_size(self, rng, day, customer, *_others):
        self._give_value(customer, self.size, rng.randint(0, 100), day)

    def _do_size_later(self, rng, day, customer, *_others):
        ahead = day + timedelta(days=rng.randint(1, 6))
        self._give_value(customer, self.size, rng.randint(0, 100), ahead)

    def _do_forget_size(self, rng, day, customer, *_others):
        customer.metric_value_ids.filtered(
            lambda row: row.metric_id == self.size
        ).unlink()

    def _do_tier(self, rng, day, customer, *_others):
        customer._set_tier(
            rng.choice((self.tier_a, self.tier_b, self.tier_c)),
            origin="manual",
            reason="Test",
            locked_until=rng.choice((None, day, day + timedelta(days=4))),
        )

    def _do_release_tier(self, rng, day, customer, *_others):
        customer.with_user(self.manager).action_release_tier()

    def _do_stage(self, rng, day, customer, *_others):
        customer._set_lifecycle(
            rng.choice(self.env["cpm.lifecycle.stage"].search([])),
            reason="Test",
            locked_until=rng.choice((None, day, day + timedelta(days=4))),
        )

    def _do_release_stage(self, rng, day, customer, *_others):
        customer.with_user(self.manager).action_release_lifecycle()

    def _do_exclude(self, rng, day, customer, *_others):
        customer.score_excluded = not customer.score_excluded

    def _do_archive(self, rng, day, customer, purchase, everybody):
        partner = rng.choice(everybody).partner_id
        partner.active = not partner.active

    def _do_person(self, rng, day, customer, purchase, everybody):
        """A customer becomes, or ceases to be, a contact of another one."""
        partner = rng.choice(everybody).partner_id
        boss = customer.partner_id
        if partner.parent_id:
            partner.parent_id = False
        elif boss != partner and not partner.child_ids and boss.active:
            partner.parent_id = boss

    def _do_newcomer(self, rng, day, *_others):
        partner = self._make_partner(is_company=True)
        self._make_purchases(partner, (day - timedelta(days=rng.randint(0, 40)), 80))

    def _do_independent(self, rng, day, customer, purchase, everybody):
        """A person of a customer buys, then leaves with the purchases."""
        person = self._make_partner(parent_id=customer.partner_id.id)
        self._make_purchases(person, (day, 150))
        if rng.random() < 0.5:
            person.parent_id = False

    # ----------------------------------------------------------------- Compare

    def _assert_as_computed_in_full(self, day, story):
        rows = self._ghost(day, full=True)
        found = self.profiles.search([("company_id", "=", self.company.id)])
        found = found.filtered(lambda profile: not profile.score_excluded)
        self.assertEqual(set(rows), set(found.ids), story)
        self.env.cr.execute(
            f"SELECT id, {', '.join(RESULTS)} FROM cpm_profile WHERE id IN %s",
            [tuple(found.ids)],
        )
        for profile_id, *stored in self.env.cr.fetchall():
            computed = [rows[profile_id][name] for name in RESULTS]
            self.assertEqual(stored, computed, (profile_id, story))
        for profile in found:
            values = {
                value.metric_id.code: value.value
                for value in profile.metric_value_ids
                if not value.date or value.date <= day
            }
            for code, number in rows[profile.id]["metrics"].items():
                label = (profile.id, code, story)
                if number is None:
                    self.assertNotIn(code, values, label)
                else:
                    self.assertAlmostEqual(values[code], number, msg=label)

    def _live(self, seed, nights, approval=False):
        rng = random.Random(seed)
        self.company.cpm_demotion_approval = approval
        customers = self._make_customers(8)
        customers.partner_id.is_company = True
        for customer in customers:
            for _index in range(rng.randint(0, 5)):
                self._buy(rng, customer, START - timedelta(days=rng.randint(0, 60)))
        day, story, partial = START, [], 0
        with freeze_time(f"{day} 02:00:00"):
            self._run(day, full=True)
        for night in range(nights):
            self._forget_edits()
            with freeze_time(f"{day} 12:00:00"):
                for _index in range(rng.choice((0, 1, 1, 2, 4))):
                    story.append(self._happen(rng, day))
                    self.env.flush_all()
                if approval:
                    self._decide(rng)
            # most nights follow each other; now and then the server was off
            day += timedelta(days=40 if night == nights // 2 else rng.choice((1, 1, 3)))
            with freeze_time(f"{day} 02:00:00"):
                result = self._run(day, full=False)
                partial += not result.full
                self._assert_as_computed_in_full(day, story[-12:])
                if night % 5 == 4:
                    again = self._run(day, full=True)
                    self.assertEqual(again.changed, 0, story[-12:])
        self.assertEqual(partial, nights, "every night was incremental")

    def _decide(self, rng):
        for change in self.changes.search(
            [("company_id", "=", self.company.id), ("state", "=", "proposed")]
        ):
            if rng.random() < 0.5:
                action = rng.choice(("action_apply", "action_reject"))
                getattr(change.with_user(self.manager), action)()

    def test_random_life_1(self):
        self._live(1, 15)

    def test_random_life_2(self):
        self._live(2, 15)

    def test_random_life_with_approval_of_demotions(self):
        self._live(4, 15, approval=True)
