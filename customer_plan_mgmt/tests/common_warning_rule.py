"""What tests of warning rules start from."""

from datetime import timedelta

from .common import CpmCommon


class RuleMaker:
    """Short ways to make rules, beside the factories of any other room."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["cpm.warning.rule"]
        cls.warnings = cls.env["cpm.warning"]

    @classmethod
    def _make_rule(cls, trigger="threshold", **vals):
        """Return a rule of the company; by default customers with less than two
        orders."""
        if trigger == "threshold":
            vals = {
                "measure": "metric",
                "metric_id": cls.orders.id,
                "operator": "below",
                "limit_value": 2,
                **vals,
            }
        return cls.rules.create(
            {
                "name": f"Rule {next(cls._numbers)}",
                "company_id": cls.company.id,
                "trigger": trigger,
                **vals,
            }
        )


class WarningRuleCase(RuleMaker, CpmCommon):
    """Rules of the company over purchases; the day is today, since warnings are
    raised by runs for today only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._cpm_today()
        cls.orders = cls._make_metric("orders")

    @classmethod
    def _ago(cls, days):
        return cls.today - timedelta(days=days)

    @classmethod
    def _make_rhythm(cls):
        """Return the ratio of silence to the usual interval between purchases."""
        last = cls._make_metric("last", "days_since_last")
        usual = cls._make_metric("usual", "median_interval_days")
        return cls.env["cpm.metric"].create(
            {
                "name": "Ratio",
                "code": "ratio",
                "source": "ratio",
                "numerator_id": last.id,
                "denominator_id": usual.id,
            }
        )

    @classmethod
    def _score(cls, profiles=None):
        """Score the customers as of today, which evaluates the rules."""
        cards = cls.env["cpm.scorecard"]
        if profiles is None:
            return cards._run(companies=cls.company)[cls.company.id]
        return cards._run_profiles(profiles)[cls.company.id]

    def _warned(self, rule):
        """Return the customers with a warning of ``rule``."""
        return self.warnings.search([("rule_id", "=", rule.id)]).profile_id

    def _state(self, rule, company=None):
        return self.env["cpm.warning.rule.state"]._of(rule, company or self.company)

    def _close(self, warnings, day=None, state="dismissed"):
        """Close ``warnings`` as the flow would."""
        warnings.sudo().write({"state": state, "closed_on": day or self.today})

    def _raised_long_ago(self, warnings, days):
        warnings.sudo().write({"raised_on": self.today - timedelta(days=days)})
