"""Portal, public and other internal users get nothing, by any route."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import CpmCommon

REQUIRED = {
    "cpm_profile_ids",
    "cpm_profile_id",
    "cpm_tier_id",
    "cpm_lifecycle_stage_id",
    "cpm_value_score",
    "cpm_health_score",
}


class TestProfilePortal(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer("Portal customer", email="p@example.com")
        cls._give_score(cls.customer, 90)
        cls._run()
        cls.portal = cls._make_portal_user(cls.customer.partner_id)
        cls.outsiders = cls.portal | cls.env.ref("base.public_user") | cls.employee

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule"))
        self.enterContext(mute_logger("odoo.addons.base.models.ir_model"))
        self.enterContext(mute_logger("odoo.models"))

    def _partners(self, user):
        return self.env["res.partner"].with_user(user).with_company(self.company)

    def _own_fields(self, model):
        return [name for name in self.env[model]._fields if name.startswith("cpm_")]

    def test_the_contact_has_our_fields(self):
        self.assertLessEqual(REQUIRED, set(self._own_fields("res.partner")))

    def test_fields_are_not_even_named(self):
        for user in self.outsiders:
            for model in ("res.partner", "res.company", "res.users"):
                with self.subTest(user=user.login, model=model):
                    names = self.env[model].with_user(user).fields_get()
                    self.assertFalse(
                        [name for name in names if name.startswith("cpm_")]
                    )

    def _routes(self, user, name):
        """Return ``{route: call}`` that would tell something of the field."""
        partners = self._partners(user)
        mine = partners.browse(self.portal.partner_id.id)
        value = 90 if "score" in name else self.customer.id
        aggregate = f"{name}:sum" if "score" in name else f"{name}:array_agg"
        known = [(name, "!=", False)]
        return {
            "read": lambda: mine.read([name]),
            "attribute": lambda: mine[name],
            "mapped": lambda: mine.mapped(name),
            "search": lambda: partners.search([(name, "=", value)]),
            "search not set": lambda: partners.search([(name, "=", False)]),
            "path": lambda: partners.search(
                [(f"commercial_partner_id.{name}", "=", 9)]
            ),
            "any": lambda: partners.search([("parent_id", "any", known)]),
            "name_search": lambda: partners.name_search("", known),
            "search_read": lambda: partners.search_read(known[:0], [name]),
            "web_search_read": lambda: partners.web_search_read([], {name: {}}),
            "web_read": lambda: mine.web_read({name: {}}),
            "export": lambda: mine.export_data([name]),
            "order": lambda: partners.search([], order=f"{name} desc"),
            "groupby": lambda: partners.formatted_read_group([], [name], ["__count"]),
            "aggregate": lambda: partners.formatted_read_group([], [], [aggregate]),
            "having": lambda: partners._read_group(
                [], ["id"], having=[(f"{name}:max", ">", 0)]
            ),
            "write": lambda: mine.write({name: False}),
        }

    def test_routes_to_contact_fields_are_closed(self):
        export = self.env.ref("base.group_allow_export")
        self.employee.group_ids |= export
        for user in self.outsiders:
            for name in self._own_fields("res.partner"):
                for route, call in self._routes(user, name).items():
                    with self.subTest(user=user.login, field=name, route=route):
                        self._assert_closed(call)

    def _assert_closed(self, call):
        """Refused, by whatever error; an answer is what must not happen."""
        try:
            with self.env.cr.savepoint():
                answer = call()
        except (UserError, ValueError, NotImplementedError):
            return
        self.fail(f"answered {answer!r}")

    def test_the_routes_do_lead_somewhere_for_our_users(self):
        """Otherwise the test above would prove nothing."""
        self.user_all.group_ids |= self.env.ref("base.group_allow_export")
        unstored = {"order", "groupby", "aggregate", "having", "write"}
        searching = {"search", "search not set", "path", "any", "name_search"}
        for name in self._own_fields("res.partner"):
            routes = self._routes(self.user_all, name)
            if not self.env["res.partner"]._fields[name]._description_searchable:
                routes = {key: routes[key] for key in routes.keys() - searching}
            for route in routes.keys() - unstored:
                with self.subTest(field=name, route=route):
                    routes[route]()

    def test_onchange_tells_nothing(self):
        names = self._own_fields("res.partner")
        for user in self.outsiders:
            with self.subTest(user=user.login):
                spec = dict.fromkeys(names, {})
                try:
                    result = self._partners(user).onchange({}, [], spec)
                except AccessError:
                    continue
                self.assertFalse(set(result.get("value", {})) & set(names))

    def test_company_policy_stays_inside(self):
        names = self._own_fields("res.company")
        self.assertIn("cpm_customer_domain", names)
        for user in self.outsiders:
            for name in names:
                with (
                    self.subTest(user=user.login, field=name),
                    self.assertRaises(AccessError),
                ):
                    self.company.with_user(user).read([name])

    def test_models_are_closed(self):
        models = [
            name
            for name, model in self.env.registry.items()
            if name.startswith("cpm.") and not model._abstract
        ]
        self.assertGreater(len(models), 10)
        for user in self.outsiders:
            for name in models:
                model = self.env[name].with_user(user)
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(user=user.login, model=name, operation=operation):
                        self.assertFalse(model.has_access(operation))
                with self.subTest(user=user.login, model=name, operation="search"):
                    with self.assertRaises(AccessError):
                        model.search([])

    def test_messages_of_profiles_are_closed(self):
        message = self.customer.message_post(body="Top secret", message_type="comment")
        for user in self.outsiders:
            messages = self.env["mail.message"].with_user(user)
            with self.subTest(user=user.login):
                found = messages.search([("model", "=", "cpm.profile")])
                self.assertFalse(found)
                with self.assertRaises(AccessError):
                    message.with_user(user).read(["body"])

    def test_buttons_on_contacts_are_closed(self):
        for user in self.outsiders:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._partners(user).browse(
                    self.portal.partner_id.id
                ).action_cpm_open_profile()
