"""Purchases from other systems: what they must say, and importing them."""

from datetime import date

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))
COLUMNS = ["partner_id/.id", "date", "amount", "reference", "source"]


class TestProfileTransaction(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._make_customer()
        cls.purchases = cls.env["cpm.transaction"]

    def _make(self, **vals):
        return self._make_purchases(self.customer, ("2024-01-31", 100), **vals)

    # ------------------------------------------------------------------ Rules

    def test_purchase_belongs_to_the_profile_of_its_customer(self):
        self.assertEqual(self._make().profile_id, self.customer)

    def test_purchase_of_a_person_belongs_to_the_company_of_the_person(self):
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        purchase = self._make_purchases(person, ("2024-01-31", 100))
        self.assertEqual(purchase.profile_id, self.customer)
        other = self._make_customer()
        person.parent_id = other.partner_id
        self.assertEqual(purchase.profile_id, other)

    def test_purchase_moves_with_its_customer(self):
        purchase, other = self._make(), self._make_customer()
        purchase.partner_id = other.partner_id
        self.assertEqual(purchase.profile_id, other)

    def test_the_profile_cannot_be_written(self):
        other = self._make_customer()
        with self.assertRaises(AccessError):
            self._make().with_user(self.manager).profile_id = other

    def test_source_and_reference_identify_a_purchase_in_the_company(self):
        self._make(reference="A-1", source="shop")
        self._make(reference="A-1", source="web")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self._make_partner(company_id=False)
        self._make_purchases(
            partner,
            ("2024-01-31", 1),
            reference="A-1",
            source="shop",
            company_id=other.id,
        )
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._make(reference="A-1", source="shop")

    def test_purchases_without_reference_may_be_many(self):
        self.assertEqual(len(self._make(reference=False) | self._make(reference="")), 2)

    def test_purchase_is_called_by_reference_or_customer_and_new_while_empty(self):
        purchase = self._make(reference="A-1")
        self.assertEqual(purchase.display_name, "A-1")
        purchase.reference = False
        self.assertIn(self.customer.partner_id.name, purchase.display_name)
        empty = self.purchases.new({})
        self.assertFalse(empty.display_name, "the screen says New, not unknown")
        empty.partner_id = self.customer.partner_id
        self.assertIn(self.customer.partner_id.name, empty.display_name)

    def test_purchase_needs_a_customer(self):
        with self.assertRaisesRegex(ValidationError, "Customer.*X-1"):
            self.purchases.create({"reference": "X-1", "amount": 1})
        purchase = self._make()
        with self.assertRaisesRegex(ValidationError, "Customer"):
            purchase.with_user(self.manager).partner_id = False

    def test_purchase_needs_a_source(self):
        for source in ("", "  ", False):
            with (
                self.subTest(source=source),
                self.assertRaisesRegex(ValidationError, "(?i)source"),
            ):
                self._make(source=source)

    def test_dates_nobody_can_mean_are_refused(self):
        for day in ("0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"):
            with (
                self.subTest(day),
                self.assertRaisesRegex(ValidationError, f"Date.*{day}"),
            ):
                self._make_purchases(self.customer, (day, 1))
        purchase = self._make_purchases(
            self.customer, ("1900-01-01", 1), ("2200-12-31", 1)
        )[0]
        with self.assertRaisesRegex(ValidationError, "Date"):
            purchase.date = date(1, 1, 1)

    def test_amount_and_quantity_are_numbers(self):
        for name in ("amount", "quantity"):
            for value in (*NOT_NUMBERS, 1e13, -1e13):
                with (
                    self.subTest(field=name, value=value),
                    self.assertRaisesRegex(ValidationError, f"(?i){name}"),
                ):
                    self._make(**{name: value})
        self.assertEqual(self._make(amount=-100).amount, -100, "a refund")

    def test_the_database_refuses_what_python_would_let_through(self):
        purchase = self._make()
        cases = [("amount", value) for value in NOT_NUMBERS]
        cases += [("quantity", value) for value in NOT_NUMBERS]
        cases += [("date", date(1, 1, 1)), ("date", date(9999, 12, 31))]
        for name, value in cases:
            with (
                self.subTest(field=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        "UPDATE cpm_transaction SET %s = %s WHERE id = %s",
                        SQL.identifier(name),
                        value,
                        purchase.id,
                    )
                )

    def test_company_is_fixed_and_fits_the_customer(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "Company"):
            self._make().company_id = other
        with self.assertRaises(UserError):
            self._make(company_id=other.id)

    def test_history_shows_purchases_of_the_customer_and_its_people(self):
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        self._make(reference="B-1")
        self._make_purchases(person, ("2024-03-01", 7), reference="B-2")
        self._make_purchases(self._make_customer(), ("2024-03-01", 7))
        mine = self.customer.with_user(self.user_all)
        self.assertEqual(mine.purchase_ids.mapped("reference"), ["B-2", "B-1"])
        self.assertEqual(set(mine.purchase_ids.mapped("state")), {"recorded"})
        action = mine.action_view_purchases()
        found = self.env["cpm.purchase"].search(action["domain"])
        self.assertEqual(found.mapped("amount"), [7, 100])
        opened = found[0].action_open_record()
        self.assertEqual(opened["res_model"], "cpm.transaction")
        self.assertEqual(self.purchases.browse(opened["res_id"]).reference, "B-2")

    # ----------------------------------------------------------------- Import

    def _load(self, rows, columns=None, user=None):
        purchases = self.purchases.with_user(user or self.manager)
        result = purchases.load(columns or COLUMNS, rows)
        self.env.invalidate_all()
        return result

    def _rows(self, *rows):
        partner = str(self.customer.partner_id.id)
        return [[partner, *row] for row in rows]

    def test_import_by_a_manager(self):
        result = self._load(
            self._rows(
                ("2024-01-31", "12.5", "I-1", "till"),
                ("2024-02-29", "-3", "I-2", "till"),
            )
        )
        self.assertFalse(result["messages"])
        purchases = self.purchases.browse(result["ids"])
        self.assertEqual(purchases.mapped("amount"), [12.5, -3])
        self.assertEqual(purchases.profile_id, self.customer)
        self.assertEqual(purchases.currency_id, self.company.currency_id)

    def test_import_errors_name_the_line(self):
        good = self._rows(("2024-01-31", "1", "G-1", "t"))[0]
        partner = good[0]
        cases = {
            "no customer": (["", "2024-01-31", "1", "E-1", "t"], "(?i)customer"),
            "unknown customer": (
                ["99999999", "2024-01-31", "1", "E-2", "t"],
                "99999999",
            ),
            "early date": ([partner, "0001-01-01", "1", "E-3", "t"], "Date"),
            "late date": ([partner, "9999-12-31", "1", "E-4", "t"], "Date"),
            "no date": ([partner, "31.31.2024", "1", "E-5", "t"], "(?i)date"),
            "no number": ([partner, "2024-01-31", "abc", "E-6", "t"], "abc"),
            "NaN": ([partner, "2024-01-31", "NaN", "E-7", "t"], "(?i)amount"),
            "infinite": ([partner, "2024-01-31", "inf", "E-8", "t"], "(?i)amount"),
            "twice": ([partner, "2024-01-31", "1", "G-1", "t"], "exists already"),
        }
        for label, (bad, text) in cases.items():
            with self.subTest(label), mute_logger("odoo.sql_db"):
                result = self._load([good, bad])
                self.assertFalse(result["ids"])
                self.assertTrue(result["messages"])
                for message in result["messages"]:
                    self.assertEqual(message["rows"], {"from": 1, "to": 1}, message)
                texts = [message["message"] for message in result["messages"]]
                self.assertRegex("; ".join(texts), text)
                self.assertIn("error", {m["type"] for m in result["messages"]})
                self.assertFalse(
                    self.purchases.search([("reference", "=", "G-1")]),
                    "nothing is half-written",
                )

    def test_import_errors_on_several_lines_name_each(self):
        rows = self._rows(
            ("2024-01-31", "1", "S-0", "t"),
            ("0001-01-01", "1", "S-1", "t"),
            ("2024-01-31", "1", "S-2", "t"),
            ("2024-01-31", "NaN", "S-3", "t"),
        )
        messages = self._load(rows)["messages"]
        self.assertEqual([m["rows"]["from"] for m in messages], [1, 3])

    def test_import_with_an_unknown_currency_names_the_line(self):
        rows = self._rows(
            ("2024-01-31", "1", "C-1", "t", "USD"),
            ("2024-01-31", "1", "C-2", "t", "XQX"),
        )
        result = self._load(rows, [*COLUMNS, "currency_id"])
        self.assertFalse(result["ids"])
        self.assertEqual(result["messages"][0]["rows"], {"from": 1, "to": 1})
        self.assertIn("XQX", result["messages"][0]["message"])

    def test_importing_a_file_twice_adds_nothing(self):
        rows = self._rows(*[("2024-01-31", "1", f"D-{n}", "t") for n in range(5)])
        self.assertFalse(self._load(rows)["messages"])
        with mute_logger("odoo.sql_db"):
            self.assertTrue(self._load(rows)["messages"])
        self.assertEqual(self.purchases.search_count([("reference", "like", "D-")]), 5)

    def test_import_by_reference_of_the_customer(self):
        self.customer.partner_id.ref = "NW-77"
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "nw_77",
                "model": "res.partner",
                "res_id": self.customer.partner_id.id,
            }
        )
        result = self._load(
            [["__import__.nw_77", "2024-01-31", "5", "R-1", "t"]],
            ["partner_id/id", *COLUMNS[1:]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.purchases.browse(result["ids"]).profile_id, self.customer)

    def test_users_cannot_import(self):
        result = self._load(
            self._rows(("2024-01-31", "1", "U-1", "t")), user=self.user_all
        )
        self.assertTrue(result["messages"])
        self.assertFalse(result["ids"])

    def test_the_offered_template_fits_the_model(self):
        template = self.purchases.get_import_templates()[0]
        self.assertTrue(template["label"])
        self.assertTrue(template["template"].startswith("/customer_plan_mgmt/static/"))

    def test_import_costs_no_query_per_row_of_its_own(self):
        """Odoo's import looks every customer up; nothing may come on top. Measured
        against a plain core model with a contact."""
        ours = self._query_growth(
            "cpm.transaction",
            COLUMNS,
            lambda partner, n: [partner, "2024-01-31", "1", f"Q-{n}", "t"],
        )
        core = self._query_growth(
            "res.partner.bank",
            ["partner_id/.id", "acc_number"],
            lambda partner, n: [partner, f"BANK{n}"],
        )
        self.assertLessEqual(ours, core + 0.02)

    def _query_growth(self, model, columns, row):
        """Return the queries per row that 1000 rows cost more than 200."""
        counts = {}
        for size in (10, 200, 1000):  # the first one warms caches up
            partners = self._make_customers(size).partner_id
            rows = [row(str(p.id), f"{size}-{n}") for n, p in enumerate(partners)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = self.env[model].load(columns, rows)
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
            self.assertEqual(len(result["ids"] or []), size, result["messages"][:1])
        return (counts[1000] - counts[200]) / 800
