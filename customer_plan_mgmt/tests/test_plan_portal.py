"""The pages of a plan: what customers see, say and accept."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..controllers import plan_portal
from .common_plan_portal import PDF, SECRET, PlanHttpCommon

# The form, not the sentence that says who accepted
ACCEPT = '/accept"'


@tagged("post_install", "-at_install")
class TestPlanPortal(PlanHttpCommon):
    def setUp(self):
        super().setUp()
        self._login(self.portal)

    # ------------------------------------------------------------ Home and list

    def _counters(self):
        return self.make_jsonrpc_request(
            "/my/counters", {"counters": ["cpm_plan_count"]}
        )

    def test_the_home_counts_what_is_shared(self):
        self._make_plan(stage="design")
        self._make_plan(is_shared=False)
        self.assertEqual(self._counters(), {"cpm_plan_count": 1})
        self.assertIn('href="/my/plans"', self._get("/my").text)
        self._login(self.stranger)
        self.assertEqual(self._counters(), {"cpm_plan_count": 0})

    def test_the_list_speaks_the_customers_words(self):
        self._make_plan(name="Ready to agree", stage="agreed")
        self._make_plan(name="Over", stage="closed")
        page = self._get("/my/plans").text
        for text in ("Grow together", "Under way", "Agreed", "Finished"):
            self.assertIn(text, page)
        self.assertEqual(page.count("Please look at it and accept it"), 2)
        self.assertNotIn("In delivery", page)

    def test_nothing_there_yet(self):
        self.plan.is_shared = False
        page = self._get("/my/plans")
        self.assertEqual(page.status_code, 200)
        self.assertIn("o_cpm_empty", page.text)

    def test_pages_and_orders(self):
        self._make_plan(name="Alpha", date_start="2020-01-01", date_end="2099-12-31")
        self._make_plan(name="Zulu", date_start="2019-01-01", date_end="2019-12-31")
        with patch.object(plan_portal, "PAGE", 2):
            for order, names in {
                "newest": ["Grow together", "Alpha", "Zulu"],
                "ending": ["Zulu", "Grow together", "Alpha"],
                "name": ["Alpha", "Grow together", "Zulu"],
                "'; DROP": ["Grow together", "Alpha", "Zulu"],
            }.items():
                with self.subTest(order):
                    first = self._get("/my/plans", params={"sortby": order}).text
                    second = self._get("/my/plans/page/2", params={"sortby": order})
                    self.assertLess(first.index(names[0]), first.index(names[1]))
                    self.assertNotIn(names[2], first)
                    self.assertIn(names[2], second.text)
                    self.assertNotIn(names[0], second.text)

    # ------------------------------------------------------------------- Shown

    def _fill_plan(self):
        """Write something public and something secret into every part of the plan."""
        secret = f"<p>{SECRET}</p>"
        self.plan.write(
            {
                "positioning": secret,
                "competitors": secret,
                **dict.fromkeys(
                    ("strengths", "weaknesses", "opportunities", "threats"), SECRET
                ),
            }
        )
        self.plan.date_end = "2098-12-31"
        self.plan.goal_ids.write(
            {
                "note": SECRET,
                "status_override": "off_track",
                "status_reason": SECRET,
                "status_expires_on": "2099-01-01",
                "agreed_on": "2024-03-05",
                "date_end": "2098-11-30",
            }
        )
        env, plan = self.env, self.plan.id
        employee = self._make_user(
            "cpm_hidden", "customer_plan_mgmt.group_cpm_user", name=f"{SECRET} Person"
        )
        env["cpm.plan.member"].create({"plan_id": plan, "user_id": employee.id})
        env["cpm.plan.need"].create({"plan_id": plan, "name": SECRET})
        env["cpm.plan.check"].create(
            {"plan_id": plan, "name": SECRET, "stage": "needs"}
        )
        category = env["cpm.plan.cost.category"].create({"name": SECRET, "code": "x"})
        env["cpm.plan.cost"].create(
            {
                "plan_id": plan,
                "category_id": category.id,
                "budget": 98765,
                "actual": 87654,
            }
        )
        self._make_task(
            "Training of buyers",
            cpm_kind="training",
            cpm_training_form="on_site",
            cpm_material=secret,
            cpm_training_result=SECRET,
            description=secret,
            date_deadline="2097-10-20 12:00:00",
        )
        self._make_task("Finished work", state="1_done")
        self._make_task(
            "Your samples",
            stage_id=env.ref("customer_plan_mgmt.plan_task_stage_waiting").id,
        )
        self._make_task(SECRET, cpm_public=False)
        self._make_task(SECRET, state="1_canceled")
        self._make_review()
        self._make_review(decisions=secret, is_public=False)
        env["cpm.plan.review"].create(
            {"plan_id": plan, "date_due": "2099-01-01", "is_public": True}
            | {"decisions": secret}
        )
        self.plan.public_document_ids = self._make_file()
        self._make_file(f"{SECRET}.pdf")
        self.plan.with_user(self.user_own).message_post(
            body=SECRET, message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self._write_to_customer("Good news")

    def test_the_page_shows_the_allow_list_and_nothing_else(self):
        self._fill_plan()
        page = self._get(self._path())
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(SECRET, page.text)
        for hidden in ("98,765", "87,654", "Off track", "Gold", "310", "400 pieces"):
            self.assertNotIn(hidden, page.text)
        for shown in (
            "Grow together",
            "Under way",
            self.user_own.name,
            "Fewer returns",
            "100 pieces",
            "30 %",
            "11/30/2098",
            "03/05/2024",
            "Short term",
            "Training of buyers",
            "On site",
            "10/20/2097",
            "Finished work",
            "Your samples",
            "Waiting for you",
            "Deliver on Mondays",
            "Continue",
            "schedule.pdf",
            "Good news",
        ):
            self.assertIn(shown, page.text)

    def test_nobody_keeps_or_indexes_the_page(self):
        self.plan.public_document_ids = file = self._make_file()
        for end in ("", f"/file/{file.id}"):
            response = self._get(self._path(end))
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", response.headers["X-Robots-Tag"])
            self.assertTrue(response.headers["Referrer-Policy"])

    def test_goals_nobody_measured_have_no_number(self):
        self.plan.goal_ids.sudo().is_measured = False
        page = self._get(self._path()).text
        self.assertIn("Not measured yet", page)
        self.assertNotIn("progress-bar", page)

    # ------------------------------------------------------------------ Accept

    def test_accepting_once(self):
        agreed = self.plan.revision_ids.line_ids
        with freeze_time("2024-07-01 10:00:00"):
            response = self._send("accept", page=self._get(self._path()))
        self.assertIn("done=accepted", response.url)
        self.assertIn("Accepted on 07/01/2024 by Ann", response.text)
        self.assertNotIn(ACCEPT, response.text)
        self.env.invalidate_all()
        self.assertEqual(self.plan.accepted_by_id, self.ann)
        self.assertTrue(self.plan.accepted_at)
        self.assertEqual(self.plan.goal_ids.agreed_with_id, self.ann)
        self.assertEqual(
            self.plan.goal_ids.agreed_on, fields.Date.to_date("2024-07-01")
        )
        self.assertEqual(
            self.plan.revision_ids.line_ids, agreed, "no change to approve"
        )
        kind = self.env.ref("customer_plan_mgmt.mail_activity_plan_accepted")
        asked = self.plan.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        self.assertEqual(asked.user_id, self.user_own)
        before = self._plan_state()
        again = self._send("accept")
        self.assertEqual(again.status_code, 422)
        self.assertIn("was accepted on 07/01/2024 by Ann already", again.text)
        self.assertEqual(self._plan_state(), before)

    def test_goals_agreed_before_stay_agreed(self):
        self.plan.goal_ids.agreed_on = "2024-01-01"
        self._send("accept")
        self.env.invalidate_all()
        self.assertEqual(
            self.plan.goal_ids.agreed_on, fields.Date.to_date("2024-01-01")
        )

    def _change_target(self, target=90, approve=True):
        self.plan.goal_ids.with_user(self.user_own).target = target
        if approve:
            self.plan.with_user(self.manager).action_approve_revision()
        self.env.flush_all()

    def test_changed_terms_are_accepted_again(self):
        with freeze_time("2024-07-01 10:00:00"):
            self._send("accept")
        self._change_target()
        page = self._get(self._path())
        self.assertIn("The plan was changed since you accepted it", page.text)
        self.assertIn("Accepted on 07/01/2024 by Ann", page.text)
        self.assertIn("Please look at it and accept it", self._get("/my/plans").text)
        with freeze_time("2024-08-02 10:00:00"):
            response = self._send("accept", page=page)
        self.assertIn("Accepted on 08/02/2024 by Ann", response.text)
        self.assertNotIn("since you accepted it", response.text)
        self.env.invalidate_all()
        self.assertEqual(self.plan.accepted_revision, self.plan.terms_revision)
        self.assertEqual(str(self.plan.goal_ids.agreed_on), "2024-08-02")
        said = [body for body in self.plan.message_ids.mapped("body") if body]
        self.assertEqual(sum("accepted the" in body for body in said), 2)

    def test_terms_are_not_accepted_while_they_change(self):
        self._change_target(approve=False)
        page = self._get(self._path())
        self.assertIn("are being agreed on", page.text)
        self.assertNotIn(ACCEPT, page.text)
        response = self._send("accept", page=page)
        self.assertEqual(response.status_code, 422)
        self.assertIn("Please accept it then", response.text)
        self.assertFalse(self.plan.accepted_at)

    def test_only_the_terms_that_were_read_are_accepted(self):
        old = self.plan.terms_revision
        self._change_target()
        for revision in (old, "", "x", "-1", str(10**20)):
            with self.subTest(revision):
                response = self._send("accept", {"revision": revision})
                self.assertEqual(response.status_code, 422)
                self.assertIn("was changed meanwhile", response.text)
                self.assertFalse(self.plan.accepted_at)

    def test_what_the_customer_does_not_see_is_not_accepted_again(self):
        self._send("accept")
        self.plan.with_user(self.user_own).strengths = "Ours alone"
        self.plan.goal_ids.with_user(self.user_own).weight = 3
        page = self._get(self._path()).text
        self.assertNotIn("are being agreed on", page)
        self.plan.with_user(self.manager).action_approve_revision()
        self.env.flush_all()
        page = self._get(self._path()).text
        self.assertNotIn("since you accepted it", page)
        self.assertNotIn(ACCEPT, page)

    def test_a_finished_plan_is_not_accepted(self):
        self.plan.stage = "closed"
        page = self._get(self._path())
        self.assertNotIn(ACCEPT, page.text)
        response = self._send("accept")
        self.assertEqual(response.status_code, 422)
        self.assertIn("needs no acceptance", response.text)
        self.assertFalse(self.plan.accepted_at)

    def test_members_from_outside_look_and_comment_but_do_not_accept(self):
        self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "partner_id": self.olga.id}
        )
        self._login(self.outsider)
        self.assertIn("Grow together", self._get("/my/plans").text)
        page = self._get(self._path())
        self.assertNotIn(ACCEPT, page.text)
        response = self._send("accept", page=page)
        self.assertEqual(response.status_code, 422)
        self.assertIn("Only Aurora can accept this plan", response.text)
        self.assertFalse(self.plan.accepted_at)
        response = self._send("comment", {"message": "From the agency"}, page=page)
        self.assertIn("From the agency", response.text)
        self.assertEqual(self.plan.message_ids[0].author_id, self.olga)

    # ----------------------------------------------------------------- Comment

    def test_comments_are_text(self):
        text = "Is <b>Monday</b> fine?\n<script>alert(1)</script>"
        response = self._send(
            "comment", {"message": text}, page=self._get(self._path())
        )
        self.assertIn("done=comment", response.url)
        self.assertIn("&lt;b&gt;Monday&lt;/b&gt;", response.text)
        self.assertNotIn("<script>alert", response.text)
        message = self.plan.message_ids[0]
        self.assertEqual(message.author_id, self.ann)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertNotIn("<script>", message.body)

    def test_comments_have_a_length(self):
        before = len(self.plan.message_ids)
        for text in ("", "  \n ", "\x00\x01"):
            response = self._send("comment", {"message": text})
            self.assertEqual(response.status_code, 422)
            self.assertIn("Please write something", response.text)
        self.assertEqual(len(self.plan.message_ids), before)
        self._send("comment", {"message": "x" * 2000 + "y"})
        self.assertIn("x" * 2000, self.plan.message_ids[0].body)
        self.assertNotIn("y", self.plan.message_ids[0].body.replace("style", ""))

    def test_nobody_writes_without_end(self):
        self.company.cpm_plan_comments_hour = 2
        for text in ("one", "two"):
            self.assertEqual(self._send("comment", {"message": text}).status_code, 200)
        before = self._plan_state()
        response = self._send("comment", {"message": "three"})
        self.assertEqual(response.status_code, 422)
        self.assertIn("2 messages within an hour", response.text)
        self.assertIn("three", response.text, "what was typed stays")
        self.assertEqual(self._plan_state(), before)
        self.env.cr.execute(
            "UPDATE mail_message SET date = date - interval '2 hours'"
            " WHERE model = 'cpm.plan' AND res_id = %s",
            self.plan.ids,
        )
        self.env.invalidate_all()
        self.assertEqual(self._send("comment", {"message": "later"}).status_code, 200)

    # --------------------------------------------------------------- Documents

    def test_documents_are_downloaded(self):
        page = self._make_file("page.html", b"<script>x</script>")
        self.plan.public_document_ids = self._make_file() | page
        response = self._get(self._path(f"/file/{page.id}"))
        self.assertEqual(response.content, b"<script>x</script>")
        self.assertEqual(response.headers["Content-Type"], "application/octet-stream")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self._write_to_customer("See there", attachments=[("note.pdf", PDF)])
        sent = self.plan.message_ids[0].attachment_ids
        self.assertEqual(self._get(self._path(f"/file/{sent.id}")).content, PDF)

    def test_uploads_become_files_of_the_plan(self):
        plan = self.plan.with_user(self.user_own)
        upload = (
            self.env["ir.attachment"]
            .with_user(self.user_own)
            .create(
                {"name": "new.pdf", "raw": PDF, "res_model": "cpm.plan", "res_id": 0}
            )
        )
        plan.public_document_ids = [Command.link(upload.id)]
        self.assertEqual(upload.sudo().res_id, self.plan.id)
        self.assertEqual(self._get(self._path(f"/file/{upload.id}")).content, PDF)

    def test_files_of_something_else_cannot_be_handed_out(self):
        self.aurora.with_user(self.user_own).check_access("read")
        foreign = {
            "of another plan": self._make_file(plan=self._make_plan(name="Other")),
            "of the contact": self._make_file(
                res_model="res.partner", res_id=self.aurora.id
            ),
            "a link": self._make_file(type="url", url="https://example.com", raw=False),
            "of a field": self._make_file(res_field="positioning"),
        }
        for case, file in foreign.items():
            with self.subTest(case), self.assertRaises(ValidationError) as caught:
                self.plan.with_user(self.user_all).public_document_ids = [
                    Command.link(file.id)
                ]
            message = str(caught.exception)
            self.assertIn("Documents for the customer", message)
            self.assertIn("Upload it here", message)
        hidden = self.env["ir.attachment"].create({"name": SECRET, "raw": PDF})
        with self.assertRaises(UserError) as caught:
            self.plan.with_user(self.user_all).public_document_ids = hidden
        self.assertNotIn(SECRET, str(caught.exception))
        self.env.invalidate_all()
        self.assertFalse(self.plan.public_document_ids)

    # ----------------------------------------------------------------- Preview

    def test_employees_see_what_the_customer_sees(self):
        self.plan.write({"stage": "design", "is_shared": False})
        before = self._plan_state()
        self._login(self.user_own)
        action = self.plan.with_user(self.user_own).action_portal_preview()
        page = self._get(action["url"])
        self.assertEqual(page.status_code, 200)
        self.assertIn("Fewer returns", page.text)
        self.assertIn("It is not shown yet", page.text)
        self.assertNotIn("o_cpm_reply", page.text)
        self.assertEqual(self._plan_state(), before)

    def test_the_preview_is_for_those_who_may_read_the_plan(self):
        other = self._make_user("cpm_other", "customer_plan_mgmt.group_cpm_user")
        self.plan.public_document_ids = file = self._make_file()
        for user in (self.portal, self.stranger, self.employee, other):
            self._login(user)
            response = self._get(self._path("/preview"))
            self.assertEqual(response.status_code, 404, user.login)
        self.assertEqual(self._get(self._path(f"/file/{file.id}")).status_code, 404)

    # ----------------------------------------------------------------- Sharing

    def test_plans_for_segments_are_not_shared(self):
        segment = self.env["cpm.segment"].create(
            {"name": "All", "company_id": self.company.id}
        )
        vals = {"scope": "segment", "profile_id": False, "segment_id": segment.id}
        with self.assertRaises(UserError):
            self._make_plan(**vals)
        plan = self._make_plan(is_shared=False, **vals)
        with self.assertRaises(UserError):
            plan.is_shared = True
