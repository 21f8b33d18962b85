"""The audited history of tier moves."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CpmTierChange(models.Model):
    """One move, or proposed move, of one customer. Append-only.

    Rows are made by the profile, the wizard and the scoring run; nobody may edit
    or delete them. Only the state moves on: proposed → applied, rejected or
    expired; applied → expired when a limited tier runs out.
    """

    _name = "cpm.tier.change"
    _description = "Tier Change"
    _inherit = "cpm.system.mixin"
    _order = "effective_date desc, id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "cpm.profile", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    from_tier_id = fields.Many2one(
        "cpm.tier", string="Tier before", ondelete="restrict"
    )
    to_tier_id = fields.Many2one("cpm.tier", string="New tier", ondelete="restrict")
    score = fields.Float(
        string="Value score at the time", aggregator="avg", digits=(5, 2)
    )
    origin = fields.Selection(
        [("rule", "By rule"), ("manual", "By hand"), ("import", "Imported")],
        required=True,
    )
    reason = fields.Char(required=True)
    reason_text = fields.Text(
        string="Reason in words",
        compute="_compute_reason_text",
        search="_search_reason_text",
    )
    user_id = fields.Many2one("res.users", string="By", ondelete="set null")
    effective_date = fields.Date(
        string="Effective from",
        required=True,
    )
    expiry_date = fields.Date(
        string="Until",
        help="Last day of a tier set for a limited time.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("applied", "Applied"),
            ("rejected", "Rejected"),
            ("expired", "Expired"),
        ],
        required=True,
        default="proposed",
        copy=False,
    )
    decided_by_id = fields.Many2one(
        "res.users",
        string="Decided by",
        readonly=True,
        ondelete="set null",
    )
    decided_on = fields.Datetime(
        string="Decided on",
        readonly=True,
    )
    direction = fields.Selection(
        [("first", "First"), ("up", "Up"), ("down", "Down"), ("same", "Same")],
        compute="_compute_direction",
    )

    _score_range = models.Constraint(
        "CHECK(score BETWEEN 0 AND 100)", "Scores lie between 0 and 100."
    )
    _open_idx = models.Index("(profile_id) WHERE state IN ('proposed', 'rejected')")
    _applied_expiry_idx = models.Index(
        "(expiry_date) WHERE state = 'applied' AND expiry_date IS NOT NULL"
    )
    # What people decided lately; moves by rule, by far the most, cost it nothing
    _decision_idx = models.Index(
        "(company_id, write_date) WHERE origin != 'rule' OR decided_on IS NOT NULL"
        " OR state = 'expired'"
    )

    @api.depends("from_tier_id", "to_tier_id")
    def _compute_direction(self):
        for change in self:
            before, after = change.from_tier_id, change.to_tier_id
            if not before or not after:
                change.direction = "first" if after else "down"
            elif before == after:
                change.direction = "same"
            else:
                change.direction = "up" if after._rank() > before._rank() else "down"

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        words = self._rule_reasons_in_words()
        for change in self:
            change.reason_text = words.get(change.reason, change.reason)

    def _search_reason_text(self, operator, value):
        domain = Domain("reason", operator, value)
        if operator == "ilike":
            found = [
                reason
                for reason, words in self._rule_reasons_in_words().items()
                if str(value).lower() in words.lower()
            ]
            domain |= Domain("reason", "in", found)
        return domain

    @api.model
    def _rule_reasons(self):
        """Return the reasons of moves by rule, by kind.

        The history keeps them in English, so that everybody can read them in the
        own language later.
        """
        _ = self.env._
        return {
            "first": _("First classification"),
            "up": _("Value score reached the promotion threshold"),
            "down": _("Value score fell below the demotion threshold"),
        }

    @api.model
    def _rule_reasons_in_words(self):
        """Return ``{reason as kept: reason in the language of the reader}``."""
        words = self._rule_reasons()
        kept = self.with_context(lang="en_US")._rule_reasons()
        return {reason: words[kind] for kind, reason in kept.items()}

    @api.depends("profile_id", "from_tier_id", "to_tier_id")
    def _compute_display_name(self):
        for change in self:
            change.display_name = self.env._(
                "%(customer)s: %(before)s → %(after)s",
                customer=change.profile_id.display_name,
                before=change.from_tier_id.name or self.env._("none"),
                after=change.to_tier_id.name or self.env._("none"),
            )

    @api.model
    def _refusal(self):
        return self.env._(
            "The tier history is kept by the system and cannot be edited."
        )

    def action_apply(self):
        """Apply the selected proposals (managers), of several for one customer the
        newest."""
        for change in self._check_open_for_decision().sorted("id", reverse=True):
            if change.state != "proposed":
                continue  # a newer one was selected too
            change._check_applicable()
            profile = change.profile_id
            (profile.sudo().tier_change_ids - change).filtered(
                lambda other: other.state == "proposed"
            ).write({"state": "expired"})
            # What the customer has now, not what it had when this was proposed
            change.from_tier_id = profile.tier_id
            profile._apply_proposal(change)
            change._decide("applied")
        return True

    def _check_applicable(self):
        """:raise UserError: for a proposal that time has overtaken"""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.expiry_date and self.expiry_date < today:
            raise UserError(
                self.env._(
                    "%s: the last day of the proposed tier is past. Reject the "
                    "proposal.",
                    self.profile_id.display_name,
                )
            )
        if self.to_tier_id and not self.to_tier_id.active:
            raise UserError(
                self.env._(
                    "%(customer)s: the tier %(tier)s is archived. Reject the proposal.",
                    customer=self.profile_id.display_name,
                    tier=self.to_tier_id.name,
                )
            )

    def action_reject(self):
        """Reject the selected proposals (managers)."""
        for change in self._check_open_for_decision():
            change._decide("rejected")
            change.profile_id._message_log(
                body=self.env._(
                    "Proposed tier %(tier)s was rejected by %(user)s.",
                    tier=change.to_tier_id.name,
                    user=self.env.user.name,
                )
            )
        return True

    def _check_open_for_decision(self):
        """Return the records in superuser mode once the user may decide on them.

        :raise UserError: for anybody but a manager, or when nothing is open
        """
        self.check_access("read")
        self.profile_id.check_access("write")
        self.env["cpm.profile"]._check_manager(
            self.env._("decide on proposed tier changes")
        )
        if any(change.state != "proposed" for change in self):
            raise UserError(
                self.env._("Only proposed tier changes can be approved or rejected.")
            )
        return self.sudo()

    def _decide(self, state):
        vals = {
            "state": state,
            "decided_by_id": self.env.uid,
            "decided_on": fields.Datetime.now(),
        }
        if state == "applied":
            # Proposed some day, in force from today
            vals["effective_date"] = fields.Date.context_today(self)
        self.write(vals)

    @api.model
    def _expire_open_proposals(self, profiles):
        """A newer decision about ``profiles`` ends what was still proposed."""
        self.search(
            [("profile_id", "in", profiles.ids), ("state", "=", "proposed")]
        ).write({"state": "expired"})

    def _post_notes(self):
        """Write the moves into the chatter of the customers, in one batch."""
        moved = self.filtered(lambda c: c.from_tier_id != c.to_tier_id)
        bodies = {
            change.profile_id.id: self.env._(
                "Tier: %(before)s → %(after)s. %(reason)s",
                before=change.from_tier_id.name or self.env._("none"),
                after=change.to_tier_id.name or self.env._("none"),
                reason=change.reason_text,
            )
            for change in moved
        }
        if bodies:
            moved.profile_id._message_log_batch(bodies=bodies)
