"""A company whose customers leave, and facts to learn it from."""

import random
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.customer_plan_mgmt.tests.common import CpmCommon

TODAY = date(2024, 6, 28)
HORIZON = 90


class ChurnCase(CpmCommon):
    """200 customers over two years: half buy every month and go on, half stop one
    after the other. The same every time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["cpm.churn.model"]
        cls.env["cpm.churn.feature"].search([]).active = False
        cls.env["cpm.warning.rule"].search([]).active = False
        cls.last = cls._make_metric("last_seen", "days_since_last")
        cls.orders = cls._make_metric("all_orders", "count")
        cls.revenue = cls._make_metric(
            "revenue", "sum", currency_field="currency_id", period_days=365
        )
        cls.rhythm = cls._make_metric("rhythm", "median_interval_days")
        cls.ratio = cls.env["cpm.metric"].create(
            {
                "name": "Silence",
                "code": "silence",
                "source": "ratio",
                "numerator_id": cls.last.id,
                "denominator_id": cls.rhythm.id,
            }
        )
        cls.features = cls.env["cpm.churn.feature"].create(
            [
                {"metric_id": metric.id, "transform": transform, "missing": missing}
                for metric, transform, missing in (
                    (cls.last, "log", "zero"),
                    (cls.orders, "log", "zero"),
                    (cls.revenue, "plain", "zero"),
                    (cls.ratio, "log", "apart"),
                )
            ]
        )
        cls.company.write(
            {
                "cpm_loss_metric_id": cls.last.id,
                "cpm_loss_days": HORIZON,
                "cpm_churn_min_customers": 50,
                "cpm_churn_min_events": 10,
                "cpm_churn_max_customers": 1000,
            }
        )
        cls.customers = cls._make_history()

    @classmethod
    def _make_history(cls, count=200):
        """Return customers with purchases up to ``TODAY``."""
        chance = random.Random(5)
        customers = cls._make_customers(count)
        values = []
        for number, customer in enumerate(customers):
            day = TODAY - timedelta(days=730 - chance.randrange(60))
            ends = TODAY
            if number % 2:
                ends = TODAY - timedelta(days=chance.randrange(600))
            once = number % 10 == 3
            while day <= ends:
                values.append(
                    {
                        "partner_id": customer.partner_id.id,
                        "company_id": cls.company.id,
                        "currency_id": cls.company.currency_id.id,
                        "date": day,
                        "amount": chance.randrange(10, 200),
                        "reference": f"H{next(cls._numbers)}",
                        "source": "history",
                    }
                )
                day += timedelta(days=chance.randrange(14, 42))
                if once:
                    break
        cls.env["cpm.transaction"].create(values)
        return customers

    @classmethod
    def _train(cls, day=TODAY):
        trained = cls.model._train(cls.company, day)
        cls.env.invalidate_all()
        return trained

    def _score(self, day=TODAY):
        """Score and classify everybody as of ``day``, as the nightly run does."""
        with freeze_time(day):
            self._run(day)
        self.env.invalidate_all()

    def _score_again(self, profiles=None):
        """Work out the probabilities alone; return the number of profiles written."""
        with freeze_time(TODAY):
            written = self.model._score_company(self.company, profiles)
        self.env.invalidate_all()
        return written

    def _cron(self, day=TODAY):
        """Run the scheduled action on ``day``; what it commits stays in the test."""

        def commit(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return float("inf")

        companies = type(self.env["res.company"])
        search = companies.search

        def own(records, domain, *args, **kwargs):
            return search(records, [*domain, ("id", "=", self.company.id)])

        with (
            freeze_time(day),
            patch.object(IrCron, "_commit_progress", commit),
            patch.object(companies, "search", own),
        ):
            self.model._cron_train()
        self.env.invalidate_all()

    def _coefficients(self, model):
        return [
            model.intercept,
            *(
                number
                for row in model.coefficient_ids.sorted("id")
                for number in (row.coefficient, row.missing_coefficient, row.mean)
            ),
        ]
