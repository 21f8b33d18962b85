"""A template, a calendar and customers to make plans from."""

from datetime import date

from odoo import Command

from .common import CpmCommon

# A Monday
MONDAY = date(2024, 7, 1)


class PlanTemplateCase(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._make_manual_metric("orders", digits=0)
        cls.late = cls._make_manual_metric("late", digits=0, higher_is_better=False)
        cls.role = cls.env["project.role"].create({"name": "Fitter"})
        cls.staff = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Eight to five",
                "company_id": cls.company.id,
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {first}",
                            "dayofweek": str(day),
                            "hour_from": first,
                            "hour_to": last,
                            "day_period": "morning" if first == 8 else "afternoon",
                        }
                    )
                    for day in range(5)
                    for first, last in ((8, 12), (13, 17))
                ],
            }
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.template = cls._make_template()
        cls.customer = cls._make_customer("Ada")
        cls.customer.manager_id = cls.user_own
        cls._give_value(cls.customer, cls.orders, 40)

    @classmethod
    def _make_template(cls, **vals):
        """Return a template of the company with one part of each kind and three tasks."""
        return cls.env["cpm.plan.template"].create(
            {
                "name": "Grow",
                "company_id": cls.company.id,
                "duration_months": 6,
                "review_interval_months": 2,
                "goal_ids": [
                    Command.create(
                        {
                            "name": "More orders",
                            "metric_id": cls.orders.id,
                            "target_kind": "percent",
                            "change": 15,
                            "weight": 3,
                            "horizon": "long",
                        }
                    )
                ],
                "task_ids": [
                    Command.create({"name": "Call", "offset_days": 0, "sequence": 1}),
                    Command.create(
                        {
                            "name": "Teach",
                            "offset_days": 5,
                            "sequence": 2,
                            "kind": "training",
                            "training_form": "online",
                            "role_id": cls.role.id,
                            "is_public": True,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Ask",
                            "offset_days": 63,
                            "sequence": 3,
                            "phase": "evaluation",
                        }
                    ),
                ],
                "need_ids": [Command.create({"name": "What for?", "kind": "price"})],
                "cost_ids": [
                    Command.create({"category_id": cls.staff.id, "budget": 500})
                ],
                "check_ids": [
                    Command.create({"name": "Asked", "stage": "needs"}),
                    Command.create(
                        {"name": "Nice", "stage": "design", "is_mandatory": False}
                    ),
                ],
                **vals,
            }
        )

    def _make_plan(self, customer=None, template=None, **options):
        options.setdefault("start", MONDAY)
        return (template or self.template)._create_plans(
            customer or self.customer, **options
        )

    def _goal_line(self, **vals):
        """Return the only goal of a new template."""
        line = {"name": "Goal", "metric_id": self.orders.id, **vals}
        return self._make_template(goal_ids=[Command.create(line)]).goal_ids
