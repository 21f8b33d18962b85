"""What nobody may type into a profile, and what people do enter."""

from datetime import date

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))


class TestProfileProtection(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._make_customer(profile={"manager_id": cls.user_own.id})
        cls.stage = cls._make_stage("fresh", False)

    def _forged_values(self):
        """Return ``{field: value}`` of everything that is a result."""
        samples = {
            "float": 99.0,
            "integer": 99,
            "date": date(2020, 1, 1),
            "datetime": fields.Datetime.now(),
            "boolean": True,
            "char": "because",
            "json": ["because"],
        }
        forged = {"tier_id": self.tier_a.id}
        for name in self.profiles._cpm_protected:
            field = self.profiles._fields[name]
            if field.type == "many2one":
                forged[name] = self.env[field.comodel_name].search([], limit=1).id
            elif field.type == "selection":
                forged[name] = field.get_values(self.env)[0]
            else:
                forged[name] = samples[field.type]
        return forged

    def test_results_are_protected(self):
        """A guard against protecting too little: every readonly stored field that a
        run or an action fills."""
        results = {
            name
            for name, field in self.profiles._fields.items()
            if field.store and field.readonly and not field.related
        } - {"id", "create_uid", "create_date", "write_uid", "write_date"}
        own = {name for name in results if "activity" not in name}
        own -= {"message_main_attachment_id"}
        self.assertLessEqual(own, self.profiles._cpm_protected | {"tier_id"})

    def test_nobody_may_write_results(self):
        for user in (self.user_own, self.manager, self.admin):
            for name, value in self._forged_values().items():
                with (
                    self.subTest(user=user.login, field=name),
                    self.assertRaises(UserError),
                ):
                    self.customer.with_user(user).write({name: value})

    def test_nobody_may_create_results(self):
        for user in (self.user_all, self.manager, self.admin):
            for name, value in self._forged_values().items():
                partner = self._make_partner()
                with (
                    self.subTest(user=user.login, field=name),
                    self.assertRaises(UserError),
                ):
                    self.profiles.with_user(user).create(
                        {"partner_id": partner.id, name: value}
                    )

    def test_default_values_in_the_context_are_refused_too(self):
        for name, value in self._forged_values().items():
            partner = self._make_partner()
            forged = self.profiles.with_user(self.admin).with_context(
                **{f"default_{name}": value}
            )
            with self.subTest(field=name):
                try:
                    with self.env.cr.savepoint():
                        profile = forged.create({"partner_id": partner.id})
                except UserError:
                    continue
                self.assertFalse(profile[name], "the default must not get through")

    def test_refusal_names_the_field(self):
        with self.assertRaisesRegex(AccessError, "(?i)value score"):
            self.customer.with_user(self.admin).write({"value_score": 100})

    def test_a_refused_write_changes_nothing_at_all(self):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.customer.with_user(self.admin).write({"note": "x", "value_score": 1})
        self.assertFalse(self.customer.note)

    # ------------------------------------------------------- Strategic value

    def test_strategic_value_is_dated_and_signed(self):
        self.customer.with_user(self.user_own).strategic_value = 80
        self.assertEqual(self.customer.strategic_value_user_id, self.user_own)
        self.assertEqual(
            self.customer.strategic_value_date,
            fields.Date.context_today(self.customer),
        )

    def test_strategic_value_given_at_creation_is_signed(self):
        profile = self.profiles.with_user(self.manager).create(
            {"partner_id": self._make_partner().id, "strategic_value": 40}
        )
        self.assertEqual(profile.strategic_value_user_id, self.manager)

    def test_profile_without_assessment_carries_no_signature(self):
        self.assertFalse(self.customer.strategic_value_date)
        self.assertFalse(self.customer.strategic_value_user_id)

    def test_strategic_value_is_a_number_from_0_to_100(self):
        for value in (-0.01, 100.01, *NOT_NUMBERS):
            with (
                self.subTest(value),
                self.assertRaisesRegex(ValidationError, "(?i)strategic value"),
            ):
                self.customer.with_user(self.user_own).strategic_value = value
        for value in (0, 100):
            self.customer.with_user(self.user_own).strategic_value = value
            self.assertEqual(self.customer.strategic_value, value)

    def test_the_database_refuses_what_python_would_let_through(self):
        self._assign_tier(self.customer, self.tier_a)
        change = self.customer.tier_change_ids
        score = self.scores.sudo().create(
            {
                "profile_id": self.customer.id,
                "purpose": "value",
                "date": "2024-06-28",
                "score": 50,
            }
        )
        self.env.flush_all()
        columns = [
            (self.customer, name)
            for name in (
                "strategic_value",
                "value_score",
                "health_score",
                "loyalty_score",
            )
        ]
        for record, column in [*columns, (change, "score"), (score, "score")]:
            for value in (-1, 101, *NOT_NUMBERS):
                with (
                    self.subTest(record=record, column=column, value=value),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET %s = %s WHERE id = %s",
                            SQL.identifier(record._table),
                            SQL.identifier(column),
                            value,
                            record.id,
                        )
                    )

    # ------------------------------------------------------------ Preferences

    def test_preferences_are_defined_once_per_company(self):
        self.company.cpm_preference_definition = [
            {"name": "colour", "string": "Favourite colour", "type": "char"},
            {
                "name": "contact",
                "string": "Prefers",
                "type": "selection",
                "selection": [["mail", "E-mail"], ["phone", "Telephone"]],
            },
        ]
        mine = self.customer.with_user(self.user_own)
        mine.preferences = {"colour": "indigo", "contact": "phone"}
        self.env.invalidate_all()
        self.assertEqual(mine.preferences["colour"], "indigo")
        found = self.profiles.with_user(self.user_own).search(
            [("preferences.contact", "=", "phone")]
        )
        self.assertEqual(found, self.customer)
        self.assertFalse(self._make_customer().preferences["colour"])

    def test_preferences_of_another_company_stay_there(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.company.cpm_preference_definition = [
            {"name": "colour", "string": "Favourite colour", "type": "char"}
        ]
        there = self._make_customer(company_id=False, profile={"company_id": other.id})
        self.assertFalse(dict(there.preferences))
