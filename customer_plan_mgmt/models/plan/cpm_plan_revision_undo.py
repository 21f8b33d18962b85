"""Changes that are not agreed to: refused, taken back, or cancelled out."""

import json

from odoo import models
from odoo.exceptions import UserError

from .const import AGREED


class CpmPlanRevision(models.Model):
    _inherit = "cpm.plan.revision"

    # ------------------------------------------------------------ Differences

    def _net(self):
        """Return what the differences come to.

        :return: the first value of every changed field by record, the parts that were
            added and not removed again, and the agreed values of those removed;
            records are ``(model, id)``
        """
        self.ensure_one()
        changed, added, removed = {}, {}, {}
        for line in self.line_ids.sorted("id"):
            key = (line.res_model, line.res_id)
            if line.field_name:
                old = changed.setdefault(key, {})
                old.setdefault(line.field_name, line.old_value["value"])
            elif line.old_value:
                values = {**line.old_value["value"], **changed.pop(key, {})}
                if added.pop(key, None) is None:
                    removed[key] = values
            else:
                added[key] = True
        for key in added:
            changed.pop(key, None)
        return changed, list(added), removed

    def _part(self, key):
        """Return the record of ``(model, id)`` in superuser mode if it is there."""
        model, record_id = key
        parts = self.env[model].sudo().with_context(cpm_no_revision=True)
        return parts.browse(record_id).exists()

    def _cancels_out(self):
        """Whether everything is as it was agreed on again."""
        if not all(self.line_ids.mapped("res_model")):
            return False  # noted before values were kept
        changed, added, removed = self._net()
        for key, values in changed.items():
            part = self._part(key)
            if not part or any(
                part._cpm_raw(name) != old for name, old in values.items()
            ):
                return False
        there = [
            self._agreed_text(part._name, part._cpm_snapshot())
            for part in map(self._part, added)
            if part
        ]
        gone = [self._agreed_text(key[0], values) for key, values in removed.items()]
        return sorted(there) == sorted(gone)

    def _agreed_text(self, model, values):
        """Return what was agreed on of a part, to be compared."""
        names = sorted(self.env[model]._cpm_revised)
        return json.dumps([model, [values.get(name) for name in names]])

    def _withdraw_if_nothing_is_left(self):
        for revision in self.filtered("line_ids"):
            if revision._cancels_out():
                revision._end("withdrawn")
                revision.plan_id._message_log(
                    body=self.env._(
                        "Revision %s: everything is as it was agreed on again.",
                        revision.number,
                    )
                )

    # --------------------------------------------------------------- Undoing

    def _undo(self):
        """Give the plan and its parts the values they were agreed on with.

        :raise UserError: when those were not kept, or the plan is not under way
        """
        if self.plan_id.stage not in AGREED:
            raise UserError(
                self.env._(
                    "%s is not under way: it is agreed to as a whole again.",
                    self.plan_id.display_name,
                )
            )
        if not all(self.line_ids.mapped("res_model")):
            raise UserError(
                self.env._(
                    "%s was begun before values were kept: take the changes back by "
                    "hand, and approve it.",
                    self.display_name,
                )
            )
        changed, added, removed = self._net()
        new = [part for part in map(self._part, added) if part]
        # Goals last: without one that counts there is no plan
        for part in new:
            if part._name != "cpm.plan.goal":
                part.unlink()
        for key, values in changed.items():
            if part := self._part(key):
                part.write(values)
        for key, values in removed.items():
            parts = self.env[key[0]].sudo().with_context(cpm_no_revision=True)
            parts.create({**values, "plan_id": self.plan_id.id})
        for part in new:
            if part._name == "cpm.plan.goal":
                part.unlink()

    def _end(self, state, reason=False):
        """Close the round of changes without an approval."""
        self.write({"state": state, "refusal_reason": reason})
        self.plan_id.activity_unlink(["customer_plan_mgmt.mail_activity_plan_revision"])

    def _refuse(self, reason):
        """Undo the changes, and say why; four eyes count here too.

        :raise UserError: without a reason, when there are none, or for the user's own
        """
        revision = self.sudo()
        plan = revision.plan_id.with_env(self.env)
        plan.check_access("write")
        plan._check_reviser(revision)
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say what has to change."))
        if revision.state != "open":
            raise UserError(self.env._("There are no changes to approve."))
        revision._undo()
        revision._end("refused", reason)
        plan._tell(
            self.env._(
                "Revision %(number)s was refused, the changes are undone: %(reason)s",
                number=revision.number,
                reason=reason,
            ),
            plan.sudo().user_id | revision.user_ids,
        )

    def _withdraw(self):
        """Undo the changes at the wish of those who made them.

        :raise UserError: when there are none, or the user has no part in them
        """
        if not self:
            raise UserError(self.env._("There are no changes to approve."))
        for revision in self.sudo():
            plan = revision.plan_id.with_env(self.env)
            plan.check_access("write")
            if self.env.user not in revision.user_ids | plan.sudo().user_id:
                raise UserError(
                    self.env._(
                        "Only who made the changes, or owns the plan, takes them back."
                    )
                )
            revision._undo()
            revision._end("withdrawn")
            plan._message_log(
                body=self.env._("Revision %s was taken back.", revision.number)
            )
