"""What a warning rule must be like, and what to say when it is not."""

import ast
import itertools

from odoo import api, models
from odoo.exceptions import ValidationError

from .const import TRIGGER_FIELDS
from .engine.facts import STAGED_SCORES

# Measures of a metric that are never below zero
NEVER_NEGATIVE = {
    "count",
    "count_distinct",
    "days_since_last",
    "days_since_first",
    "median_interval_days",
    "active_months",
}
# What a rule looks for, as names of fields. Whether few or many customers are found
# depends on nothing else.
CONDITIONS = ("segment_id", "tier_ids", "lifecycle_stage_ids")
LOOKED_AT = tuple(dict.fromkeys(itertools.chain(*TRIGGER_FIELDS.values())))
LOOKED_FOR = ("company_id", "trigger", *LOOKED_AT, "zero_limit", *CONDITIONS)


def depends_on_user(domain):
    """Whether the text ``domain`` reads the variable ``uid``; the same letters in a
    text or in the name of a field do not count. What is no expression does not."""
    try:
        tree = ast.parse((domain or "[]").strip(), mode="eval")
    except SyntaxError:
        return False
    return any(isinstance(n, ast.Name) and n.id == "uid" for n in ast.walk(tree))


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    @api.model
    def _sentence(self, name, reason):
        return self.env._(
            "%(field)s: %(reason)s", field=self._cpm_label(name), reason=reason
        )

    @api.constrains(*LOOKED_FOR, "active", "owner_rule", "user_id", "playbook_id")
    def _check_definition(self):
        for rule in self.filtered("active"):
            found = rule._find_problem()
            if found:
                raise ValidationError(found)

    @api.depends_context("lang")
    @api.depends(
        *LOOKED_FOR, "owner_rule", "user_id", "playbook_id", "metric_id.active"
    )
    def _compute_problem(self):
        for rule in self:
            rule.problem = rule.sudo()._find_problem()

    # -------------------------------------------------------------- Problems

    def _find_problem(self):
        """Return why the rule cannot be evaluated, naming the field, in the user's
        language; None when it can."""
        self.ensure_one()
        for name in (f"_problem_{self.trigger}", "_problem_conditions"):
            found = getattr(self, name, lambda: None)()
            if found:
                return self._sentence(*found)
        return None

    def _problem_threshold(self):
        _ = self.env._
        found = self._problem_measure()
        if found:
            return found
        limit, below = self.limit_value, self.operator == "below"
        if not self.operator:
            return "operator", _("choose “is below” or “is above”.")
        if self.measure == "metric":
            if below and limit <= 0 and self._is_never_negative(self.metric_id):
                return "limit_value", _(
                    "enter a number above 0; %s is never below 0.", self.metric_id.name
                )
        elif not (0 < limit <= 100 if below else 0 <= limit < 100):
            return "limit_value", _(
                "enter a number between %(low)s and %(high)s that a score can be below "
                "or above.",
                low=0,
                high=100,
            )
        if not limit and not self.zero_limit:
            return "limit_value", _(
                "enter a number. When 0 is meant, tick “%s”.",
                self._cpm_label("zero_limit"),
            )
        return None

    @staticmethod
    def _is_never_negative(metric):
        return metric.source == "computed" and metric.measure in NEVER_NEGATIVE

    def _problem_drop(self):
        _ = self.env._
        found = self._problem_measure()
        if found:
            return found
        if not self.drop_kind:
            return "drop_kind", _("choose points or percent.")
        if self.drop_value <= 0:
            return "drop_value", _("enter a number above 0.")
        if self.drop_kind == "percent" and self.drop_value > 100:
            return "drop_value", _("nothing drops by more than 100 %.")
        if self.measure == "metric":
            parts = self.metric_id | self.metric_id.numerator_id
            parts |= self.metric_id.denominator_id
            if "manual" in parts.mapped("source"):
                return "metric_id", _(
                    "%s is entered by hand; what it was before is not kept.",
                    self.metric_id.name,
                )
        elif self.measure not in STAGED_SCORES:
            return "measure", _("what it was before is not kept. Choose another.")
        return None

    def _problem_measure(self):
        if not self.measure:
            return "measure", self.env._("choose what the rule looks at.")
        if self.measure != "metric":
            return None
        if not self.metric_id:
            return "metric_id", self.env._("choose the metric the rule looks at.")
        return self._problem_metrics("metric_id", self.metric_id)

    def _problem_metrics(self, name, metrics):
        """Return what is wrong with ``metrics`` in the field ``name``: an archived
        metric has no values, and no value would pass for silence."""
        for metric in metrics | metrics.numerator_id | metrics.denominator_id:
            if not metric.active:
                return name, self.env._(
                    "%s is archived. Take it back into use or choose another metric.",
                    metric.name,
                )
        return None

    def _problem_silence(self):
        _ = self.env._
        metrics = self._contact_metrics()
        if not metrics:
            return "contact_metric_ids", _(
                "choose a metric of days since the last contact; the shipped ones are "
                "archived."
            )
        for metric in metrics:
            if metric.source != "computed" or metric.measure != "days_since_last":
                return "contact_metric_ids", _(
                    "%s does not measure the days since the last record.", metric.name
                )
        return self._problem_metrics("contact_metric_ids", metrics)

    def _problem_overdue(self):
        _ = self.env._
        metric = self._rhythm_metric()
        if not metric:
            return "metric_id", _(
                "choose a ratio of days since the last record to the usual interval."
            )
        if metric.source != "ratio" or not metric._is_relative():
            return "metric_id", _(
                "%s is no ratio of days since the last record to the usual interval.",
                metric.name,
            )
        return self._problem_metrics("metric_id", metric)

    def _problem_satisfaction(self):
        if not 1 <= self.limit_value <= 5:
            return "limit_value", self.env._("enter a mark from 1 to 5.")
        return None

    def _problem_conditions(self):
        _ = self.env._
        if depends_on_user(self.segment_id.domain):
            return "segment_id", _(
                "%s depends on who looks at it (uid); a rule needs one that does not.",
                self.segment_id.name,
            )
        if self.playbook_id and self.playbook_id.res_model != "cpm.warning":
            return "playbook_id", _(
                "%s is a plan of other records. Choose one made for warnings.",
                self.playbook_id.name,
            )
        if self.owner_rule == "person":
            return self._problem_person()
        return None

    def _problem_person(self):
        _ = self.env._
        user = self.user_id.sudo()
        if not user:
            return "user_id", _("choose who gets the warnings.")
        if user.share or not user.active:
            return "user_id", _("%s is no internal user.", user.name)
        if self.company_id and self.company_id not in user.company_ids:
            return "user_id", _(
                "%(user)s does not work in %(company)s.",
                user=user.name,
                company=self.company_id.name,
            )
        return None

    # ----------------------------------------------------------------- Hooks

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_warnings(self):
        warnings = self.env["cpm.warning"].sudo().with_context(active_test=False)
        for rule in self:
            if warnings.search_count([("rule_id", "=", rule.id)], limit=1):
                raise ValidationError(
                    self.env._(
                        "%s has raised warnings. Archive it instead of deleting it.",
                        rule.name,
                    )
                )
