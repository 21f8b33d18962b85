"""Customers of three people, and calls as a client over RPC makes them."""

import psycopg2

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

# Tables in which nothing may change when a call is refused
TABLES = (
    "cpm_profile",
    "cpm_profile_res_users_rel",
    "cpm_tier",
    "cpm_tier_change",
    "cpm_score",
    "cpm_metric_value",
    "cpm_transaction",
    "cpm_metric",
    "cpm_scorecard",
    "cpm_scorecard_line",
    "cpm_lifecycle_stage",
    "cpm_segment",
    "ir_model_access",
    "ir_rule",
)


class SecurityCase(CpmCommon):
    """Three customers with everything a customer can have: one looked after by
    ``user_own``, one where ``user_own`` assists, and one of somebody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            "own": cls.user_own,
            "all": cls.user_all,
            "manager": cls.manager,
            "admin": cls.admin,
        }
        cls.revenue = cls._make_metric("revenue", "sum", currency_field="currency_id")
        cls._make_direct_scores()
        cls._make_scorecard((cls.revenue, 1, (0, 1000)), purpose="health")
        cls.stage = cls._make_stage("fresh", "[('value_score', '>=', 0)]")
        cls.mine = cls._make_customer("Mine", profile={"manager_id": cls.user_own.id})
        cls.helped = cls._make_customer(
            "Helped", profile={"assistant_ids": cls.user_own.ids}
        )
        cls.foreign = cls._make_customer(
            "Foreign", profile={"manager_id": cls.user_all.id}
        )
        cls.customers = cls.mine | cls.helped | cls.foreign
        cls._give_score(cls.customers, 60)
        for customer in cls.customers:
            cls._make_purchases(customer, ("2024-06-01", 100))
            customer.message_post(body="Confidential")
        cls._run()

    def setUp(self):
        super().setUp()
        for logger in ("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.enterContext(mute_logger(logger))

    def _records_of(self, customers, model):
        """Return the records of ``model`` that belong to ``customers``."""
        records = self.env[model].with_context(active_test=False)
        if model == "cpm.profile":
            return records.browse(customers.ids)
        if model == "cpm.purchase":
            return records.search([("partner_id", "in", customers.partner_id.ids)])
        return records.search([("profile_id", "in", customers.ids)])


class RpcCase(SecurityCase):
    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call a method as the web client or any other client does.

        :param args: ids first for methods of records
        """
        env = self.env(user=user, context={})
        env.invalidate_all()
        kwargs["context"] = {
            "allowed_company_ids": self.company.ids,
            **(context or {}),
        }
        result = call_kw(env[model], method, list(args), kwargs)
        env.flush_all()
        return result

    def _state(self):
        """Return all rows of our tables."""
        self.env.flush_all()
        state = {}
        for table in TABLES:
            self.env.cr.execute(
                SQL("SELECT t::text FROM %s t ORDER BY 1", SQL.identifier(table))
            )
            state[table] = self.env.cr.fetchall()
        return state

    def _assert_unchanged(self, before):
        self.env.invalidate_all()
        after = self._state()
        for table, rows in before.items():
            self.assertEqual(rows, after[table], table)

    def _assert_harmless(self, *call, **kwargs):
        """Call :meth:`_rpc`: refused or not, nothing of ours may change by it."""
        before = self._state()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self._rpc(*call, **kwargs)
        except (UserError, ValueError, psycopg2.IntegrityError) as error:
            self.assertTrue(str(error))
        self._assert_unchanged(before)

    def _assert_refused(self, *call, error=UserError, **kwargs):
        """Call :meth:`_rpc`, which must fail and change nothing."""
        before = self._state()
        with self.assertRaises(error), self.env.cr.savepoint():
            self._rpc(*call, **kwargs)
        self._assert_unchanged(before)
