"""What happens to profiles when Odoo merges two contacts."""

from odoo import Command, models
from odoo.tools import SQL

# Facts a person entered that the survivor takes over when it has none
_FACTS = ("note", "preferences")


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    def _merge_weight(self):
        """Return a sortable weight: the better founded of two profiles is the
        active one, then the one judged by a person, then the longer history."""
        self.ensure_one()
        return (
            self.active,
            self.tier_origin == "manual",
            bool(self.strategic_value_date),
            self.env["cpm.score"].search_count([("profile_id", "=", self.id)])
            + self.env["cpm.tier.change"].search_count([("profile_id", "=", self.id)]),
            len(self.transaction_ids),
            -self.id,
        )

    def _absorb(self, others):
        """Take over everything ``others`` have, then delete them.

        Called in superuser mode by the merge of contacts. A manual metric value
        known to several profiles is kept in its newest form.
        """
        self.ensure_one()
        self._absorb_facts(others)
        self._absorb_metric_values(others)
        names = ", ".join(others.mapped("partner_id.display_name"))
        wizard = self.env["base.partner.merge.automatic.wizard"]
        self.env.flush_all()
        wizard._update_foreign_keys_generic("cpm.profile", others, self)
        wizard._update_reference_fields_generic("cpm.profile", others, self)
        self.env.invalidate_all()
        others.unlink()
        self._forget_scores()
        self._message_log(
            body=self.env._("The profile of %s was merged into this one.", names)
        )

    def _absorb_facts(self, others):
        vals = {}
        for name in _FACTS:
            if not self[name]:
                donor = others.filtered(name)[:1]
                if donor:
                    field = self._fields[name]
                    vals[name] = field.convert_to_write(donor[name], donor)
        assessed = (self | others).filtered("strategic_value_date")
        newest = assessed.sorted("strategic_value_date")[-1:]
        if newest and newest != self:
            vals["strategic_value"] = newest.strategic_value
            vals["strategic_value_date"] = newest.strategic_value_date
            vals["strategic_value_user_id"] = newest.strategic_value_user_id.id
        vals.update(self._absorb_team(others))
        if any(others.mapped("score_excluded")):
            vals["score_excluded"] = True  # a refusal counts for the person
        self.write(vals)
        # Following both, a person would clash and be dropped by the merge
        self.message_subscribe(others.message_partner_ids.ids)

    def _absorb_team(self, others):
        """Return who looks after the customer from now on. Whoever left the company
        meanwhile does not stop the merge."""
        managers = self.manager_id | others.manager_id
        assistants = (self | others).assistant_ids
        return {
            "manager_id": self._may_look_after(managers)[:1].id,
            "assistant_ids": [Command.set(self._may_look_after(assistants).ids)],
        }

    def _forget_scores(self):
        """Let the next scoring write scores and history of the merged customer, also
        where the figures happen to be the same as before."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_profile
                   SET value_score = NULL, value_level = NULL,
                       health_score = NULL, health_level = NULL,
                       health_uncapped = NULL,
                       loyalty_score = NULL, loyalty_level = NULL,
                       metric_state = NULL
                   WHERE id IN %s""",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset()

    def _absorb_metric_values(self, others):
        """Make room: of two values of one metric only the newest may stay."""
        everybody = self | others
        self.env["cpm.metric.value"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM cpm_metric_value v
                USING (
                    SELECT id, row_number() OVER (
                        PARTITION BY metric_id
                        ORDER BY date DESC NULLS LAST, (profile_id = %(self)s) DESC, id
                    ) AS place
                    FROM cpm_metric_value WHERE profile_id IN %(everybody)s
                ) ranked
                WHERE ranked.id = v.id AND ranked.place > 1
                """,
                self=self.id,
                everybody=tuple(everybody.ids),
            )
        )
        self.env["cpm.metric.value"].invalidate_model()

    def _move_to_partner(self, partner):
        """Re-point the profile. Fixed for everybody else; only a merge does this."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE cpm_profile SET partner_id = %s WHERE id = %s",
                partner.id,
                self.id,
            )
        )
        self.invalidate_recordset(["partner_id"])
