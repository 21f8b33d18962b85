"""An agreed plan that is reviewed every month."""

from unittest.mock import patch

from .common_plan import PlanCase


class ReviewCase(PlanCase):
    """The plan was agreed on 2024-01-31 and is reviewed every month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.review_interval_months = 1
        with cls._today("2024-01-31"):
            cls._agree()

    def _cron(self, day):
        """Let the scheduled action run on ``day``, without its commits."""
        with (
            self._today(day),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=9),
        ):
            self.plans._cron_reviews()
        self.env.invalidate_all()

    def _planned(self, plan=None):
        return (plan or self.plan).review_ids.filtered(
            lambda item: item.state == "planned"
        )

    def _hold(self, review, user=None, **vals):
        mine = self._as(review, user or self.owner)
        mine.write({"decisions": "<p>Go on</p>", "outcome": "continue", **vals})
        mine.action_hold()
