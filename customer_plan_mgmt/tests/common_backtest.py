"""A company whose customers left or stayed, and signals that are known exactly."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from ..models.warning.cpm_backtest_signal import CpmBacktest as CoreSignals
from .common import CpmCommon

TODAY = date(2024, 12, 31)
OBSERVED = date(2024, 6, 30)
HORIZON = 90


class BacktestWorld(CpmCommon):
    """Purchases are signs of life; the shipped metrics of purchases are in use."""

    observed = OBSERVED

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cpm.warning.rule"].search([]).active = False
        cls.last, cls.orders, cls.revenue = (
            cls.env.ref(f"customer_plan_mgmt.cpm_metric_{code}")
            for code in ("days_since_last", "orders_total", "revenue_12m")
        )
        (cls.last | cls.orders | cls.revenue).active = True
        cls.tests = cls.env["cpm.backtest"]
        # Without the signals of addons, which want more customers
        cls.startClassPatcher(
            patch.object(type(cls.tests), "_signals", CoreSignals._signals)
        )

    @classmethod
    def _buyer(cls, *, silent, returns=None, orders=1, amount=100):
        """Return a customer.

        :param int silent: days since the last purchase on the day of observation
        :param int returns: days after it until the next purchase, None: never
        """
        customer = cls._make_customer()
        days = [
            cls.observed - timedelta(days=silent + 10 * number)
            for number in range(orders)
        ]
        if returns:
            days.append(cls.observed + timedelta(days=returns))
        cls._make_purchases(customer, *((day, amount) for day in days))
        return customer

    @classmethod
    def _world(cls):
        """Ten customers: the silence of 10, 20 … days; who was silent for 30 to 60
        days and for 90 days left, the others bought again within the horizon."""
        customers = [
            cls._buyer(
                silent=silent, returns=None if silent in (30, 40, 50, 60, 90) else 5
            )
            for silent in range(10, 101, 10)
        ]
        # Records reach beyond the horizon; this one was no customer yet
        cls._buyer(silent=-180)
        return customers

    @classmethod
    def _make_test(cls, **vals):
        return cls.tests.create(
            {
                "company_id": cls.company.id,
                "date_observed": cls.observed,
                "horizon_days": HORIZON,
                "skip_lost": False,
                **vals,
            }
        )

    @classmethod
    def _make_rule(cls, limit, **vals):
        """Return a rule that flags who has been silent for more than ``limit`` days."""
        return cls.env["cpm.warning.rule"].create(
            {
                "name": f"Silent for {limit} days",
                "company_id": cls.company.id,
                "trigger": "threshold",
                "measure": "metric",
                "metric_id": cls.last.id,
                "operator": "above",
                "limit_value": limit,
                **vals,
            }
        )

    def _result(self, test, signal):
        """Return the result of ``signal`` (code or rule) in ``test``."""
        if not isinstance(signal, str):
            signal = f"rule_{signal.id}"
        result = test.result_ids.filtered(lambda r: r.signal == signal)
        self.assertEqual(len(result), 1, signal)
        return result


class BacktestCase(BacktestWorld):
    """On a day on which six months are known after the day of observation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        freezer = freeze_time(f"{TODAY} 10:00:00")
        freezer.start()
        cls.addClassCleanup(freezer.stop)
