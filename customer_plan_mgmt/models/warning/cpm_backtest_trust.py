"""The trust badge: what the latest back-test says about customers flagged now."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ...tools import churn_statistics as statistics


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    @api.model
    def _trust_table(self, company):
        """Return what :meth:`_trust` needs for all signals of ``company``; lists read
        it once for all their rows.

        Comparable tests only: those of every month, and those that ask what the company
        calls lost of customers who were not lost before. A test that waits to be run
        again says what it said.

        :return: ``{signal code: cpm.backtest.result}`` of the latest test of each
        """
        results = (
            self.env["cpm.backtest.result"]
            .sudo()
            .search_fetch(
                Domain("company_id", "=", company.id)
                & Domain("error", "=", False)
                & Domain("backtest_id.done_at", "!=", False)
                & (
                    Domain("backtest_id.scheduled_month", "!=", False)
                    | Domain("backtest_id.skip_lost", "=", True)
                    & Domain(
                        "backtest_id.horizon_days", "=", company.sudo()._cpm_loss_days()
                    )
                ),
                [
                    "signal",
                    "rule_signature",
                    "warned_count",
                    "warned_lost_count",
                    "curve",
                    "backtest_id",
                ],
                order="date_observed, id",
            )
        )
        return {result.signal: result for result in results}

    @api.model
    def _trust(self, company, signal, rule=None, probability=None, table=None):
        """Return what became of customers a signal flagged like this one.

        :param company: ``res.company``
        :param str signal: code, see :meth:`_signals`
        :param rule: ``cpm.warning.rule`` instead of a signal
        :param float probability: of the customer: judged by the customers with a
            probability in the same bin of the calibration curve
        :param table: of :meth:`_trust_table`, read once for many customers
        :return: dict: ``flagged`` and ``lost`` customers, ``share`` (0–1, None when
            there are too few), ``text`` in the reader's language, ``date`` and
            ``horizon`` of the back-test (None without one)
        """
        if table is None:
            table = self._trust_table(company)
        result = table.get(f"rule_{rule.id}" if rule else signal)
        if not result:
            return self._no_trust(self.env._("Not back-tested yet."))
        if rule and result.rule_signature != rule.sudo()._signature(company):
            return self._no_trust(self.env._("Changed since the last back-test."))
        flagged, lost = result._flagged_like(probability)
        test = result.backtest_id
        enough = flagged >= max(company.sudo().cpm_trust_min_customers, 1)
        trust = {
            "flagged": flagged,
            "lost": lost,
            "share": statistics.share(lost, flagged) if enough else None,
            "date": test.date_observed,
            "horizon": test.horizon_days,
        }
        return {**trust, "text": self._trust_text(trust)}

    @api.model
    def _no_trust(self, text):
        return {
            "flagged": 0,
            "lost": 0,
            "share": None,
            "text": text,
            "date": None,
            "horizon": None,
        }

    @api.model
    def _trust_text(self, trust):
        """Return the sentence of the badge."""
        words = {
            "flagged": formatLang(self.env, trust["flagged"], digits=0),
            "lost": formatLang(self.env, trust["lost"], digits=0),
            "day": format_date(self.env, trust["date"]),
            "days": trust["horizon"],
        }
        if not trust["flagged"]:
            return self.env._(
                "No customer was flagged like this one on %(day)s: nothing is known of "
                "how far to trust it.",
                **words,
            )
        if trust["share"] is None:
            return self.env._(
                "Too few cases to tell: %(flagged)s customers were flagged like this one "
                "on %(day)s, %(lost)s of them left within %(days)s days.",
                **words,
            )
        return self.env._(
            "Of 100 customers flagged like this one, %(share)s left within %(days)s days "
            "(%(flagged)s cases, observed on %(day)s).",
            share=round(100 * trust["share"]),
            **words,
        )
