"""A company whose customers are lost when they have not bought for long."""

from datetime import timedelta

from .common import DAY, CpmCommon


class LossCase(CpmCommon):
    """Days since the last purchase is the sign of life; lost after 100 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.last = cls._make_metric("days_since_last", "days_since_last")
        cls.company.write({"cpm_loss_metric_id": cls.last.id, "cpm_loss_days": 100})

    @classmethod
    def _bought(cls, *days, **vals):
        """Return a customer who bought so many days before DAY."""
        customer = cls._make_customer(**vals)
        cls._make_purchases(customer, *[(cls._before(days), 10) for days in days])
        return customer

    @staticmethod
    def _before(days):
        return DAY - timedelta(days=days)

    @classmethod
    def _warn(cls, customer, severity="2", **vals):
        """Return an open warning about ``customer``."""
        return cls.env["cpm.warning"].create(
            {
                "name": f"Warning {next(cls._numbers)}",
                "company_id": cls.company.id,
                "profile_id": customer.id,
                "severity": severity,
                "raised_on": DAY,
                **vals,
            }
        )

    @classmethod
    def _close(cls, warning, state="saved", day=DAY):
        warning.write({"state": state, "closed_on": day})
        warning.profile_id._settle_given_up()
