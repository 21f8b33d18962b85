"""The pages behind personal links: friendly, silent, and proof against robots."""

from odoo.tests import freeze_time
from odoo.tools import mute_logger

from .common_feedback_portal import FeedbackHttpCommon


class TestFeedbackSatisfactionPage(FeedbackHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._solved(solution="<p>New <b>boxes</b></p>")

    def _path(self, url):
        return "/feedback/" + url.split("/feedback/")[1]

    def _solved_path(self, case=None):
        return self._path((case or self.case)._get_confirm_url())

    def _answer_path(self, case=None):
        return self._path((case or self.case)._get_question()._get_url())

    def _assert_sealed(self, page):
        for header, value in {
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.assertEqual(page.headers[header], value)
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        for outside in ("<script", "<link", "src=", "http://", "https://"):
            self.assertNotIn(outside, page.text)
        self.assertIn('name="viewport"', page.text)

    # ----------------------------------------------------------------- Solved?

    def test_opening_the_link_changes_nothing(self):
        before = self._snapshot(self.case)
        for query in ("", "?answer=yes", "?answer=no&comment=x"):
            page = self._get(self._solved_path() + query)
            self.assertEqual(page.status_code, 200)
            self.assertIn("New <b>boxes</b>", page.text)
            self._assert_sealed(page)
        self.assertEqual(self._snapshot(self.case), before)

    def test_confirm_then_rate(self):
        path = self._solved_path()
        page = self._post(path, {"answer": "yes", "comment": "Nice"}, self._get(path))
        self.assertEqual(self.case.stage, "closed")
        self.assertIn("How satisfied", page.text)
        self._assert_sealed(page)
        action = self._path(page.text.split('action="')[1].split('"')[0])
        page = self._post(action, {"rating": "5", "comment": "Great"}, page)
        self.assertIn("Your answer has arrived", page.text)
        self.assertEqual((self.case.csat, self.case.csat_comment), ("5", "Great"))
        self.assertEqual(self._get(path).status_code, 410)
        page = self._get(action)
        self.assertEqual(page.status_code, 410)
        self.assertIn("answered already", page.text)

    def test_refuse(self):
        path = self._solved_path()
        page = self._get(path)
        answer = self._post(path, {"answer": "no", "comment": "Still <b>wet"}, page)
        self.assertIn("We work on it again", answer.text)
        self.assertEqual(self.case.stage, "in_progress")
        message = self.case._customer_messages()[-1]
        self.assertEqual(message.author_id, self.ann)
        self.assertIn("Still &lt;b&gt;wet", message.body)
        self.assertEqual(self._get(path).status_code, 404, "that solution is gone")
        again = self._post(path, {"answer": "yes"}, page)
        self.assertEqual(again.status_code, 404)

    def test_no_choice_no_change(self):
        path = self._solved_path()
        page = self._get(path)
        before = self._snapshot(self.case)
        for data in ({}, {"answer": ""}, {"answer": "\x00"}, {"comment": "Keep me"}):
            response = self._post(path, data, page)
            self.assertEqual(response.status_code, 422)
            self.assertIn(data.get("comment", ""), response.text)
        with mute_logger("odoo.http"):
            for data in ({"answer": "yes"}, {"answer": "yes", "csrf_token": "x"}):
                self.assertEqual(self.url_open(path, data=data).status_code, 400)
        self.assertEqual(self._snapshot(self.case), before)

    def test_session_of_somebody_else_does_not_count(self):
        path = self._solved_path()
        token = self._csrf(self._get(path))
        self.opener.cookies.clear()
        with mute_logger("odoo.http"):
            response = self.url_open(path, data={"answer": "yes", "csrf_token": token})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.case.stage, "solved")

    def test_link_of_an_earlier_solution(self):
        with freeze_time("2024-06-03 09:00:00"):
            case = self._solved(received_at="2024-06-03 08:00:00")
        path = self._solved_path(case)
        case.action_reopen()
        case.action_solve()
        self.assertEqual(self._get(path).status_code, 404)

    def test_closed_by_the_clock_still_asks_for_satisfaction(self):
        path = self._solved_path()
        self.case.action_close()
        page = self._get(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("How satisfied", page.text)

    # ------------------------------------------------------------ How satisfied?

    def test_no_vote_without_a_choice(self):
        self.case.action_close()
        path = self._answer_path()
        page = self._get(path)
        self._assert_sealed(page)
        self.assertNotIn("checked", page.text)
        before = self._snapshot(self.case)
        self._get(f"{path}?rating=5")
        bad = (
            {},
            {"rating": ""},
            {"rating": "6"},
            {"rating": "abc"},
            {"rating": "\x00"},
        )
        for data in bad:
            with self.subTest(data):
                response = self._post(path, {**data, "comment": "Keep me"}, page)
                self.assertEqual(response.status_code, 422)
                self.assertIn("Keep me", response.text)
                self.assertIn("Choose one of the five", response.text)
        response = self._post(path, {}, page, [("rating", ("5", b"5"))])
        self.assertEqual(response.status_code, 422)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"rating": "5"}).status_code, 400)
        self.assertEqual(self._snapshot(self.case), before)

    def test_one_answer(self):
        self.case.action_close()
        path = self._answer_path()
        page = self._get(path)
        comment = "A\0" + "ü😀" * 3000
        self._post(path, {"rating": "2", "comment": comment}, page)
        self.assertEqual(self.case.csat, "2")
        self.assertEqual(len(self.case.csat_comment), 2000)
        again = self._post(path, {"rating": "5", "comment": ""}, page)
        self.assertEqual(again.status_code, 410)
        self.assertEqual(self.case.csat, "2")

    # -------------------------------------------------------------------- Links

    def test_bad_links_get_a_friendly_page(self):
        self.case.action_close()
        good = self._answer_path().rsplit("/", 1)[1]
        tokens = (
            "x",
            "%00",
            "%F0%9F%98%80",
            "%ff%fe",
            "a" * 8000,
            good[:-3],
            "AQ",
            "..",
            good.swapcase(),
            "%2e%2e",
            "%3Cscript%3E",
        )
        for kind in ("solved", "answer"):
            for token in tokens:
                with self.subTest(kind=kind, token=token[:20]):
                    page = self._get(f"/feedback/{kind}/{token}")
                    self.assertEqual(page.status_code, 404)
                    self.assertNotIn("<script>", page.text.replace("<script ", ""))
        page = self._get("/feedback/answer/x")
        self.assertIn("This link is not valid", page.text)
        self._assert_sealed(page)
        page = self._get(self._answer_path())
        response = self._post("/feedback/answer/x", {"rating": "5"}, page)
        self.assertEqual(response.status_code, 404)
        response = self._post("/feedback/solved/x", {"answer": "yes"}, page)
        self.assertEqual(response.status_code, 404)

    def test_links_do_not_open_the_other_page(self):
        solved = self._solved_path().replace("/solved/", "/answer/")
        self.assertEqual(self._get(solved).status_code, 404)
        self.case.action_close()
        answer = self._answer_path().replace("/answer/", "/solved/")
        self.assertEqual(self._get(answer).status_code, 404)

    def test_expired_link(self):
        with freeze_time("2024-06-03 09:00:00"):
            case = self._solved(received_at="2024-06-03 08:00:00")
            case.action_close()
            paths = (self._answer_path(case), self._solved_path(case))
        for path in paths:
            self.assertEqual(self._get(path).status_code, 404)

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.ann.lang = "ar_001"
        page = self._get(self._solved_path(), headers={"Accept-Language": "xx-YY"})
        self.assertIn('lang="ar-001"', page.text)
        self.assertIn('dir="rtl"', page.text)

    def test_question_of_a_deleted_contact(self):
        partner = self._make_partner("Short", email="short@lived.example")
        case = self._solved(partner_id=partner.id, contact_id=False)
        path = self._solved_path(case)
        partner.unlink()
        page = self._post(path, {"answer": "yes"}, self._get(path))
        self.assertIn("How satisfied", page.text)
        self.assertEqual(case.stage, "closed")
