"""One plan in the portal: the page, and what customers may do there.

Every change is a POST with the session's CSRF token. What is not shared, not theirs or
not there looks the same.
"""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from . import customer_input, plan_values
from .feedback_portal import layout_values, seal

PLAN = "/my/plans/<int:plan_id>"
OPTIONS = {"type": "http", "auth": "user", "website": True}


class PlanPortalPage(CustomerPortal):
    """Odoo makes one class of all pages of the portal: names of methods are ours alone."""

    def _plan_contact(self):
        return request.env.user.partner_id.sudo()

    def _find_plan(self, plan_id):
        """Return the plan in superuser mode, in the language of who looks at it."""
        plan = request.env["cpm.plan"]._find_for_customer(plan_id, request.env.user)
        return plan.with_env(request.env(su=True))

    def _find_plan_preview(self, plan_id):
        plan = request.env["cpm.plan"]._find_for_preview(plan_id, request.env.user)
        return plan.with_env(request.env(su=True))

    def _plan_missing(self):
        response = request.render(
            "customer_plan_mgmt.plan_portal_missing",
            {
                **self._prepare_portal_layout_values(),
                **layout_values(request.env, "cpm_plan_missing"),
            },
        )
        response.status_code = 404
        return seal(response)

    def _render_plan(self, plan, done=None, typed="", error=None, is_preview=False):
        # Employees see the page of the customer, not that of somebody else
        contact = plan.partner_id if is_preview else self._plan_contact()
        values = {
            **self._prepare_portal_layout_values(),
            **layout_values(request.env, "cpm_plan"),
            "plan": plan_values.plan_values(plan, contact),
            "is_preview": is_preview,
            "is_shown": plan._is_shown(),
            "max_comment": customer_input.MAX_COMMENT,
            "done": done if done in ("accepted", "comment") else "",
            "typed": typed,
            "error": error,
        }
        response = request.render("customer_plan_mgmt.plan_portal_page", values)
        response.status_code = 422 if error else 200
        return seal(response)

    @http.route(PLAN, methods=["GET"], readonly=True, **OPTIONS)
    def portal_plan(self, plan_id, done=None, **_kwargs):
        """Show one plan."""
        plan = self._find_plan(plan_id)
        return self._render_plan(plan, done) if plan else self._plan_missing()

    @http.route(f"{PLAN}/preview", methods=["GET"], readonly=True, **OPTIONS)
    def portal_plan_preview(self, plan_id, **_kwargs):
        """Show an employee who may read the plan what the customer sees."""
        plan = self._find_plan_preview(plan_id)
        return (
            self._render_plan(plan, is_preview=True) if plan else self._plan_missing()
        )

    @http.route(f"{PLAN}/accept", methods=["POST"], **OPTIONS)
    def portal_plan_accept(self, plan_id, **post):
        """Let the customer accept the terms the page has shown."""
        plan = self._find_plan(plan_id)
        if not plan:
            return self._plan_missing()
        try:
            plan._customer_accepts(
                self._plan_contact(), customer_input.clean_number(post.get("revision"))
            )
        except UserError as error:
            return self._render_plan(plan, error=str(error))
        return request.redirect(f"/my/plans/{plan.id}?done=accepted#news")

    @http.route(f"{PLAN}/comment", methods=["POST"], **OPTIONS)
    def portal_plan_comment(self, plan_id, **post):
        """Post what the customer has to say."""
        plan = self._find_plan(plan_id)
        if not plan:
            return self._plan_missing()
        text = customer_input.clean_text(
            post.get("message"), customer_input.MAX_COMMENT
        )
        try:
            if not text:
                raise UserError(request.env._("Please write something."))
            plan._customer_comments(text, self._plan_contact())
        except UserError as error:
            return self._render_plan(plan, typed=text, error=str(error))
        return request.redirect(f"/my/plans/{plan.id}?done=comment#news")

    @http.route(f"{PLAN}/file/<int:file_id>", methods=["GET"], readonly=True, **OPTIONS)
    def portal_plan_file(self, plan_id, file_id, **_kwargs):
        """Download a file the customer may have; never show it, for it may be a page
        with a script."""
        plan = self._find_plan(plan_id) or self._find_plan_preview(plan_id)
        attachment = plan and plan._customer_file(file_id)
        if not attachment:
            return self._plan_missing()
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        stream.mimetype = "application/octet-stream"
        response = stream.get_response(
            as_attachment=True, immutable=False, content_security_policy="sandbox"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return seal(response, "no-referrer")
