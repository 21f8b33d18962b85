"""How feedback moves from stage to stage."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# Allowed moves, all of them. Answering, reopening and closing use them too.
MOVES = {
    "new": {"answered", "in_progress", "waiting", "solved", "cancelled"},
    "answered": {"in_progress", "waiting", "solved", "cancelled"},
    "in_progress": {"waiting", "solved", "cancelled"},
    "waiting": {"in_progress", "solved", "cancelled"},
    "solved": {"in_progress", "closed"},
    "closed": {"in_progress"},
    "cancelled": {"in_progress"},
}


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    @api.model_create_multi
    def create(self, vals_list):
        feedback = super().create(vals_list)
        # Looks at the records: a stage may also come from the context
        if not self.env.su:
            for item in feedback:
                if item.stage not in ("new", "in_progress"):
                    raise ValidationError(
                        self.env._(
                            "Stage: feedback starts as new or in progress; the other "
                            "stages are reached by working on it."
                        )
                    )
        return feedback

    def write(self, vals):
        stage = vals.get("stage")
        if not stage:
            return super().write(vals)
        moving = self.filtered(lambda feedback: feedback.stage != stage)
        for feedback in moving:
            feedback._check_move(stage, vals)
        resting = self - moving
        if resting:
            super(CpmFeedback, resting).write(
                {name: value for name, value in vals.items() if name != "stage"}
            )
        if not moving:
            return True
        moving.check_access("write")
        for records, values in moving._prepare_moves(stage, vals):
            super(CpmFeedback, records).write(values)
        moving._after_move(stage)
        return True

    def _prepare_moves(self, stage, vals):
        """Return ``(records, values)`` for every write of a move, as few as possible:
        each brings the promises in line.

        Moments and counts that change with the stage are not for everybody to enter;
        they are written in superuser mode together with the stage, and other values
        with the rights of the user.

        :param vals: what the user writes, with the stage
        """
        others = {name: value for name, value in vals.items() if name != "stage"}
        moves = []
        for extra, group in self._group_moments(stage, vals):
            if not extra or self.env.su:
                moves.append((group, {**vals, **extra}))
                continue
            if others:
                moves.append((group, others))
            moves.append((group.sudo(), {"stage": stage, **extra}))
        return moves

    def _group_moments(self, stage, vals):
        """Return ``({field: value}, feedback)`` for everything that changes with the
        stage, the feedback grouped by what really changes."""
        wanted = self._stage_vals(stage)
        groups = {}
        for feedback in self.sudo():
            known = {**wanted}
            if stage == "in_progress" and feedback.stage in ("solved", "closed"):
                known["reopen_count"] = feedback.reopen_count + 1
            # What is still in work and has such a moment is data of the past
            kept = {
                name
                for name in ("solved_at", "closed_at")
                if known.get(name) and feedback[name] and name not in vals
            }
            extra = {
                name: value
                for name, value in known.items()
                if name not in kept
                and (
                    name in vals
                    or feedback._fields[name].convert_to_write(feedback[name], feedback)
                    != value
                )
            }
            groups.setdefault(tuple(extra.items()), []).append(feedback.id)
        return [(dict(extra), self.browse(ids)) for extra, ids in groups.items()]

    @api.model
    def _stage_vals(self, stage):
        """Return what else changes with a move to ``stage``."""
        now = fields.Datetime.now()
        if stage == "solved":
            return {"solved_at": now, "has_unread_reply": False}
        if stage == "closed":
            return {"closed_at": now, "has_unread_reply": False, "close_failed": False}
        if stage == "in_progress":
            return {
                "solved_at": False,
                "closed_at": False,
                "customer_confirmed_at": False,
                "has_unread_reply": False,
                "close_failed": False,
            }
        return {}

    def _check_move(self, stage, vals):
        """:raise UserError: when the feedback may not go to ``stage`` from where it is

        :param vals: what is written together with the stage
        """
        self.ensure_one()
        if stage in MOVES.get(self.stage, ()):
            if stage == "closed":
                self._check_closable(vals)
            return
        labels = dict(self._fields["stage"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(feedback)s is “%(before)s” and cannot become “%(after)s”.",
                feedback=self.display_name,
                before=labels[self.stage],
                after=labels.get(stage, stage),
            )
        )

    def _check_closable(self, vals):
        """Hook: :raise UserError: when something is missing to close the feedback."""

    def _after_move(self, stage):
        """Hook: called after the feedback moved to ``stage``."""

    # --------------------------------------------------------------- Actions

    def action_start(self):
        """Take the feedback into work; takes over what nobody owns."""
        for feedback in self:
            vals = {"stage": "in_progress"}
            if not feedback.user_id:
                vals["user_id"] = self.env.uid
            feedback.write(vals)
        return True

    def action_wait(self):
        """Wait for the customer; the clock of the solution stands meanwhile."""
        return self.write({"stage": "waiting"})

    def action_solve(self):
        """Declare the matter solved and ask the customer to confirm."""
        return self.write({"stage": "solved"})

    def action_close(self):
        """Close what was solved, as if the customer had confirmed.

        :raise UserError: when it is closed already
        """
        for feedback in self:
            if feedback.stage == "closed":
                raise UserError(
                    self.env._("%s is closed already.", feedback.display_name)
                )
        return self.write({"stage": "closed"})

    def action_reopen(self):
        """Work on it again; the clock goes on where it stood."""
        return self.write({"stage": "in_progress"})

    def action_cancel(self):
        """Drop feedback that was none, or raised twice."""
        return self.write({"stage": "cancelled"})

    def action_keep_closed(self):
        """Decide that what the customer said after the solution asks for nothing."""
        self.check_access("write")
        pending = self.filtered("has_unread_reply")
        pending.sudo().write({"has_unread_reply": False})
        pending.activity_unlink(["customer_plan_mgmt.mail_activity_reply"])
        pending._cpm_sla_log(
            self.env._("What the customer said after the solution asks for nothing.")
        )
        return True

    def action_mark_duplicate(self):
        """Open the dialog that folds the feedback into another one."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_feedback_duplicate_action"
        )
        action["context"] = {"default_feedback_ids": self.ids}
        return action

    def _mark_duplicate(self, original):
        """Cancel the feedback as a duplicate of ``original``, which takes over the
        followers and is told of the customer's words.

        :raise UserError: when the original is over, or another customer's
        """
        self.check_access("write")
        if not original.is_open:
            raise UserError(
                self.env._(
                    "%s is over: choose a case that still goes on.",
                    original.display_name,
                )
            )
        customer = original.partner_id
        for feedback in self:
            if feedback.partner_id and customer and feedback.partner_id != customer:
                raise UserError(
                    self.env._(
                        "%(feedback)s and %(original)s are of different customers, who "
                        "must not read of each other.",
                        feedback=feedback.display_name,
                        original=original.display_name,
                    )
                )
            feedback.write({"duplicate_of": original.id, "stage": "cancelled"})
            followers = feedback.message_partner_ids.filtered(
                lambda item: (
                    not item.partner_share or item.commercial_partner_id == customer
                )
            )
            original.message_subscribe(followers.ids)
            original._message_log(
                body=self.env._(
                    "%(feedback)s is the same matter: %(words)s",
                    feedback=feedback.display_name,
                    words=feedback.description or "",
                )
            )
