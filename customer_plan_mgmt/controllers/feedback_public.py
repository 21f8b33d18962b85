"""Pages behind the personal links in our mails: solved or not, and how satisfied.

No account, no JavaScript, nothing from elsewhere. Opening a link changes nothing, for
programs that scan mails open links too: the answer is a POST with the chosen value and
the CSRF token of the session that saw the page.
"""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import get_lang

from . import customer_input, feedback_values
from .feedback_portal import seal

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class FeedbackPublic(http.Controller):
    def _show(self, template, company, status=200, **values):
        lang = get_lang(request.env)
        values |= {
            "company_name": company.sudo().name or "",
            "lang_code": lang.code.replace("_", "-"),
            "direction": lang.direction,
        }
        response = request.render(f"customer_plan_mgmt.{template}", values)
        response.status_code = status
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return seal(response, "no-referrer")

    def _speak(self, feedback):
        """Go on in the customer's language."""
        request.update_context(
            lang=feedback._customer_lang(), tz=feedback._customer_tz()
        )

    def _invalid(self):
        return self._show(
            "feedback_public_message",
            request.env["res.company"],
            404,
            title=request.env._("This link is not valid"),
            text=request.env._(
                "It may have expired, or a part of it got lost on the way. If you want "
                "to tell us something, just answer one of our mails."
            ),
        )

    def _over(self, feedback):
        return self._show(
            "feedback_public_message",
            feedback.company_id,
            410,
            title=request.env._("Thank you"),
            text=request.env._(
                "This question has been answered already. If you want to tell us "
                "something, just answer one of our mails."
            ),
        )

    # ----------------------------------------------------------------- Solved?

    def _find_solved(self, token):
        feedback = request.env["cpm.feedback"]._from_confirm_token(token)
        if feedback:
            self._speak(feedback)
        return feedback.with_env(request.env(su=True))

    def _ask_solved(self, feedback, comment="", error=None):
        return self._show(
            "feedback_public_solved",
            feedback.company_id,
            422 if error else 200,
            subject=feedback.name,
            number=feedback.number or "",
            solution=feedback_values.solution(feedback),
            comment=comment,
            error=error,
        )

    @http.route(
        "/feedback/solved/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        sitemap=False,
    )
    def feedback_solved(self, token, **_kwargs):
        """Ask whether it is solved."""
        feedback = self._find_solved(token)
        if not feedback:
            return self._invalid()
        if feedback._may_confirm():
            return self._ask_solved(feedback)
        question = feedback_values.open_question(feedback)
        return self._ask_rating(question) if question else self._over(feedback)

    @http.route(
        "/feedback/solved/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def feedback_solved_answer(self, token, **post):
        """Take the customer's verdict."""
        feedback = self._find_solved(token)
        if not feedback:
            return self._invalid()
        if not feedback._may_confirm():
            return self._over(feedback)
        comment = customer_input.clean_text(
            post.get("comment"), customer_input.MAX_COMMENT
        )
        try:
            if post.get("answer") == "no":
                feedback._customer_refuses(comment)
                return self._sorry(feedback)
            if post.get("answer") == "yes":
                question = feedback._customer_confirms(comment)
                return self._ask_rating(question) if question else self._thank(feedback)
        except UserError as error:
            return self._ask_solved(feedback, comment, str(error))
        error = request.env._("Please choose one of the two answers.")
        return self._ask_solved(feedback, comment, error)

    def _thank(self, feedback):
        return self._show(
            "feedback_public_message",
            feedback.company_id,
            title=request.env._("Thank you"),
            text=request.env._("Your answer has arrived."),
        )

    def _sorry(self, feedback):
        return self._show(
            "feedback_public_message",
            feedback.company_id,
            title=request.env._("We are sorry"),
            text=request.env._("We work on it again and will write to you."),
        )

    # ------------------------------------------------------------ How satisfied?

    def _find_question(self, token):
        question = request.env["cpm.satisfaction"]._from_token(token)
        if question:
            self._speak(question.feedback_id)
        return question.with_env(request.env(su=True))

    def _ask_rating(self, question, comment="", error=None):
        feedback = question.feedback_id
        return self._show(
            "feedback_public_rating",
            feedback.company_id,
            422 if error else 200,
            action=f"/feedback/answer/{question._get_token()}",
            subject=feedback.name,
            number=feedback.number or "",
            ratings=feedback_values.ratings(request.env),
            comment=comment,
            error=error,
        )

    @http.route(
        "/feedback/answer/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        sitemap=False,
    )
    def feedback_answer(self, token, **_kwargs):
        """Ask how satisfied the customer is."""
        question = self._find_question(token)
        if not question:
            return self._invalid()
        if question.answered_at:
            return self._over(question.feedback_id)
        return self._ask_rating(question)

    @http.route(
        "/feedback/answer/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def feedback_answer_take(self, token, **post):
        """Take the answer, once."""
        question = self._find_question(token)
        if not question:
            return self._invalid()
        if question.answered_at:
            return self._over(question.feedback_id)
        comment = customer_input.clean_text(
            post.get("comment"), customer_input.MAX_COMMENT
        )
        try:
            question._answer(post.get("rating"), comment)
        except UserError as error:
            return self._ask_rating(question, comment, str(error))
        return self._thank(question.feedback_id)
