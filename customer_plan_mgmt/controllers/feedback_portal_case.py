"""One case in the portal: the page, and what customers may do there.

The page opens for its customer when logged in, and for whoever holds the link of a
mail. Every change is a POST with the session's CSRF token.
"""

from datetime import timedelta

from werkzeug.urls import url_encode

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.service.moments import moment
from . import customer_input, feedback_values
from .feedback_portal import layout_values, seal, upload_values

CASE = "/my/feedback/<int:feedback_id>"


class FeedbackPortalCase(CustomerPortal):
    def _find(self, feedback_id, token):
        """Return the feedback in superuser mode, in the language of who looks at it."""
        feedback = request.env["cpm.feedback"]._find_for_customer(
            feedback_id, request.env.user, token
        )
        if feedback and request.env.user._is_public():
            request.update_context(
                lang=feedback._customer_lang(), tz=feedback._customer_tz()
            )
        return feedback.with_env(request.env(su=True))

    def _missing(self):
        response = request.render(
            "customer_plan_mgmt.feedback_portal_missing",
            {
                **self._prepare_portal_layout_values(),
                **layout_values(request.env, "cpm_feedback_missing"),
            },
        )
        response.status_code = 404
        return seal(response, "no-referrer")

    def _is_by_link(self, feedback):
        """Return whether only the link of a mail opens the case, no account."""
        user = request.env.user
        domain = feedback._customer_domain(user)
        return user._is_public() or not feedback.filtered_domain(domain)

    def _author(self, feedback):
        """Return the contact who acts: the user, or to whom the mail went."""
        if self._is_by_link(feedback):
            return feedback.contact_id or feedback.partner_id
        return request.env.user.partner_id.sudo()

    def _back(self, feedback, done, token):
        query = {"done": done, **({"access_token": token} if token else {})}
        return request.redirect(f"/my/feedback/{feedback.id}?{url_encode(query)}#news")

    def _render_case(
        self, feedback, token, done=None, typed=None, error=None, status=422
    ):
        values = {
            **self._prepare_portal_layout_values(),
            **upload_values(feedback.company_id),
            **layout_values(request.env, "cpm_feedback_case"),
            "case": feedback_values.case_values(feedback),
            "ratings": feedback_values.ratings(request.env),
            "token": token or "",
            "token_query": f"?{url_encode({'access_token': token})}" if token else "",
            "done": done
            if done in ("new", "reply", "refused", "confirmed", "rated")
            else "",
            "typed": typed or {},
            "error": error,
        }
        response = request.render("customer_plan_mgmt.feedback_portal_case", values)
        response.status_code = status if error else 200
        return seal(response, "no-referrer" if token else "same-origin")

    def _ask_to_wait(self, feedback, token, text, until):
        """Show the case with what was typed; nothing was sent.

        :param until: when the customer may write again, naive UTC
        """
        error = request.env._(
            "Your message was not sent: there were very many in a short time. Please "
            "press “Send” again after %s. Your text is still here; please choose files "
            "again. If it cannot wait, answer one of our mails or call us.",
            moment(feedback.env, until + timedelta(seconds=59)),
        )
        response = self._render_case(
            feedback, token, typed={"message": text}, error=error, status=429
        )
        seconds = (until - fields.Datetime.now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, round(seconds)))
        return response

    @http.route(
        CASE, type="http", auth="public", website=True, methods=["GET"], readonly=True
    )
    def portal_feedback(self, feedback_id, access_token=None, done=None, **_kwargs):
        """Show one case."""
        feedback = self._find(feedback_id, access_token)
        if feedback:
            return self._render_case(feedback, access_token, done)
        if request.env.user._is_public() and not access_token:
            query = url_encode({"redirect": f"/my/feedback/{feedback_id}"})
            return request.redirect(f"/web/login?{query}")
        return self._missing()

    @http.route(
        f"{CASE}/reply", type="http", auth="public", website=True, methods=["POST"]
    )
    def portal_feedback_reply(self, feedback_id, access_token=None, **post):
        """Post a message of the customer, with files."""
        feedback = self._find(feedback_id, access_token)
        if not feedback:
            return self._missing()
        text = customer_input.clean_text(post.get("message"), customer_input.MAX_WORDS)
        until = self._is_by_link(feedback) and feedback._link_rests_until()
        if until:
            return self._ask_to_wait(feedback, access_token, text, until)
        files, errors = customer_input.read_files(
            request.httprequest.files.getlist("files"), feedback.company_id
        )
        if not text and not files and not errors:
            errors = [request.env._("Please write something, or attach a file.")]
        if errors:
            return self._render_case(
                feedback, access_token, typed={"message": text}, error=" ".join(errors)
            )
        feedback._customer_posts(text, files, self._author(feedback))
        return self._back(feedback, "reply", access_token)

    @http.route(
        f"{CASE}/solved", type="http", auth="public", website=True, methods=["POST"]
    )
    def portal_feedback_solved(self, feedback_id, access_token=None, **post):
        """Let the customer say whether it is solved."""
        feedback = self._find(feedback_id, access_token)
        if not feedback:
            return self._missing()
        comment = customer_input.clean_text(
            post.get("comment"), customer_input.MAX_COMMENT
        )
        answer = post.get("answer")
        question = None
        try:
            if answer == "yes":
                question = feedback._customer_confirms(comment)
            elif answer == "no":
                feedback._customer_refuses(comment, self._author(feedback))
            else:
                raise UserError(request.env._("Please choose one of the two answers."))
        except UserError as error:
            return self._render_case(
                feedback, access_token, typed={"comment": comment}, error=str(error)
            )
        if answer == "no":
            return self._back(feedback, "refused", access_token)
        if not access_token or feedback.access_token:
            return self._back(feedback, "confirmed", access_token)
        # The case is closed, and the link that led here with it
        if question:
            return request.redirect(f"/feedback/answer/{question._get_token()}")
        return self._render_case(feedback, None, "confirmed")

    @http.route(
        f"{CASE}/satisfaction",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_feedback_satisfaction(self, feedback_id, access_token=None, **post):
        """Take the customer's answer to the satisfaction question."""
        feedback = self._find(feedback_id, access_token)
        if not feedback:
            return self._missing()
        comment = customer_input.clean_text(
            post.get("comment"), customer_input.MAX_COMMENT
        )
        try:
            question = feedback_values.open_question(feedback)
            if not question:
                raise UserError(request.env._("There is no question to answer."))
            question._answer(post.get("rating"), comment)
        except UserError as error:
            return self._render_case(
                feedback,
                access_token,
                typed={"rating_comment": comment},
                error=str(error),
            )
        return self._back(feedback, "rated", access_token)

    @http.route(
        f"{CASE}/file/<int:file_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_feedback_file(self, feedback_id, file_id, access_token=None, **_kwargs):
        """Download a file of a message the customer may read; never show it, for it
        may be a page with a script."""
        feedback = self._find(feedback_id, access_token)
        attachment = feedback and feedback._customer_file(file_id)
        if not attachment:
            return self._missing()
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        stream.mimetype = "application/octet-stream"
        response = stream.get_response(
            as_attachment=True, immutable=False, content_security_policy="sandbox"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return seal(response, "no-referrer")
