"""Lifecycle rules may look at warnings and at whether a customer has left."""

from odoo import api, models
from odoo.tools import SQL

from .const import OPEN_STATES
from .cpm_warning_flow import DECISIONS


class CpmLifecycleStage(models.Model):
    _inherit = "cpm.lifecycle.stage"

    @api.model
    def _rule_facts(self):
        return {
            **super()._rule_facts(),
            "open_warnings": "number",
            "warning_severity": "number",
            "given_up": "number",
            "is_lost": "number",
        }

    @api.model
    def _rule_labels(self):
        _ = self.env._
        return {
            **super()._rule_labels(),
            "open_warnings": (_("Number of open warnings"), ""),
            "warning_severity": (_("Gravest open warning"), ""),
            "given_up": (_("Given up since the last sign of life"), ""),
            "is_lost": (_("Silent for longer than the loss days"), ""),
        }

    @api.model
    def _rule_number_names(self):
        _ = self.env._
        words = dict(
            self.env["cpm.warning"]._fields["severity"]._description_selection(self.env)
        )
        answers = {0: _("no"), 1: _("yes")}
        return {
            **super()._rule_number_names(),
            "warning_severity": {
                0: _("none"),
                **{int(key) + 1: word for key, word in words.items()},
            },
            "given_up": answers,
            "is_lost": answers,
        }

    @api.model
    def _rule_columns(self, stage):
        """A severity counts from 1 in rules, so that 0 is none."""
        columns, joins = super()._rule_columns(stage)
        if stage.past:
            return (
                {
                    **columns,
                    "rule_warnings": SQL("COALESCE(warned.open_count, 0)"),
                    "rule_severity": SQL("COALESCE(warned.severity::integer + 1, 0)"),
                    "rule_given_up_on": SQL("warned.given_up_on"),
                },
                [*joins, self._past_warnings(stage)],
            )
        return (
            {
                **columns,
                "rule_warnings": SQL("COALESCE(p.open_warning_count, 0)"),
                "rule_severity": SQL("COALESCE(p.warning_severity::integer + 1, 0)"),
                "rule_given_up_on": SQL("p.given_up_on"),
            },
            joins,
        )

    @api.model
    def _past_warnings(self, stage):
        """Return the join with the warnings as they stood on the day of ``stage``, also
        those archived since. The severity is today's: nobody knows another one."""
        return SQL(
            """LEFT JOIN (
                   SELECT profile_id,
                          count(*) FILTER (WHERE %(open)s) AS open_count,
                          max(severity) FILTER (WHERE %(open)s) AS severity,
                          (array_agg(
                              CASE state WHEN 'lost' THEN closed_on END
                              ORDER BY closed_on DESC, closed_at DESC NULLS LAST, id DESC
                          ) FILTER (
                              WHERE state IN %(decisions)s AND closed_on <= %(day)s
                          ))[1] AS given_up_on
                   FROM cpm_warning
                   WHERE company_id = %(company)s AND raised_on <= %(day)s
                   GROUP BY profile_id
               ) warned ON warned.profile_id = p.id""",
            open=SQL(
                "(active AND state IN %s OR closed_on > %s)", OPEN_STATES, stage.as_of
            ),
            decisions=DECISIONS,
            company=stage.company.id,
            day=stage.as_of,
        )

    @api.model
    def _rule_values(self, stage, day, values, column):
        facts = {
            **super()._rule_values(stage, day, values, column),
            "open_warnings": column("rule_warnings"),
            "warning_severity": column("rule_severity"),
        }
        metric = stage.company._cpm_loss_metric() & stage.metrics
        if metric:
            silence = values.of(metric)
            # What never came cannot be lost
            facts["is_lost"] = SQL(
                "(CASE WHEN %s > %s THEN 1 ELSE 0 END)",
                silence,
                stage.company._cpm_loss_days(),
            )
            # A sign of life on a later day takes back that the customer was given up
            facts["given_up"] = SQL(
                """(CASE WHEN %(given_up)s IS NULL OR %(silence)s < %(day)s::date - %(given_up)s
                         THEN 0 ELSE 1 END)""",
                given_up=column("rule_given_up_on"),
                silence=silence,
                day=day,
            )
        return facts
