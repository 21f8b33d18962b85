"""A shared plan with something of everything, public and not."""

from odoo import Command
from odoo.tools import mute_logger

from .common_feedback_portal import FeedbackHttpCommon, FeedbackPortalCommon

PDF = b"%PDF-1.4 schedule"
# In every text that is none of the customer's business
SECRET = "S3CRET"


class PlanPortalCommon(FeedbackPortalCommon):
    """The plan is for Aurora; Ann works there. Olga, from an agency, is a member of the
    plan, and Bright is another customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plans = cls.env["cpm.plan"]
        cls.olga = cls._make_partner("Olga", email="olga@agency.example", lang="en_US")
        cls.outsider = cls._make_account(cls.olga, "cpm_portal_olga")
        cls.plan = cls._make_plan()

    @classmethod
    def _make_plan(cls, **vals):
        """Return a shared plan in delivery, owned by ``user_own``."""
        plan = cls.plans.create(
            {
                "name": "Grow together",
                "company_id": cls.company.id,
                "profile_id": cls.profile.id,
                "user_id": cls.user_own.id,
                "stage": "delivery",
                "is_shared": True,
                "lang": "en_US",
                "goal_ids": [Command.create(cls._goal_vals())],
                **vals,
            }
        )
        # Its goals came after the stage
        plan.revision_ids._mark_approved()
        return plan

    @classmethod
    def _goal_vals(cls, name="Fewer returns", **vals):
        return {
            "name": name,
            "source": "hand",
            "unit": "pieces",
            "baseline": 400,
            "current_value": 310,
            "target": 100,
            **vals,
        }

    @classmethod
    def _make_task(cls, name="Train the warehouse", plan=None, **vals):
        plan = plan or cls.plan
        return cls.env["project.task"].create(
            {
                "name": name,
                "cpm_plan_id": plan.id,
                "company_id": plan.company_id.id,
                "cpm_public": True,
                **vals,
            }
        )

    @classmethod
    def _make_review(cls, plan=None, **vals):
        """Return a public review that was held."""
        review = cls.env["cpm.plan.review"].create(
            {
                "plan_id": (plan or cls.plan).id,
                "date_due": "2024-06-28",
                "decisions": "<p>Deliver on Mondays</p>",
                "minutes": f"<p>{SECRET}</p>",
                "outcome": "continue",
                "is_public": True,
                **vals,
            }
        )
        review.action_hold()
        review.flush_recordset()
        return review

    @classmethod
    def _make_file(cls, name="schedule.pdf", content=PDF, plan=None, **vals):
        plan = plan or cls.plan
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": "cpm.plan",
                "res_id": plan.id,
                **vals,
            }
        )

    @classmethod
    def _write_to_customer(cls, body, plan=None, user=None, **vals):
        """Let the owner press “Send message”."""
        return (
            (plan or cls.plan)
            .with_user(user or cls.user_own)
            .message_post(
                body=body,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **vals,
            )
        )

    def _plan_state(self, plan=None):
        """Return everything of the plan a request could have changed."""
        plan = plan or self.plan
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT to_jsonb(p), (SELECT jsonb_agg(g ORDER BY id) FROM cpm_plan_goal g"
            " WHERE plan_id = p.id) FROM cpm_plan p WHERE id = %s",
            plan.ids,
        )
        return (
            self.env.cr.fetchall(),
            plan.message_ids.ids,
            plan.message_partner_ids.ids,
            plan.activity_ids.ids,
            self.plans.search_count([]),
        )


class PlanHttpCommon(FeedbackHttpCommon, PlanPortalCommon):
    def _path(self, end="", plan=None):
        return f"/my/plans/{(plan or self.plan).id}{end}"

    def _send(self, action, data=None, plan=None, page=None):
        """Post a form of the plan's page."""
        if action == "accept":
            self.env.invalidate_all()
            data = {"revision": (plan or self.plan).terms_revision, **(data or {})}
        return self._post(
            self._path(f"/{action}", plan), data, page or self._get("/my/feedback/new")
        )

    def _forge(self, path, data):
        """Post without a valid token."""
        with mute_logger("odoo.http"):
            return self.url_open(path, data=data)
