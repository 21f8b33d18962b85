"""Where a customer stands between first contact and loss."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.rule_domain import RuleError, parse_rule

# Names a rule may use besides the codes of the metrics; see _rule_facts
RULE_FACTS = {
    "value_score": "number",
    "health_score": "number",
    "loyalty_score": "number",
    "days_in_stage": "number",
    "stage": "text",
    "tier": "text",
}


class CpmLifecycleStage(models.Model):
    """A stage with the rule that puts customers into it.

    The rule is a domain whose left-hand sides are metric codes (or one of
    ``_rule_facts``). Stages are tried in sequence and the first whose rule holds
    wins; where none holds the customer stays where it is. A missing value
    satisfies no comparison except ``= False``, and no negated one either.
    """

    _name = "cpm.lifecycle.stage"
    _description = "Customer Lifecycle Stage"
    _inherit = "cpm.code.mixin"
    _order = "sequence, id"

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    fold = fields.Boolean(
        string="Folded", help="Hidden in the status bar and folded in kanban views."
    )
    color = fields.Integer(aggregator=None)
    description = fields.Text(translate=True)
    rule = fields.Text(
        help="Condition over the metrics of the customer, for example "
        "[('days_since_last', '>', 365)]. Empty: only by hand.",
    )
    rule_error = fields.Char(
        string="Error in the rule",
        compute="_compute_rule_error",
        help="Why the rule cannot be used, for example because a metric is gone.",
    )
    profile_count = fields.Integer(
        string="Customers", compute="_compute_profile_count", aggregator="sum"
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another stage already has this code."
    )

    def _compute_profile_count(self):
        counts = dict(
            self.env["cpm.profile"]._read_group(
                [("lifecycle_stage_id", "in", self.ids)],
                ["lifecycle_stage_id"],
                ["__count"],
            )
        )
        for stage in self:
            stage.profile_count = counts.get(stage, 0)

    @api.depends("rule")
    @api.depends_context("lang")
    def _compute_rule_error(self):
        names = self._rule_names()
        for stage in self:
            try:
                stage._parse_rule(names)
                stage.rule_error = False
            except RuleError as error:
                stage.rule_error = self.env._(error.reason)

    @api.constrains("rule", "code")
    def _check_rule_codes(self):
        """A stage or tier nobody knows would never match, without a word."""
        known = {
            "stage": set(self._all_codes("cpm.lifecycle.stage")),
            "tier": set(self._all_codes("cpm.tier")),
        }
        for stage in self.sudo().search([("rule", "!=", False)]):
            if stage.rule_error:
                continue
            for item in stage._parse_rule().iter_conditions():
                wanted = item.value
                if not isinstance(wanted, (list, tuple, set)):
                    wanted = [wanted]
                strange = (
                    set(wanted) - known.get(item.field_expr, set(wanted)) - {False}
                )
                if strange:
                    raise ValidationError(
                        self.env._(
                            "Lifecycle stage %(stage)s: the rule names the %(kind)s "
                            "%(codes)s, which does not exist.",
                            stage=stage.name,
                            kind=item.field_expr,
                            codes=", ".join(sorted(map(str, strange))),
                        )
                    )

    @api.model
    def _all_codes(self, model):
        records = self.env[model].sudo().with_context(active_test=False)
        return records.search([]).mapped("code")

    @api.constrains("rule")
    def _check_rule(self):
        for stage in self:
            try:
                stage._parse_rule()
            except RuleError as error:
                raise ValidationError(
                    self.env._(
                        "Lifecycle stage %(stage)s: the rule cannot be used: "
                        "%(reason)s. Known names: %(names)s.",
                        stage=stage.name,
                        reason=error.reason,
                        names=", ".join(sorted(self._rule_names())),
                    )
                ) from error

    @api.model
    def _rule_names(self):
        """Return ``{name: 'number' | 'text'}`` of everything a rule may mention."""
        codes = self.env["cpm.metric"].sudo().search([]).mapped("code")
        return {**dict.fromkeys(codes, "number"), **self._rule_facts()}

    @api.model
    def _rule_facts(self):
        """Hook: return ``{name: 'number' | 'text'}`` of what a rule may mention besides
        metrics. Rooms above add names, their labels (``_rule_labels``) and their
        values (``_rule_columns`` and ``_rule_values``)."""
        return dict(RULE_FACTS)

    def _parse_rule(self, names=None):
        """Return the rule as a :class:`Domain`, or None when the stage has none.

        :param dict names: see :meth:`_rule_names`, looked up by default
        :raise RuleError: when the text is no domain or names something unknown
        """
        self.ensure_one()
        if not (self.rule or "").strip():
            return None
        return parse_rule(self.rule, names or self._rule_names())

    def _get_rule_codes(self):
        """Return the names the rule mentions; none for a rule that cannot be read."""
        self.ensure_one()
        if self.rule_error or not self.rule:
            return set()
        return {item.field_expr for item in self._parse_rule().iter_conditions()}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        profiles = self.env["cpm.profile"].sudo().with_context(active_test=False)
        for stage in self:
            if profiles.search_count([("lifecycle_stage_id", "=", stage.id)], limit=1):
                raise ValidationError(
                    self.env._(
                        "Lifecycle stage %s has customers. Archive it instead of "
                        "deleting it.",
                        stage.name,
                    )
                )

    def action_view_profiles(self):
        """Open the customers in this stage."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_profile_action"
        )
        action["domain"] = [("lifecycle_stage_id", "in", self.ids)]
        action["context"] = {}
        return action
