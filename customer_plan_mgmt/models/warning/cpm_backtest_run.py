"""Running a back-test: everything set-based, results written in one go."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, mute_logger

from ..scoring.engine.difference import METRIC_ERRORS
from ..scoring.engine.metric_sql import column
from .engine.facts import Facts
from .engine.judge import Judge
from .engine.loss import Loss

# Customers up to which a person waits for the result
AT_ONCE = 50_000


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    # ------------------------------------------------------------- Questions

    def _is_small(self):
        """Whether a person can wait for the result."""
        count = (
            self.env["cpm.profile"]
            .sudo()
            .search_count([("company_id", "=", self.company_id.id)], limit=AT_ONCE + 1)
        )
        return count <= AT_ONCE

    def _data_end(self, company):
        """Return the day of the last sign of life of any customer of ``company`` up to
        today; None when there is none.

        :raise UserError: when nothing says what a sign of life is, or not rightly
        """
        loss = Loss(self.env, company)
        if not loss.metric:
            raise UserError(
                self.env._(
                    "Sign of life: the metric that shows whether a customer is still "
                    "there is archived or deleted. Choose one in the settings."
                )
            )
        self.env.flush_all()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                ((last,),) = self.env.execute_query(
                    SQL(
                        "SELECT DATE '1970-01-01' + max(%s)::integer FROM (%s) known",
                        column(loss.metric),
                        loss.last_days(company._cpm_today()),
                    )
                )
        except METRIC_ERRORS as error:
            raise UserError(
                self.env._(
                    "Sign of life: the metric “%(metric)s” cannot be computed. Mend it, "
                    "or choose another one in the settings. %(reason)s",
                    metric=loss.metric.with_env(self.env).name,
                    reason=self._reason(error),
                )
            ) from error
        return last

    def _check_data(self):
        """Refuse what the data cannot answer.

        :raise UserError: names the field and says what to do
        """
        self.ensure_one()
        end = self._data_end(self.company_id)
        if not end:
            raise UserError(
                self.env._(
                    "There is no record of a customer yet that would be a sign of life: "
                    "nothing can be tested."
                )
            )
        if self.date_observed + timedelta(days=self.horizon_days) <= end:
            return
        most = (end - self.date_observed).days
        if most < 1:
            raise UserError(
                self.env._(
                    "Observed on: records end on %(end)s, so that nothing is known of "
                    "what happened after %(day)s. Choose an earlier day.",
                    end=self._format_day(end),
                    day=self._format_day(self.date_observed),
                )
            )
        raise UserError(
            self.env._(
                "Horizon (days): records end on %(end)s, %(most)s days after the day of "
                "observation. Enter at most %(most)s days, or choose a day of "
                "observation up to %(latest)s.",
                end=self._format_day(end),
                most=most,
                latest=self._format_day(end - timedelta(days=self.horizon_days)),
            )
        )

    def _check_outcome(self, judge):
        """Refuse to judge where there is nothing to tell apart."""
        if not judge.count:
            message = self.env._(
                "Observed on: no customer was known on %(day)s. Choose a later day.",
                day=self._format_day(self.date_observed),
            )
            if judge.left_before:
                message = self.env._(
                    "Horizon (days): all %(count)s customers had been silent for longer "
                    "on %(day)s and count as lost before. Enter a longer horizon, or "
                    "test with the customers lost before.",
                    count=judge.left_before,
                    day=self._format_day(self.date_observed),
                )
            raise UserError(message)
        if judge.lost == judge.count:
            raise UserError(
                self.env._(
                    "Horizon (days): all %(count)s customers left within %(days)s days, "
                    "so that no signal can tell them apart. Enter a longer horizon or "
                    "choose another day.",
                    count=judge.count,
                    days=self.horizon_days,
                )
            )
        if not judge.lost:
            raise UserError(
                self.env._(
                    "Horizon (days): none of %(count)s customers left within %(days)s "
                    "days, so that there is nothing to foretell. Enter a shorter "
                    "horizon or choose another day.",
                    count=judge.count,
                    days=self.horizon_days,
                )
            )

    # ------------------------------------------------------------------- Run

    def _run_locked(self):
        """Run the test unless somebody else does so at this moment."""
        self.ensure_one()
        if not self.try_lock_for_update():
            raise UserError(
                self.env._("This back-test is being run at the moment. Wait for it.")
            )
        self._run()

    def _run(self):
        """Judge all signals and replace the results.

        :raise UserError: when the data cannot answer; nothing is written then
        """
        self.ensure_one()
        self._check_data()
        facts = Facts(self.env, self.company_id, self.date_observed, past=True)
        facts.prepare()
        judge = Judge(facts, self.horizon_days, skip_lost=self.skip_lost)
        judge.prepare()
        self._check_outcome(judge)
        results = self._judge_all(judge)
        self.result_ids.unlink()
        self.env["cpm.backtest.result"].create(results)
        self.write(
            {
                "state": "done",
                "error": False,
                "done_at": fields.Datetime.now(),
                "customer_count": judge.count,
                "lost_count": judge.lost,
                "left_before_count": judge.left_before,
            }
        )

    def _judge_all(self, judge):
        """Return the values of the results of all signals. They are called as the
        company calls them, whoever runs the test: one line in a graph over time."""
        test = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        failed = test._prepare_signals(judge.facts)
        warn, results = None, []
        for sequence, signal in enumerate(test._signals(), 1):
            rule, is_rival = signal["rule"], signal["is_rival"]
            result = {
                "backtest_id": self.id,
                "sequence": sequence,
                "signal": signal["code"],
                "signal_name": signal["name"],
                "rule_id": rule.id,
                "rule_signature": rule and rule._signature(self.company_id),
                "is_rival": is_rival,
            }
            sql, error = test._signal_or_error(signal, judge.facts, failed)
            if error is None:
                # Rivals have no border of their own; as many as were really lost
                # when there is nothing to compare with
                border = (warn or judge.lost) if is_rival else None
                figures, error = self._figures_or_error(judge, sql, border)
                result.update(figures)
                if warn is None and not is_rival and not rule:
                    warn = result.get("warned_count") or None
            results.append({**result, "error": error})
        return results

    def _figures_or_error(self, judge, sql, border):
        try:
            with self.env.cr.savepoint(flush=False):
                return judge.figures(sql, border), None
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # one signal does not hold up the others
            return {}, self._reason(error)
