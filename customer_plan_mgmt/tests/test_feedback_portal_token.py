"""Links in mails open the page for customers without an account, and nobody else."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common_feedback_portal import PDF, FeedbackHttpCommon


class TestFeedbackPortalToken(MailCase, FeedbackHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = cls._make_partner("Gina Guest", email="gina@guest.example")
        cls.case = cls._make_feedback(partner_id=cls.guest.id, contact_id=False)
        cls.token = cls.case._portal_ensure_token()
        cls.path = f"/my/feedback/{cls.case.id}"
        cls.link = f"{cls.path}?access_token={cls.token}"

    def _send(self, action, data, page=None, files=None):
        data = {"access_token": self.token, **data}
        page = page or self._get(self.link)
        return self._post(f"{self.path}/{action}", data, page, files)

    # -------------------------------------------------------------- Using it

    def test_read_reply_and_download(self):
        self._answer(self.case, "Good news", attachments=[("a.pdf", PDF)])
        page = self._get(self.link)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("Good news", page.text)
        file = self.case._customer_messages().attachment_ids
        path = f"{self.path}/file/{file.id}"
        self.assertIn(f"{path}?access_token=", page.text)
        self.assertEqual(self._get(f"{path}?access_token={self.token}").content, PDF)
        self.assertEqual(self._get(path).status_code, 404)
        response = self._send("reply", {"message": "Thanks"})
        self.assertIn("Thanks", response.text)
        self.assertEqual(self.case._customer_messages()[-1].author_id, self.guest)

    def test_unknown_sender_can_answer_too(self):
        case = self._make_feedback(
            partner_id=False, contact_id=False, email_from="who@knows.example"
        )
        case.action_wait()
        token = case._portal_ensure_token()
        path = f"/my/feedback/{case.id}"
        page = self._get(f"{path}?access_token={token}")
        self._post(
            f"{path}/reply", {"message": "It is me", "access_token": token}, page
        )
        message = case._customer_messages()
        self.assertFalse(message.author_id)
        self.assertEqual(message.email_from, "who@knows.example")
        self.assertEqual(case.stage, "in_progress")
        self.assertFalse(case.first_answer_at)

    def test_confirming_ends_at_the_question(self):
        self._answer(self.case)
        self.case.action_solve()
        page = self._send("solved", {"answer": "yes"})
        self.assertEqual(self.case.stage, "closed")
        self.assertIn("/feedback/answer/", page.url)
        self.assertIn("How satisfied are you", page.text)
        self.assertEqual(self._get(self.link).status_code, 404, "rotated")

    def test_confirming_without_question(self):
        self.company.cpm_ask_satisfaction = False
        self._answer(self.case)
        self.case.action_solve()
        page = self._send("solved", {"answer": "yes"})
        self.assertEqual(page.status_code, 200)
        self.assertIn("Thank you for confirming", page.text)
        self.assertFalse(self.case.satisfaction_ids)

    # ------------------------------------------------------------------ How often

    def _age(self, case, **span):
        """Let everything written on the case be older."""
        for message in case.message_ids:
            message.date -= timedelta(**span)

    def test_replies_by_link_are_limited_in_an_hour_and_in_a_day(self):
        self.company.write({"cpm_replies_hour": 2, "cpm_replies_day": 3})
        for text in ("First", "Second"):
            self.assertEqual(self._send("reply", {"message": text}).status_code, 200)
        page = self._send("reply", {"message": "Third, with many words"})
        self.assertEqual(page.status_code, 429)
        self.assertAlmostEqual(int(page.headers["Retry-After"]), 3600, delta=60)
        self.assertIn("was not sent", page.text)
        self.assertIn("Third, with many words", page.text, "nothing is lost")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(len(self.case._customer_messages()), 2)
        self._age(self.case, minutes=61)
        self.assertEqual(self._send("reply", {"message": "Third"}).status_code, 200)
        self._age(self.case, minutes=61)
        page = self._send("reply", {"message": "Fourth"})
        self.assertEqual(page.status_code, 429, "three in a day")
        self._age(self.case, hours=22)
        self.assertEqual(self._send("reply", {"message": "Fourth"}).status_code, 200)

    def test_each_case_has_its_own_limit(self):
        self.company.write({"cpm_replies_hour": 1, "cpm_replies_day": 1})
        self._send("reply", {"message": "First"})
        other = self._make_feedback(partner_id=self.guest.id, contact_id=False)
        token = other._portal_ensure_token()
        path = f"/my/feedback/{other.id}"
        data = {"access_token": token, "message": "There"}
        page = self._get(f"{path}?access_token={token}")
        self.assertEqual(self._post(f"{path}/reply", data, page).status_code, 200)
        self.assertEqual(self._send("reply", {"message": "Here"}).status_code, 429)

    def test_an_account_and_mails_are_not_limited(self):
        self.company.write({"cpm_replies_hour": 1, "cpm_replies_day": 1})
        case = self._make_feedback()
        token = case._portal_ensure_token()
        path = f"/my/feedback/{case.id}"
        self._login(self.portal)
        page = self._get(path)
        for number in range(3):
            answer = self._post(f"{path}/reply", {"message": f"M{number}"}, page)
            self.assertEqual(answer.status_code, 200)
        self._logout()
        page = self._get(f"{path}?access_token={token}")
        data = {"access_token": token, "message": "By link"}
        answer = self._post(f"{path}/reply", data, page)
        self.assertEqual(
            answer.status_code, 200, "what was written by account counts not"
        )
        self.assertEqual(self._post(f"{path}/reply", data, page).status_code, 429)
        self._login(self.stranger)
        page = self._get(f"{path}?access_token={token}")
        answer = self._post(f"{path}/reply", data, page)
        self.assertEqual(answer.status_code, 429, "an account of others is no account")

    def test_zero_is_no_limit(self):
        self.company.write({"cpm_replies_hour": 0, "cpm_replies_day": 0})
        for number in range(3):
            answer = self._send("reply", {"message": f"M{number}"})
            self.assertEqual(answer.status_code, 200)

    def test_who_has_to_wait_reads_it_in_the_own_language_and_time(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.guest.write({"lang": "de_DE", "tz": "Asia/Shanghai"})
        self.company.cpm_replies_hour = 1
        with freeze_time("2026-03-02 10:00:30"):
            self._send("reply", {"message": "First"})
            page = self._send("reply", {"message": "Second"})
        self.assertEqual(page.status_code, 429)
        self.assertIn('lang="de-DE"', page.text)
        self.assertIn(
            "02.03.2026 19:01", page.text, "rounded up, so that it works then"
        )

    # -------------------------------------------------------------- Not using it

    def test_bad_tokens(self):
        bad = [
            "x",
            "%00",
            "ü",
            "😀",
            self.token[:-1],
            self.token.upper(),
            "a" * 5000,
            "",
        ]
        for token in bad:
            with self.subTest(token[:40]):
                page = self._get(
                    f"{self.path}?access_token={token}", allow_redirects=False
                )
                self.assertIn(page.status_code, (404, 303))
                self.assertNotIn("Two cartons", page.text)
        other = self._make_feedback()
        page = self._get(f"/my/feedback/{other.id}?access_token={self.token}")
        self.assertEqual(page.status_code, 404)
        before = self._snapshot(self.case)
        page = self._get(self.link)
        for action in ("reply", "solved", "satisfaction"):
            data = {"access_token": "x", "message": "m", "answer": "yes", "rating": "1"}
            response = self._post(f"{self.path}/{action}", data, page)
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self._snapshot(self.case), before)

    def test_token_is_forgotten(self):
        self.case.partner_id = self.bright
        self.assertFalse(self.case.access_token)
        first = self.case._portal_ensure_token()
        self._answer(self.case)
        self.case.action_solve()
        self.assertEqual(self.case.access_token, first)
        self.case.action_close()
        self.assertFalse(self.case.access_token)
        self.assertNotEqual(self.case._portal_ensure_token(), first)

    def test_former_customer_gets_no_more_mail(self):
        self.assertIn(self.guest, self.case.message_partner_ids)
        self.case.partner_id = self.bright
        self.assertIn(self.bright, self.case.message_partner_ids)
        self.assertNotIn(self.guest, self.case.message_partner_ids)
        self.assertIn(self.user_own.partner_id, self.case.message_partner_ids)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_employees_cannot_get_it(self):
        for user in (self.user_own, self.user_all, self.manager, self.admin):
            case = self.case.with_user(user)
            calls = {
                "read": lambda case=case: case.read(["access_token"]),
                "search": lambda case=case: case.search(
                    [("access_token", "=ilike", "a%")]
                ),
                "order": lambda case=case: case.search([], order="access_token"),
                "group": lambda case=case: case.formatted_read_group(
                    [], ["access_token"], ["__count"]
                ),
                "export": lambda case=case: case.export_data(["access_token"]),
                "write": lambda case=case: case.write({"access_token": "x"}),
                "create": lambda case=case: case.create(
                    {"name": "x", "access_token": "x"}
                ),
                "link": lambda case=case: case.get_portal_url(),
            }
            for name, call in calls.items():
                with self.subTest(user=user.login, call=name):
                    with self.assertRaises(UserError):
                        call()
        self.manager.group_ids += self.env.ref("base.group_partner_manager")
        share = self.env["portal.share"].with_user(self.manager)
        share = share.create({"res_model": "cpm.feedback", "res_id": self.case.id})
        self.assertIn(str(self.case.id), share.share_link)
        self.assertNotIn(self.token, share.share_link)
        self.assertNotIn("access_token", self.case.with_user(self.admin).fields_get())

    def test_chatter_routes_know_no_token(self):
        for params in (
            {"token": self.token},
            {"hash": self.case._sign_token(self.guest.id), "pid": self.guest.id},
        ):
            thread = {"thread_model": "cpm.feedback", "thread_id": self.case.id}
            before = self._snapshot(self.case)
            with mute_logger("odoo.http"):
                answer = self.url_open(
                    "/mail/message/post",
                    json={"params": {**thread, **params, "post_data": {"body": "x"}}},
                )
                self.assertIn("error", answer.json())
                response = self.url_open(
                    "/mail/chatter_fetch",
                    json={"params": {**thread, **params, "fetch_params": {}}},
                ).json()
            shown = response.get("result", {}).get("data", {}).get("mail.message", [])
            self.assertFalse(shown)
            self.assertEqual(self._snapshot(self.case), before)

    # ------------------------------------------------------------------- Mails

    def _view_links(self, mails):
        body = "".join(mail["body"] for mail in mails)
        return [
            url.replace("&amp;", "&")
            for url in self._links(body)
            if "/mail/view" in url or "/my/feedback/" in url
        ]

    def _links(self, body):
        return [part.split('"')[0] for part in body.split('href="')[1:]]

    def _mails_to(self, case, address):
        with self.mock_mail_gateway():
            self._answer(case, "News for you")
        return [mail for mail in self._mails if address in mail["email_to"][0]]

    def test_mail_without_account_leads_to_the_page(self):
        [link] = set(self._view_links(self._mails_to(self.case, "gina@guest")))
        page = self._get(link)
        self.assertIn("News for you", page.text)
        self.assertIn(self.path, page.url)

    def test_mail_with_account_leads_to_the_page(self):
        case = self._make_feedback()
        [link] = set(self._view_links(self._mails_to(case, "ann@aurora")))
        self.assertIn("News for you", self._get(link).text)
        self._login(self.portal)
        self.assertIn("News for you", self._get(link).text)
        self._login(self.stranger)
        plain = f"/mail/view?model=cpm.feedback&res_id={case.id}"
        self.assertEqual(self._get(plain).status_code, 404)
        self._login(self.portal)
        self.assertIn("News for you", self._get(plain).text)

    def test_mail_to_a_colleague_has_no_token(self):
        bert = self._make_partner(
            "Bert", parent_id=self.aurora.id, email="bert@aurora.example"
        )
        self._make_account(bert, "cpm_portal_bert")
        case = self._make_feedback()
        case.message_subscribe(bert.ids)
        [link] = set(self._view_links(self._mails_to(case, "bert@aurora")))
        self.assertNotIn("access_token", link)
        self.assertTrue(link.endswith(f"/my/feedback/{case.id}"))
        self.authenticate("cpm_portal_bert", "cpm_portal_bert")
        self.assertIn("News for you", self._get(link).text)

    def test_mail_to_employees_has_no_token(self):
        self.case._customer_posts("Hello?", [], self.guest)
        token = self.case.access_token
        with self.mock_mail_gateway():
            self.case._customer_posts("Anybody there?", [], self.guest)
        self.assertTrue(self._mails)
        for mail in self._mails:
            self.assertNotIn(token, mail["body"])
