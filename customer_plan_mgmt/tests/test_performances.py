"""Queries of screens must not grow with the number of customers."""

from odoo import fields
from odoo.tests import users, warmup

from .common import DAY
from .common_performances import LIMIT, MANY, OURS, PerformanceCase


class TestPerformancesContacts(PerformanceCase):
    """What other people's screens pay for us."""

    def _screens(self, spec, form_spec):
        partners = self._as_user("res.partner")
        ids = self.customers.partner_id.ids
        return {
            "list": lambda: partners.web_search_read(
                [("id", "in", ids)], spec, limit=LIMIT
            ),
            "form": lambda: partners.browse(ids[0]).web_read(form_spec),
        }

    def _without_ours(self, spec):
        return {
            name: entry for name, entry in spec.items() if not name.startswith("cpm_")
        }

    def test_screens_that_show_nothing_of_ours_cost_nothing(self):
        spec = self._without_ours(self._spec("res.partner", "list"))
        form_spec = self._without_ours(self._spec("res.partner", "form"))
        self.assertIn("email", spec)
        for name, call in self._screens(spec, form_spec).items():
            with self.subTest(name):
                statements = self._statements(call)
                self.assertTrue(statements)
                ours = list(filter(OURS.search, statements))
                self.assertFalse(ours)

    def test_people_without_our_rights_pay_nothing(self):
        partners = self.env(user=self.employee, context={})["res.partner"]
        arch = partners.get_view(False, "form")["arch"]
        self.assertNotIn("cpm_", arch)
        statements = self._statements(
            lambda: partners.web_search_read([], {"display_name": {}, "email": {}})
        )
        self.assertFalse(list(filter(OURS.search, statements)))

    def test_contact_list_with_our_columns_costs_at_most_two_queries(self):
        spec = self._spec("res.partner", "list")
        shown = {
            "cpm_tier_id": {"fields": {"display_name": {}}},
            "cpm_lifecycle_stage_id": {"fields": {"display_name": {}}},
            "cpm_value_score": {},
            "cpm_health_score": {},
            "cpm_value_level": {},
            "cpm_health_level": {},
        }
        plain = self._screens(self._without_ours(spec), {})["list"]
        tier = {name: shown[name] for name in ("cpm_tier_id", "cpm_value_score")}
        with_tier = self._screens({**self._without_ours(spec), **tier}, {})["list"]
        with_all = self._screens({**self._without_ours(spec), **shown}, {})["list"]
        base = self._count(plain)
        self.assertLessEqual(self._count(with_tier) - base, 2)
        # One more for the names of another kind of records
        self.assertLessEqual(self._count(with_all) - base, 3)

    def test_contact_form_with_our_page_costs_at_most_four_queries(self):
        spec = self._spec("res.partner", "form")
        self.assertIn("cpm_tier_id", spec)
        plain = self._screens({}, self._without_ours(spec))["form"]
        ours = self._screens({}, spec)["form"]
        self.assertLessEqual(self._count(ours) - self._count(plain), 4)

    def test_contact_list_costs_as_much_for_many_as_for_one(self):
        spec = {
            **self._spec("res.partner", "list"),
            "cpm_tier_id": {"fields": {"display_name": {}}},
            "cpm_manager_id": {"fields": {"display_name": {}}},
            "cpm_value_score": {},
        }
        partners = self._as_user("res.partner")
        ids = self.customers.partner_id.ids
        one, many = (
            self._count(
                lambda ids=ids[:number]: partners.web_search_read(
                    [("id", "in", ids)], spec, limit=LIMIT
                )
            )
            for number in (1, MANY)
        )
        self.assertEqual(one, many)

    def test_searching_contacts_by_ours_costs_no_extra_query(self):
        partners = self._as_user("res.partner")
        ids = [("id", "in", self.customers.partner_id.ids)]
        plain = self._count(lambda: partners.search(ids))
        for condition in (
            ("cpm_tier_id", "=", self.tier_b.id),
            ("cpm_tier_id", "=", False),
            ("cpm_value_score", ">", 50),
            ("cpm_health_level", "=", "low"),
            ("cpm_profile_id", "!=", False),
        ):
            with self.subTest(condition):
                asked = self._count(lambda c=condition: partners.search([*ids, c]))
                self.assertEqual(asked, plain)

    def test_editing_contacts_costs_nothing(self):
        partner = self.customers[0].partner_id
        for deed, call in {
            "write": lambda: partner.write({"phone": "123"}),
            "create": lambda: partner.create({"name": "New"}),
        }.items():
            with self.subTest(deed):
                statements = self._statements(call)
                self.assertTrue(statements)
                self.assertFalse(list(filter(OURS.search, statements)))

    def test_archiving_contacts_costs_the_same_for_many(self):
        partners = self.env["res.partner"].browse(self.customers.partner_id.ids)
        one = self._count(partners[:1].action_archive)
        many = self._count(partners.action_archive)
        self.assertLessEqual(many, one)

    def test_deleting_contacts_asks_for_our_records_once(self):
        """Odoo's own deletion has its price; ours must not grow with the number."""
        partners = self.customers.partner_id

        def ours(records):
            return [
                text for text in self._statements(records.unlink) if OURS.search(text)
            ]

        self.assertLessEqual(len(ours(partners[:20])), len(ours(partners[:2])) + 2)


