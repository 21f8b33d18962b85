"""A customer with a plan, and the people around it."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

from .common import CpmCommon

# The first day of the plans, and a day in the middle of them
START, MIDDLE, END = date(2024, 1, 1), date(2024, 6, 30), date(2024, 12, 30)

# Tables in which nothing may change when a call is refused
TABLES = (
    "cpm_plan",
    "cpm_plan_need",
    "cpm_plan_goal",
    "cpm_plan_goal_value",
    "cpm_plan_member",
    "cpm_plan_cost",
    "cpm_plan_check",
    "cpm_plan_review",
    "cpm_plan_revision",
    "cpm_plan_revision_line",
)


class PlanCase(CpmCommon):
    """``plan`` of the customer ``customer`` belongs to ``owner`` (all customers) and has
    one goal, measured by the metric ``revenue``, from 100 to 200. ``manager`` and
    ``manager_2`` may approve."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plans = cls.env["cpm.plan"]
        cls.goals = cls.env["cpm.plan.goal"]
        cls.reviews = cls.env["cpm.plan.review"]
        cls.owner = cls.user_all
        cls.manager_2 = cls._make_user("cpm_manager_2", cls._group("manager"))
        cls.revenue = cls._make_manual_metric("revenue", unit="k")
        cls.customer = cls._make_customer(
            "Aurora", profile={"manager_id": cls.owner.id}
        )
        cls._give_value(cls.customer, cls.revenue, 100)
        cls.plan = cls._make_plan()
        cls.goal = cls._make_goal(cls.plan)

    @classmethod
    def _group(cls, name):
        return f"customer_plan_mgmt.group_cpm_{name}"

    @classmethod
    def _today(cls, day):
        """Let it be ``day`` for Python; for a test or with ``with``."""
        return freeze_time(f"{day} 12:00:00")

    # ------------------------------------------------------------- Factories

    @classmethod
    def _make_plan(cls, customer=None, user=None, **vals):
        """Return a plan of ``customer`` made by the owner."""
        vals = {
            "name": f"Plan {next(cls._numbers)}",
            "profile_id": (customer or cls.customer).id,
            "user_id": cls.owner.id,
            "date_start": START,
            "date_end": END,
            **vals,
        }
        if vals.get("segment_id"):
            vals["profile_id"] = False
        return cls._as(cls.plans, user or cls.owner).create(vals).with_env(cls.env)

    @classmethod
    def _make_goal(cls, plan=None, user=None, **vals):
        """Return a goal measured by the revenue, from 100 to 200."""
        vals = {
            "plan_id": (plan or cls.plan).id,
            "name": f"Goal {next(cls._numbers)}",
            "metric_id": cls.revenue.id,
            "target": 200,
            **vals,
        }
        if vals.get("source") == "hand":
            vals["metric_id"] = False
        return cls._as(cls.goals, user or cls.owner).create(vals).with_env(cls.env)

    @classmethod
    def _make_hand_goal(cls, plan=None, **vals):
        return cls._make_goal(
            plan, **{"source": "hand", "baseline": 0, "target": 100, **vals}
        )

    @classmethod
    def _as(cls, records, user):
        return records.with_user(user).with_context(allowed_company_ids=cls.company.ids)

    @classmethod
    def _agree(cls, plan=None, owner=None):
        """Submit the plan and let the manager approve it."""
        plan = plan or cls.plan
        mine = cls._as(plan, owner or cls.owner)
        if plan.stage == "needs":
            mine.action_design()
        mine.action_submit()
        cls._as(plan, cls.manager).action_approve()
        return plan

    @classmethod
    def _measure(cls, value=None, customer=None):
        """Set the revenue and let the goals follow, as after a scoring run."""
        if value is not None:
            cls._give_value(customer or cls.customer, cls.revenue, value)
        cls.plans._refresh_company(cls.company)
        cls.env.invalidate_all()

    @classmethod
    def _make_review(cls, plan=None, **vals):
        """Return a review on a day a manager chose: any day."""
        plan = plan or cls.plan
        return (
            cls._as(cls.reviews, cls.manager)
            .create({"plan_id": plan.id, "date_due": MIDDLE, **vals})
            .with_env(cls.env)
        )

    def _activities(self, record, name, user=None):
        kind = self.env.ref(f"customer_plan_mgmt.{name}")
        return record.activity_ids.filtered(
            lambda item: (
                item.activity_type_id == kind and (not user or item.user_id == user)
            )
        )

    # ----------------------------------------------------------------- Calls

    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call a method as any client does; errors of the database arrive as messages.

        :param args: ids first for methods of records
        """
        env = self.env(user=user, context={})
        env.invalidate_all()
        kwargs["context"] = {
            "allowed_company_ids": self.company.ids,
            **(context or {}),
        }
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                result = call_kw(env[model], method, list(args), kwargs)
                env.flush_all()
        except IntegrityError as error:
            raise ValidationError(self._message_of(error)) from error
        return result

    def _message_of(self, error):
        """Return what the client shows for an error of the database."""
        for model in self.env.registry.values():
            if error.diag.table_name == model._table:
                return self.env[model._name]._sql_error_to_message(error)
        return str(error)

    def _assert_refused(self, text, user, model, method, *args, error=None, **kwargs):
        """Call :meth:`_rpc`, which must fail with ``text`` in the message and write
        nothing."""
        before = self._rows()
        with (
            mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"),
            self.assertRaisesRegex(error or UserError, text),
            self.env.cr.savepoint(),
        ):
            self._rpc(user, model, method, *args, **kwargs)
        self.env.invalidate_all()
        self.assertEqual(self._rows(), before)

    def _rows(self):
        """Return all rows of the plan room's tables."""
        self.env.flush_all()
        rows = {}
        for table in TABLES:
            rows[table] = self.env.execute_query(
                SQL("SELECT t::text FROM %s t ORDER BY 1", SQL.identifier(table))
            )
        return rows

    def _commands(self, *vals_list):
        return [Command.create(vals) for vals in vals_list]
