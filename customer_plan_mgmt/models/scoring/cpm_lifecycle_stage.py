"""What lifecycle rules know of a customer besides metrics, as SQL."""

from odoo import api, models


class CpmLifecycleStage(models.Model):
    """Rooms above that add names to ``_rule_facts`` give their values here.

    What a rule compares is worked out in two places that must agree: the run, which
    carries columns of the profile along, and the incremental night, which asks who
    belongs into another stage by now.
    """

    _inherit = "cpm.lifecycle.stage"

    @api.model
    def _rule_columns(self, stage):
        """Hook: return what the facts are made of.

        :param stage: the :class:`engine.stage.Stage` of the run; for a past one the
            columns are to show what was known that day
        :return: ``{column: SQL over the profile "p"}`` and a list of joins the columns
            need; a run for a past day may join, others read the profile alone
        """
        return {}, []

    @api.model
    def _rule_values(self, stage, day, values, column):
        """Hook: return ``{name: SQL}`` for names of ``_rule_facts``. A name left out
        makes rules that mention it unusable, as one without a measured metric.

        :param stage: the :class:`engine.stage.Stage` of the run
        :param date day: the day the rule is applied for
        :param values: :class:`engine.points.Values` of that day
        :param column: ``function(name) -> SQL`` of a column of :meth:`_rule_columns`
        """
        return {}
