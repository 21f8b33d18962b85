"""Customers see their feedback, write, and say whether it is solved."""

from datetime import timedelta

from odoo import fields

from .common_feedback_portal import PDF, FeedbackHttpCommon


class TestFeedbackPortal(FeedbackHttpCommon):
    def setUp(self):
        super().setUp()
        self._login(self.portal)

    # -------------------------------------------------------------------- List

    def test_counter_and_entry_on_the_home_page(self):
        self._make_feedback()
        self._make_feedback().action_cancel()
        self.assertIn("/my/feedback", self._get("/my").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["cpm_feedback_count"]}
        )
        self.assertEqual(counters, {"cpm_feedback_count": 1})

    def test_empty_list_invites_to_write(self):
        page = self._get("/my/feedback").text
        self.assertIn("Nothing here yet", page)
        self.assertIn('href="/my/feedback/new"', page)

    def test_list_filters_searches_and_sorts(self):
        self._make_feedback(name="Older", received_at="2024-05-01 08:00:00")
        closed = self._solved(name="Settled", description="100% silk")
        closed.action_close()
        everything = self._get("/my/feedback").text
        self.assertLess(everything.index("Settled"), everything.index("Older"))
        cases = {
            "filterby=open": ("Older", "Settled"),
            "filterby=closed": ("Settled", "Older"),
            "search=SETTL": ("Settled", "Older"),
            "search=silk": ("Settled", "Older"),
            f"search={closed.number}": ("Settled", "Older"),
        }
        for query, (shown, hidden) in cases.items():
            with self.subTest(query):
                page = self._get(f"/my/feedback?{query}").text
                self.assertIn(shown, page)
                self.assertNotIn(hidden, page)
        page = self._get("/my/feedback?sortby=subject").text
        self.assertLess(page.index("Older"), page.index("Settled"))
        self.assertIn("Nothing found", self._get("/my/feedback?search=zzz").text)

    def test_list_has_pages(self):
        for number in range(22):
            self._make_feedback(name=f"Case {number:02}")
        self.assertIn("/my/feedback/page/2", self._get("/my/feedback").text)
        self.assertIn("Case 00", self._get("/my/feedback/page/2").text)
        self.assertEqual(self._get("/my/feedback/page/99999999").status_code, 200)

    def test_odd_parameters_are_harmless(self):
        for query in (
            "sortby=id;drop",
            "filterby=x",
            "search=%00%27%25",
            "search=😀" * 99,
        ):
            with self.subTest(query):
                self.assertEqual(self._get(f"/my/feedback?{query}").status_code, 200)

    def test_chips_tell_deadlines(self):
        late = self._make_feedback(name="Late", received_at="2024-05-01 08:00:00")
        self.assertTrue(late.sla_is_overdue)
        page = self._get("/my/feedback").text
        self.assertIn("Overdue since 05/0", page)
        self.assertIn('data-signal="red"', page)

    # --------------------------------------------------------------------- New

    def test_new_feedback(self):
        category = self.env["cpm.feedback.category"].create({"name": "Cartons"})
        response = self._post(
            "/my/feedback/new",
            {
                "subject": "  Carton\n wet ",
                "type": "complaint",
                "category": str(category.id),
                "words": "Line one\r\nLine <b>two</b>",
            },
            files=[("files", ("note.pdf", PDF, "application/pdf"))],
        )
        feedback = self.feedback.search([("name", "=", "Carton wet")])
        self.assertRecordValues(
            feedback,
            [
                {
                    "partner_id": self.aurora.id,
                    "contact_id": self.ann.id,
                    "company_id": self.company.id,
                    "type": "complaint",
                    "category_id": category.id,
                    "channel": "portal",
                    "stage": "new",
                    "description": "Line one\nLine <b>two</b>",
                    "user_id": self.user_own.id,
                    "team_id": self.team.id,
                }
            ],
        )
        self.assertIn(f"/my/feedback/{feedback.id}?done=new", response.url)
        self.assertIn("Line &lt;b&gt;two&lt;/b&gt;", response.text)
        self.assertIn("note.pdf", response.text)
        message = feedback._customer_messages()
        self.assertEqual(message.author_id, self.ann)
        self.assertEqual(message.attachment_ids.raw, PDF)
        self.assertFalse(feedback.first_answer_at, "own words are no answer")
        mail = self.env["mail.mail"].search([("subject", "ilike", feedback.number)])
        self.assertIn("has arrived", "".join(mail.mapped("body_html")))

    def test_mistakes_lose_nothing(self):
        cases = {
            "subject": {"subject": " "},
            "words": {"words": "\x00 \n"},
            "type": {"type": "bribe"},
            "category": {"category": "999999"},
            "category word": {"category": "x"},
        }
        count = self.feedback.search_count([])
        good = {"subject": "My subject", "type": "praise", "words": "My words"}
        for case, wrong in cases.items():
            with self.subTest(case):
                response = self._post("/my/feedback/new", {**good, **wrong})
                self.assertEqual(response.status_code, 422)
                self.assertIn("is-invalid", response.text)
                for name in good.keys() - wrong.keys() - {"type"}:
                    self.assertIn(good[name], response.text)
        self.assertEqual(self.feedback.search_count([]), count)

    def test_categories_offered(self):
        other = self._create_company(name="Other")
        categories = self.env["cpm.feedback.category"]
        hidden = categories.create({"name": "Only for us", "is_public": False})
        foreign = categories.create({"name": "Of others", "company_id": other.id})
        own = categories.create({"name": "Of ours", "company_id": self.company.id})
        page = self._get("/my/feedback/new").text
        self.assertIn(own.name, page)
        for category in hidden | foreign:
            self.assertNotIn(category.name, page)
            response = self._post(
                "/my/feedback/new",
                {
                    "subject": "S",
                    "type": "praise",
                    "words": "W",
                    "category": str(category.id),
                },
            )
            self.assertEqual(response.status_code, 422)

    # ---------------------------------------------------------------- One case

    def test_page_tells_the_story(self):
        feedback = self._make_feedback(received_at="2024-05-03 17:30:00")
        self._answer(feedback, "Coming <b>soon</b>")
        feedback.action_start()
        page = self._get(f"/my/feedback/{feedback.id}").text
        for text in (
            feedback.number,
            "Where are they?",
            "Coming &lt;b&gt;soon",
            "In progress",
            "First answer",
            "Promised within 24 clock hours",
            "outside working hours",
            'role="img"',
        ):
            with self.subTest(text):
                self.assertIn(text, page)

    def test_page_tells_that_a_deadline_is_being_recalculated(self):
        text = "the deadline is being recalculated"
        feedback = self._make_feedback()
        path = f"/my/feedback/{feedback.id}"
        self.assertNotIn(text, self._get(path).text)
        feedback.sla_timer_ids.write({"is_stale": True})
        self.env.flush_all()
        self.assertIn(text, self._get(path).text)

    def test_solution_is_shown_once_it_stands(self):
        feedback = self._make_feedback(solution="<p>New cartons sent</p>")
        path = f"/my/feedback/{feedback.id}"
        self.assertNotIn("New cartons sent", self._get(path).text)
        feedback.action_solve()
        self.assertIn("New cartons sent", self._get(path).text)

    def test_moments_in_the_time_zone_of_the_reader(self):
        feedback = self._make_feedback(received_at="2024-05-01 22:30:00")
        self.portal.tz = "Asia/Shanghai"
        self._login(self.portal)
        self.assertIn("05/02/2024 6:30", self._get(f"/my/feedback/{feedback.id}").text)

    def test_colleagues_see_it_too(self):
        bert = self._make_partner("Bert", parent_id=self.aurora.id)
        self._make_account(bert, "cpm_portal_bert")
        feedback = self._make_feedback()
        self.authenticate("cpm_portal_bert", "cpm_portal_bert")
        self.assertEqual(self._get(f"/my/feedback/{feedback.id}").status_code, 200)

    def test_reply_continues_what_waits(self):
        feedback = self._make_feedback()
        feedback.action_wait()
        page = self._get(f"/my/feedback/{feedback.id}")
        response = self._post(
            f"/my/feedback/{feedback.id}/reply",
            {"message": "Here <script>alert(1)</script>"},
            page,
            [("files", ("a.pdf", PDF, "text/html"))],
        )
        self.assertIn("done=reply", response.url)
        self.assertNotIn("<script>alert(1)", response.text)
        self.assertEqual(feedback.stage, "in_progress")
        message = feedback._customer_messages()
        self.assertEqual(message.author_id, self.ann)
        self.assertFalse(feedback.first_answer_at)
        link = f"/my/feedback/{feedback.id}/file/{message.attachment_ids.id}"
        self.assertIn(link, response.text)
        self.assertEqual(self._get(link).content, PDF)

    def test_reply_after_the_solution_only_asks(self):
        feedback = self._solved()
        page = self._get(f"/my/feedback/{feedback.id}")
        self._post(f"/my/feedback/{feedback.id}/reply", {"message": "Thanks!"}, page)
        self.assertEqual(feedback.stage, "solved")
        self.assertTrue(feedback.has_unread_reply)
        self.assertEqual(feedback.activity_ids.user_id, self.user_own)

    def test_empty_reply_is_refused(self):
        feedback = self._make_feedback()
        page = self._get(f"/my/feedback/{feedback.id}")
        for message in ("", "  \n", "\x00"):
            response = self._post(
                f"/my/feedback/{feedback.id}/reply", {"message": message}, page
            )
            self.assertEqual(response.status_code, 422)
            self.assertIn("write something", response.text)
        self.assertFalse(feedback._customer_messages())

    # --------------------------------------------------------------- Cancelled

    def _shown(self, feedback, link=""):
        """Return what the page says about a case, and its row in the list."""
        page = self._get(f"/my/feedback/{feedback.id}{link}").text
        return page, "" if link else self._get("/my/feedback").text

    def test_cancelled_reads_closed_without_further_work(self):
        feedback = self._make_feedback()
        feedback.action_cancel()
        self._login(self.portal)
        for shown in self._shown(feedback):
            self.assertIn("Closed without further work", shown)
            self.assertNotIn("Withdrawn", shown)
            self.assertNotIn("Merged into", shown)

    def test_a_duplicate_reads_merged_into_the_other_case(self):
        original, feedback = (
            self._make_feedback(contact_id=False),
            self._make_feedback(),
        )
        feedback._mark_duplicate(original)
        self._login(self.portal)
        page, row = self._shown(feedback)
        for shown in (page, row):
            self.assertIn(f"Merged into {original.number}", shown)
            self.assertNotIn("Closed without further work", shown)
        self.assertIn(f"together with {original.number}", " ".join(page.split()))
        feedback.action_reopen()
        page, row = self._shown(feedback)
        self.assertNotIn("Merged into", page + row, "it goes on by itself")
        self.assertNotIn("together with", page)

    def test_numbers_of_other_cases_are_not_told(self):
        nobodys = {
            "partner_id": False,
            "contact_id": False,
            "email_from": "a@b.example",
        }
        feedback = self._make_feedback()
        archived = self._make_feedback(active=False)
        foreign = self._make_feedback(partner_id=self.bright.id, contact_id=False)
        unknown = self._make_feedback(**nobodys)
        self._login(self.portal)
        for original in (archived, foreign, unknown):
            feedback.write({"duplicate_of": original.id, "stage": "cancelled"})
            page, row = self._shown(feedback)
            with self.subTest(original=original.number):
                self.assertIn("Closed without further work", page)
                self.assertNotIn(original.number, page)
                self.assertNotIn("Merged into", page + row)
        self._logout()
        mine = self._make_feedback(**{**nobodys, "email_from": "c@d.example"})
        mine._mark_duplicate(unknown)
        link = f"?access_token={mine._portal_ensure_token()}"
        page, _row = self._shown(mine, link)
        self.assertIn("Closed without further work", page)
        self.assertNotIn(unknown.number, page, "two unknown senders are two people")

    # ----------------------------------------------------------------- Verdict

    def test_confirm_then_rate(self):
        feedback = self._solved()
        path = f"/my/feedback/{feedback.id}"
        page = self._get(path)
        self.assertIn("Is it solved?", page.text)
        page = self._post(f"{path}/solved", {"answer": "yes", "comment": "Good"}, page)
        self.assertEqual(feedback.stage, "closed")
        self.assertTrue(feedback.customer_confirmed_at)
        self.assertIn("Good", "".join(feedback.message_ids.mapped("preview")))
        self.assertIn("How satisfied are you", page.text)
        page = self._post(f"{path}/satisfaction", {"rating": "5", "comment": "+"}, page)
        self.assertEqual((feedback.csat, feedback.csat_comment), ("5", "+"))
        self.assertNotIn("How satisfied are you", page.text)
        self.assertIn("Very satisfied", page.text)

    def test_refuse_with_a_comment(self):
        feedback = self._solved()
        path = f"/my/feedback/{feedback.id}"
        self._post(
            f"{path}/solved", {"answer": "no", "comment": "Still wet"}, self._get(path)
        )
        self.assertEqual(feedback.stage, "in_progress")
        self.assertEqual(feedback.reopen_count, 1)
        self.assertIn("Still wet", self._get(path).text)
        self.assertEqual(feedback._customer_messages()[-1].author_id, self.ann)
        self.assertFalse(feedback.has_unread_reply)
        self.assertEqual(feedback.activity_ids.user_id, self.user_own)

    def test_no_verdict_without_choice_or_out_of_turn(self):
        feedback = self._solved()
        path = f"/my/feedback/{feedback.id}"
        page = self._get(path)
        for answer in ("", "maybe", "\x00"):
            response = self._post(
                f"{path}/solved", {"answer": answer, "comment": "Keep me"}, page
            )
            self.assertEqual(response.status_code, 422)
            self.assertIn("Keep me", response.text)
        feedback.action_reopen()
        before = self._snapshot(feedback)
        for answer in ("yes", "no"):
            response = self._post(f"{path}/solved", {"answer": answer}, page)
            self.assertEqual(response.status_code, 422)
        response = self._post(f"{path}/satisfaction", {"rating": "5"}, page)
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self._snapshot(feedback), before)

    def test_complaint_without_cause_stays_solved_but_is_confirmed_once(self):
        self.company.cpm_complaint_cause = True
        feedback = self._solved(type="complaint")
        path = f"/my/feedback/{feedback.id}"
        page = self._get(path)
        self._post(f"{path}/solved", {"answer": "yes"}, page)
        self.assertEqual(feedback.stage, "solved")
        self.assertTrue(feedback.close_failed)
        confirmed = feedback.customer_confirmed_at
        response = self._post(f"{path}/solved", {"answer": "yes"}, page)
        self.assertEqual(response.status_code, 422)
        self.assertEqual(feedback.customer_confirmed_at, confirmed)
        self.assertEqual(len(feedback.satisfaction_ids), 1)

    def test_page_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.portal.lang = "de_DE"
        self._login(self.portal)
        feedback = self._make_feedback(received_at="2024-05-31 08:00:00")
        page = self._get(f"/my/feedback/{feedback.id}").text
        self.assertIn('lang="de-DE"', page)
        self.assertIn("31.05.2024", page)

    def test_expired_question_is_not_asked_again(self):
        feedback = self._solved()
        feedback.action_close()
        feedback.satisfaction_ids.expires_at = fields.Datetime.now() - timedelta(days=1)
        page = self._get(f"/my/feedback/{feedback.id}").text
        self.assertNotIn("How satisfied are you", page)
