"""Lifecycle rules in the words of the people who live by them."""

from markupsafe import Markup

from odoo import api, fields, models

from ...tools.rule_domain import RuleError


class CpmLifecycleStage(models.Model):
    """What the form tells about the rule; the rule itself stays as written."""

    _inherit = "cpm.lifecycle.stage"

    rule_in_words = fields.Text(
        string="Rule in words",
        compute="_compute_rule_in_words",
    )
    rule_names = fields.Html(
        string="Names a rule can use", compute="_compute_rule_names", sanitize=False
    )

    @api.depends("rule")
    @api.depends_context("lang")
    def _compute_rule_in_words(self):
        labels = self._rule_labels()
        numbers = self._rule_number_names()
        values = {
            **self._code_names("cpm.lifecycle.stage"),
            **self._code_names("cpm.tier"),
        }
        for stage in self:
            try:
                domain = stage._parse_rule()
            except RuleError:
                stage.rule_in_words = False  # rule_error says why
                continue
            stage.rule_in_words = domain is not None and _Sentence(
                stage.env._, labels, values, numbers
            ).of(domain)

    @api.depends_context("lang")
    def _compute_rule_names(self):
        numbers = self._rule_number_names()
        rows = Markup().join(
            Markup("<tr><td><code>%s</code></td><td>%s</td><td>%s</td></tr>")
            % (name, label, unit or self._number_list(numbers.get(name, {})))
            for name, (label, unit) in self._rule_labels().items()
        )
        table = Markup("<table class='table table-sm mb-0'>%s</table>") % rows
        for stage in self:
            stage.rule_names = table

    @api.model
    def _rule_labels(self):
        """Return ``{name: (label, unit)}`` of everything a rule may mention."""
        _ = self.env._
        metrics = self.env["cpm.metric"].sudo().search([])
        return {
            **{metric.code: (metric.name, metric.unit) for metric in metrics},
            "value_score": (_("Value score"), ""),
            "health_score": (_("Health score"), ""),
            "loyalty_score": (_("Loyalty score"), ""),
            "days_in_stage": (_("In the present stage for"), _("days")),
            "stage": (_("Present stage"), ""),
            "tier": (_("Tier"), ""),
        }

    @api.model
    def _rule_number_names(self):
        """Hook: return ``{name: {number: word}}`` of names whose numbers stand for
        something."""
        return {}

    @api.model
    def _number_list(self, names):
        return ", ".join(f"{number} {word}" for number, word in names.items())

    @api.model
    def _code_names(self, model):
        records = self.env[model].sudo().with_context(active_test=False).search([])
        return {record.code: record.name for record in records}


class _Sentence:
    """Turns a rule into one sentence."""

    SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}

    def __init__(self, translate, labels, values, numbers):
        self._ = translate
        self.labels = labels
        self.values = values
        self.numbers = numbers

    def of(self, domain):
        text, _is_group = self._read(iter(list(domain)))
        return text

    def _read(self, tokens):
        """Read one complete condition from the prefix notation.

        :return: its text and whether it is a choice that needs brackets
        """
        token = next(tokens)
        if token == "!":
            text, _is_choice = self._read(tokens)
            return self._("not (%s)", text), False
        if token not in ("&", "|"):
            return self._condition(*token), False
        parts = [self._read(tokens), self._read(tokens)]
        if token == "|":
            return self._(" or ").join(text for text, _is_choice in parts), True
        return (
            self._(" and ").join(
                f"({text})" if is_choice else text for text, is_choice in parts
            ),
            False,
        )

    def _condition(self, name, operator, value):
        label, unit = self.labels.get(name, (name, ""))
        if value is False:
            if operator == "=":
                return self._("%s is unknown", label)
            return self._("%s is known", label)
        words = self.numbers.get(name, {})
        if isinstance(value, (list, tuple, set)):
            shown = ", ".join(words.get(item) or self._shown(item, "") for item in value)
        else:
            shown = words.get(value) or self._shown(value, unit)
        if operator in self.SIGNS:
            return f"{label} {self.SIGNS[operator]} {shown}"
        if operator in ("=", "in"):
            return self._("%(name)s is %(value)s", name=label, value=shown)
        return self._("%(name)s is not %(value)s", name=label, value=shown)

    def _shown(self, value, unit):
        text = self.values.get(value, value) if isinstance(value, str) else f"{value:g}"
        return f"{text} {unit}" if unit else text
