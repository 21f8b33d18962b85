"""The signals a back-test judges, and what each said on the day."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .engine.loss import Loss

FLAGS = SQL.identifier("cpm_backtest_flag")
# Facts of the rank by recency, frequency and money beside the sign of life, by the
# external id of their metrics
RFM_METRICS = ("cpm_metric_orders_total", "cpm_metric_revenue_12m")


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    @api.model
    def _signal_names(self):
        """Return ``{code: name}`` of all signals but the single rules, in the reader's
        language. Addons add theirs."""
        return {
            "rules": self.env._("Any warning rule"),
            "silence": self.env._("Longest silence"),
            "rfm": self.env._("RFM rank (recency, frequency, money)"),
        }

    def _signals(self):
        """Return what to judge, in the order of the screen.

        The first that is neither a rival nor a single rule is the one the naive rivals
        are measured against: they warn of as many customers. Addons put theirs in front.

        :return: list of dicts: ``code``, ``name``, ``is_rival``, ``rule``
            (``cpm.warning.rule``, empty for other signals)
        """
        self.ensure_one()
        none = self.env["cpm.warning.rule"]
        names = self._signal_names()
        rules = self._rules()
        signals = [
            {
                "code": code,
                "name": names[code],
                "is_rival": code != "rules",
                "rule": none,
            }
            for code in ("rules", "silence", "rfm")
            if code != "rules" or not all(rule._past_unknown() for rule in rules)
        ]
        return signals + [
            {
                "code": f"rule_{rule.id}",
                "name": rule.display_name,
                "is_rival": False,
                "rule": rule,
            }
            for rule in rules
        ]

    def _rules(self):
        """Return the rules in use in the company."""
        return (
            self.env["cpm.warning.rule"]
            .sudo()
            .with_company(self.company_id)
            .search([("company_id", "in", [self.company_id.id, False])])
        )

    def _prepare_signals(self, facts):
        """Compute what several signals share. Addons may prepare theirs.

        Every rule is asked once; one that fails does not hold up the others.

        :return: ``{rule: reason}`` of the rules that failed, or whose past nobody knows
        """
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", FLAGS))
        cr.execute(
            SQL(
                """CREATE TEMP TABLE %s (rule_id integer, profile_id integer)
                   ON COMMIT DROP""",
                FLAGS,
            )
        )
        failed = {}
        for rule in self._rules():
            unknown = rule._past_unknown() or rule._past_failed(facts.failed)
            if unknown:
                failed[rule] = unknown
                continue
            try:
                with cr.savepoint(flush=False):
                    cr.execute(
                        SQL(
                            """INSERT INTO %s SELECT DISTINCT %s::integer, profile_id
                               FROM (%s) flagged""",
                            FLAGS,
                            rule.id,
                            rule._flagged(facts),
                        )
                    )
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:  # whatever somebody configured
                failed[rule] = self._reason(error)
        cr.execute(SQL("ANALYZE %s", FLAGS))
        return failed

    def _signal_sql(self, code, facts, rule=None):
        """Return what a signal said, knowing ``facts`` and nothing later.

        :param str code: of :meth:`_signals`
        :param facts: prepared :class:`Facts` of the day, see :meth:`_prepare_signals`
        :param rule: ``cpm.warning.rule`` of the signal, if it is one
        :return: ``SELECT profile_id, score, is_warned, probability``: a customer at
            most once; the higher the score the more likely to leave; ``is_warned`` NULL
            where the signal has no border of its own; ``probability`` 0–1 or NULL
        :raise UserError: when the signal cannot say anything about that day
        """
        if rule:
            return SQL(
                """SELECT profile_id, 1 AS score, TRUE AS is_warned,
                          NULL::float8 AS probability
                   FROM %s WHERE rule_id = %s""",
                FLAGS,
                rule.id,
            )
        return {
            "rules": self._sql_rules,
            "silence": self._sql_silence,
            "rfm": self._sql_rfm,
        }[code](facts)

    def _sql_rules(self, facts):
        """The more rules flag a customer, the more likely it leaves."""
        return SQL(
            """SELECT profile_id, count(*) AS score, TRUE AS is_warned,
                      NULL::float8 AS probability
               FROM %s GROUP BY profile_id""",
            FLAGS,
        )

    def _sql_silence(self, facts):
        """The longer the silence, the more likely a customer leaves."""
        return SQL(
            """SELECT profile_id, %s AS score, NULL::boolean AS is_warned,
                      NULL::float8 AS probability
               FROM (%s) known""",
            facts.value(Loss(self.env, facts.company).metric),
            facts.source(),
        )

    def _sql_rfm(self, facts):
        """The sum of the ranks by recency, frequency and money: the lower the more
        likely a customer leaves. Ranks instead of the usual fifths, which throw away
        half of what such a list knows; the rival shall be a strong one. Equal values
        have equal ranks; a part whose metric is archived is left out."""
        parts = [SQL("- %s", facts.value(Loss(self.env, facts.company).metric))]
        for xmlid in RFM_METRICS:
            metric = self.env.ref(
                f"customer_plan_mgmt.{xmlid}", raise_if_not_found=False
            )
            if metric and metric.sudo().active:
                parts.append(facts.value(metric.sudo()))
        ranks = [
            SQL("percent_rank() OVER (ORDER BY %s NULLS FIRST)", part) for part in parts
        ]
        return SQL(
            """SELECT profile_id, - (%s) AS score, NULL::boolean AS is_warned,
                      NULL::float8 AS probability
               FROM (%s) known""",
            SQL(" + ").join(ranks),
            facts.source(),
        )

    @api.model
    def _reason(self, error):
        """Return what a failure says, without the statement the database quotes."""
        return str(error).strip().partition("\n")[0] or type(error).__name__

    def _signal_or_error(self, signal, facts, failed):
        """Return ``(sql, error)`` of which one is None."""
        rule = signal["rule"]
        if rule in failed:
            return None, failed[rule]
        try:
            return self._signal_sql(signal["code"], facts, rule or None), None
        except UserError as error:
            return None, str(error)
