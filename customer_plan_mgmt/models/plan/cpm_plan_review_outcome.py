"""What a review decided is done: the plan is adjusted, or comes to its end."""

from odoo import models
from odoo.exceptions import UserError

ADJUST = "customer_plan_mgmt.mail_activity_plan_adjust"
CLOSE = "customer_plan_mgmt.mail_activity_plan_close"


class CpmPlanReview(models.Model):
    _inherit = "cpm.plan.review"

    def _hold(self):
        result = super()._hold()
        # The latest decision counts
        self.plan_id.sudo().activity_unlink([ADJUST, CLOSE])
        if self.outcome == "adjust":
            self._ask_owner(ADJUST, self.decisions)
        elif self.outcome == "close":
            self._ask_owner(CLOSE, self._bring_to_evaluation())
        return result

    def _ask_owner(self, kind, note):
        plan = self.plan_id
        plan.sudo().activity_schedule(kind, user_id=plan.user_id.id, note=note or "")

    def _bring_to_evaluation(self):
        """Move the plan to the evaluation.

        :return: why not, empty when it is there
        """
        plan = self.plan_id
        if plan.stage == "evaluation":
            return ""
        try:
            plan.check_access("write")
            plan._check_move("evaluation")
        except UserError as error:
            return str(error)
        plan.action_evaluate()
        return ""
