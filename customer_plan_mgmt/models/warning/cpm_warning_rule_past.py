"""Whether a rule can be asked about a past day."""

from odoo import models

from .engine.facts import STAGED_SCORES
from .engine.triggers import TRIGGERS


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    def _knows_past(self):
        """Whether what the rule would have found on a past day can be computed."""
        return not self._past_unknown()

    def _past_unknown(self):
        """Return why nobody can tell what the rule would have found on a past day, as
        a sentence; None when it can be told. A rule of all companies is asked for the
        one the environment works in (``with_company``)."""
        self.ensure_one()
        found = self._find_problem()
        if found:
            return found
        if not TRIGGERS[self.trigger].knows_past:
            return self.env._("What this trigger looks at has no history.")
        if self.segment_id:
            return self.env._("Who belonged to the segment on a past day is not known.")
        if self._looks_at_score():
            if self.measure not in STAGED_SCORES:
                return self.env._("What this score was on a past day is not known.")
            if self._score_cards().segment_id:
                return self.env._(
                    "The score depends on a segment: who belonged to it on a past day is "
                    "not known."
                )
        unknown = self._used_metrics()._past_unknown_parts()
        if unknown:
            return self.env._(
                "The records of %s change later or have no history: what they gave on a "
                "past day is not known.",
                self._metric_names(unknown),
            )
        return None

    def _past_failed(self, failed):
        """Return why the rule says nothing where ``failed`` metrics cannot be computed,
        as a sentence; None when it does not need them.

        :param failed: ``cpm.metric`` records, see ``Facts.failed``
        """
        self.ensure_one()
        used = self._used_metrics()
        used |= used.numerator_id | used.denominator_id
        missing = used & failed.with_env(used.env)
        if not missing:
            return None
        return self.env._(
            "%s cannot be computed for that day.", self._metric_names(missing)
        )

    def _looks_at_score(self):
        return self.trigger in ("threshold", "drop") and self.measure != "metric"

    def _score_cards(self):
        """Return the scorecards behind the score the rule looks at."""
        company = self.company_id or self.env.company
        purpose = self.measure.removesuffix("_score")
        cards = self.env["cpm.scorecard"]._for_company(company)
        return cards.filtered(lambda card: card.purpose == purpose)

    def _used_metrics(self):
        """Return the metrics the rule looks at, those of its score included."""
        self.ensure_one()
        rule = self.sudo()
        if rule._looks_at_score():
            return rule._score_cards().line_ids.filtered("weight").metric_id
        return rule._watched_metrics()

    def _metric_names(self, metrics):
        names = metrics.with_context(lang=self.env.lang).mapped("name")
        return ", ".join(f"“{name}”" for name in names)