class TestPerformancesScreens(PerformanceCase):
    """Our own screens."""

    LISTS = {
        "cpm.profile": "id",
        "cpm.tier.change": "profile_id",
        "cpm.score": "profile_id",
        "cpm.metric.value": "profile_id",
        "cpm.transaction": "profile_id",
        "cpm.purchase": "partner_id",
    }

    def _list(self, model, spec, number):
        customers = self.customers[:number]
        link = self.LISTS[model]
        ids = customers.partner_id.ids if link == "partner_id" else customers.ids
        records = self._as_user(model)
        return lambda: records.web_search_read([(link, "in", ids)], spec, limit=LIMIT)

    def test_lists_cost_the_same_for_many_rows(self):
        for model in self.LISTS:
            spec = self._spec(model, "list")
            one, many = self._list(model, spec, 1), self._list(model, spec, MANY)
            with self.subTest(model):
                self.assertEqual(many()["length"], MANY)
                self.assertEqual(self._count(one), self._count(many))

    def test_cards_cost_the_same_for_many(self):
        spec = self._spec("cpm.profile", "kanban")
        one, many = (self._list("cpm.profile", spec, n) for n in (1, MANY))
        self.assertEqual(self._count(one), self._count(many))

    def test_groups_cost_the_same_for_many(self):
        profiles = self._as_user("cpm.profile")
        spec = self._spec("cpm.profile", "list")
        counts = [
            self._count(
                lambda ids=self.customers[:number].ids: profiles.web_read_group(
                    [("id", "in", ids)],
                    ["tier_id"],
                    ["value_score:avg", "__count"],
                    auto_unfold=True,
                    unfold_read_specification=spec,
                )
            )
            for number in (1, MANY)
        ]
        self.assertEqual(*counts)

    def test_form_costs_the_same_with_a_long_history(self):
        short, long = self.customers[:2]
        self._make_purchases(short, ("2023-01-01", 1))
        self._make_purchases(long, *[(f"2023-01-{day:02}", 1) for day in range(1, 29)])
        for number, score in enumerate((10, 90, 20, 80, 30, 70, 15, 85)):
            self._give_score(long | short if number < 2 else long, score)
            self._run(fields.Date.add(DAY, days=number + 1))
        self.assertEqual((len(short.score_ids), len(long.score_ids)), (3, 9))
        self.assertEqual(len(long.tier_change_ids), 9)
        spec = self._spec("cpm.profile", "form")
        self.assertIn("value_explanation", spec)
        profiles = self._as_user("cpm.profile")
        counts = [
            self._count(lambda c=customer: profiles.browse(c.id).web_read(spec))
            for customer in (short, long)
        ]
        self.assertEqual(*counts)

    @users("cpm_all")
    @warmup
    def test_figures_of_our_screens(self):
        """So that somebody notices when a screen becomes dearer."""
        list_spec = self._spec("cpm.profile", "list")
        form_spec = self._spec("cpm.profile", "form")
        profiles = self.env(context={})["cpm.profile"]
        ids = self.customers.ids
        self.env.invalidate_all()
        with self.assertQueryCount(cpm_all=6):
            profiles.web_search_read([("id", "in", ids)], list_spec, limit=LIMIT)
        self.env.invalidate_all()
        with self.assertQueryCount(cpm_all=25):
            profiles.browse(ids[0]).web_read(form_spec)
