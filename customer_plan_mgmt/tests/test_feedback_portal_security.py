"""Nothing foreign, nothing internal, nothing changed by looking."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .common_feedback_portal import PDF, FeedbackHttpCommon

ACTIONS = {
    "reply": {"message": "Forged"},
    "solved": {"answer": "yes"},
    "satisfaction": {"rating": "1"},
}


class TestFeedbackPortalSecurity(FeedbackHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._solved()
        cls._answer(cls.mine, "Visible answer", attachments=[("visible.pdf", PDF)])
        cls.mine.with_user(cls.user_own).message_post(
            body="Internal note",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachments=[("secret.pdf", PDF)],
        )
        cls.loose = cls.env["ir.attachment"].create(
            {
                "name": "loose.pdf",
                "raw": PDF,
                "res_model": "cpm.feedback",
                "res_id": cls.mine.id,
            }
        )

    def _files(self, name):
        return self.env["ir.attachment"].search(
            [("name", "=", name), ("res_id", "=", self.mine.id)]
        )

    # ----------------------------------------------------------------- Foreign

    def test_foreign_ids_give_404_on_every_route(self):
        self._login(self.stranger)
        before = self._snapshot(self.mine)
        page = self._get("/my/feedback/new")
        visible = self._files("visible.pdf").id
        for record in (self.mine.id, 2**31 + 5, 999999999, 0):
            path = f"/my/feedback/{record}"
            with self.subTest(path):
                self.assertEqual(self._get(path).status_code, 404)
                self.assertEqual(self._get(f"{path}/file/{visible}").status_code, 404)
                for action, data in ACTIONS.items():
                    response = self._post(f"{path}/{action}", data, page)
                    self.assertEqual(response.status_code, 404, action)
                    self.assertNotIn("Two cartons", response.text)
        self.assertEqual(self._snapshot(self.mine), before)
        self.assertNotIn("Two cartons", self._get("/my/feedback").text)

    def test_archived_and_other_companies_stay_hidden(self):
        other = self._create_company(name="Other")
        self.aurora.company_id = self.ann.company_id = False
        foreign = self._make_feedback(
            name="Elsewhere", company_id=other.id, user_id=False
        )
        self.mine.active = False
        self._login(self.portal)
        for record in (foreign, self.mine):
            self.assertEqual(self._get(f"/my/feedback/{record.id}").status_code, 404)
        page = self._get("/my/feedback").text
        self.assertNotIn("Elsewhere", page)
        self.assertNotIn("Two cartons", page)

    def test_employees_have_no_back_door(self):
        self._login(self.user_all)
        self.assertEqual(self._get(f"/my/feedback/{self.mine.id}").status_code, 404)

    def test_visitors_must_log_in(self):
        before = self._snapshot(self.mine)
        path = f"/my/feedback/{self.mine.id}"
        response = self._get(path, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login?redirect=", response.headers["Location"])
        for target in ("/my/feedback", "/my/feedback/new"):
            self.assertIn("/web/login", self._get(target).url)
        page = self._get("/web/login")
        for action, data in ACTIONS.items():
            response = self._post(f"{path}/{action}", data, page)
            self.assertEqual(response.status_code, 404)
        response = self._post("/my/feedback/new", {"subject": "x"}, page)
        self.assertIn("/web/login", response.url)
        self.assertEqual(self._snapshot(self.mine), before)

    # ---------------------------------------------------------------- Changing

    def test_looking_changes_nothing(self):
        self.mine.action_close()
        self.mine.satisfaction_ids.sudo().unlink()
        self._login(self.portal)
        before = self._snapshot(self.mine)
        path = f"/my/feedback/{self.mine.id}"
        for query in ("", "?answer=yes&rating=1&message=x&done=rated", "?done=%3Cb%3E"):
            self.assertEqual(self._get(path + query).status_code, 200)
        self._get("/my/feedback/new?subject=x&words=y&type=praise")
        self.assertEqual(self._snapshot(self.mine), before)

    def test_changes_need_post_and_token(self):
        self._login(self.portal)
        before = self._snapshot(self.mine)
        for action, data in ACTIONS.items():
            path = f"/my/feedback/{self.mine.id}/{action}"
            with self.subTest(action), mute_logger("odoo.http"):
                response = self._get(path, params=data)
                self.assertIn(response.status_code, (404, 405))
                for forged in (
                    {},
                    {"csrf_token": "x"},
                    {"csrf_token": "a" * 40 + "o1"},
                ):
                    response = self.url_open(path, data={**data, **forged})
                    self.assertEqual(response.status_code, 400)
        self.assertEqual(self._snapshot(self.mine), before)

    def test_forged_fields_are_ignored(self):
        self._login(self.portal)
        forged = {
            "stage": "closed",
            "default_stage": "closed",
            "user_id": str(self.admin.id),
            "partner_id": str(self.bright.id),
            "company_id": "1",
            "severity": "3",
            "csat": "5",
            "context": "{'default_stage': 'closed'}",
            "is_internal": "1",
            "author_id": str(self.bright.id),
            "attachment_ids": str(self.loose.id),
            "outgoing_email_to": "victim@example.com",
            "partner_ids": str(self.bright.id),
        }
        self._post(
            "/my/feedback/new",
            {"subject": "Forged", "type": "praise", "words": "W", **forged},
        )
        feedback = self.feedback.search([("name", "=", "Forged")])
        self.assertRecordValues(
            feedback,
            [
                {
                    "stage": "new",
                    "partner_id": self.aurora.id,
                    "company_id": self.company.id,
                    "severity": "1",
                    "csat": False,
                    "user_id": self.user_own.id,
                }
            ],
        )
        page = self._get(f"/my/feedback/{feedback.id}")
        self._post(
            f"/my/feedback/{feedback.id}/reply", {"message": "Hello", **forged}, page
        )
        message = feedback._customer_messages()[-1]
        self.assertEqual(message.author_id, self.ann)
        self.assertFalse(message.is_internal)
        self.assertFalse(message.attachment_ids)
        self.assertFalse(message.partner_ids)
        self.assertFalse(message.outgoing_email_to)

    def test_files_in_place_of_texts(self):
        self._login(self.portal)
        path = f"/my/feedback/{self.mine.id}"
        page = self._get(path)
        for action, name in (("reply", "message"), ("solved", "answer")):
            response = self._post(f"{path}/{action}", {}, page, [(name, ("a", b"x"))])
            self.assertEqual(response.status_code, 422)

    # ------------------------------------------------------------------- Files

    def test_only_files_of_visible_messages(self):
        self._login(self.portal)
        path = f"/my/feedback/{self.mine.id}/file"
        self.assertEqual(
            self._get(f"{path}/{self._files('visible.pdf').id}").content, PDF
        )
        logo = self.env["ir.attachment"].search([("id", "!=", self.loose.id)], limit=1)
        for attachment in self._files("secret.pdf") | self.loose | logo:
            with self.subTest(attachment.name):
                response = self._get(f"{path}/{attachment.id}")
                self.assertEqual(response.status_code, 404)

    def test_odoos_own_route_gives_nothing(self):
        files = self._files("visible.pdf") | self._files("secret.pdf") | self.loose
        for user in (self.portal, self.stranger):
            self._login(user)
            for attachment in files:
                response = self._get(f"/web/content/{attachment.id}")
                self.assertEqual(response.status_code, 404)

    def test_files_are_never_shown(self):
        self._answer(
            self.mine, "Page", attachments=[("page.html", b"<script>x</script>")]
        )
        self._login(self.portal)
        file = self._files("page.html")
        response = self._get(f"/my/feedback/{self.mine.id}/file/{file.id}")
        self.assertEqual(response.headers["Content-Type"], "application/octet-stream")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_uploads_are_checked(self):
        self.company.cpm_upload_mb = 1
        self._login(self.portal)
        path = f"/my/feedback/{self.mine.id}"
        page = self._get(path)
        before = self._snapshot(self.mine)
        bad = {
            "ending": ("a.exe", b"MZ"),
            "no ending": ("pdf", PDF),
            "page as picture": ("a.png", b"<html><script>"),
            "svg as picture": ("a.png", b"<svg onload=alert(1)>"),
            "page as text": ("a.txt", b"\xef\xbb\xbf <!DOCTYPE html>"),
            "program as text": ("a.txt", b"#!/bin/sh"),
            "bytes as text": ("a.txt", b"a\0b"),
            "two endings": ("a.pdf.html", PDF),
            "empty": ("a.pdf", b""),
            "too large": ("a.pdf", PDF + b"x" * 2**20),
        }
        for case, file in bad.items():
            with self.subTest(case):
                response = self._post(
                    f"{path}/reply",
                    {"message": "Keep my words"},
                    page,
                    [("files", file)],
                )
                self.assertEqual(response.status_code, 422)
                self.assertIn("Keep my words", response.text)
                self.assertIn(file[0], response.text)
        many = [("files", (f"{number}.pdf", PDF)) for number in range(11)]
        response = self._post(f"{path}/reply", {"message": "Keep"}, page, many)
        self.assertIn("at most 10 files", response.text)
        self.assertEqual(self._snapshot(self.mine), before)

    def test_no_files_where_the_company_wants_none(self):
        self.company.cpm_upload_mb = 0
        self._login(self.portal)
        path = f"/my/feedback/{self.mine.id}"
        page = self._get(path)
        self.assertNotIn('type="file"', page.text)
        files = [("files", ("a.pdf", PDF))]
        response = self._post(f"{path}/reply", {"message": "Keep"}, page, files)
        self.assertIn("cannot be attached", response.text)

    def test_file_names_are_tamed(self):
        self._login(self.portal)
        path = f"/my/feedback/{self.mine.id}"
        files = [("files", ("../../etc/x\u202efdp.pdf", PDF))]
        self._post(f"{path}/reply", {"message": "M"}, self._get(path), files)
        files = self.mine._customer_messages()[-1].attachment_ids
        self.assertEqual(files.name, "xfdp.pdf")

    # ---------------------------------------------------------------- Internal

    def test_nothing_internal_is_shown(self):
        self.env["cpm.root.cause"].create({"name": "Sloppy packing"})
        self.mine.write(
            {
                "root_cause_id": self.env["cpm.root.cause"].search(
                    [("name", "=", "Sloppy packing")]
                ),
                "corrective_action": "Fire the packer",
                "compensation_amount": 4711,
                "compensation_note": "Goodwill",
                "severity": "3",
            }
        )
        self.profile.partner_id.comment = "Difficult customer"
        self._login(self.portal)
        page = self._get(f"/my/feedback/{self.mine.id}").text
        for text in (
            "Internal note",
            "secret.pdf",
            "loose.pdf",
            "Sloppy packing",
            "Fire the packer",
            "4711",
            "Goodwill",
            "Critical",
            "Difficult customer",
            "access_token",
        ):
            with self.subTest(text):
                self.assertNotIn(text, page)
        self.assertIn("Visible answer", page)

    def test_pages_are_kept_by_nobody(self):
        self._login(self.portal)
        for path in (
            "/my/feedback",
            "/my/feedback/new",
            f"/my/feedback/{self.mine.id}",
        ):
            headers = self._get(path).headers
            self.assertIn("no-store", headers["Cache-Control"])
            self.assertIn("noindex", headers["X-Robots-Tag"])

    # --------------------------------------------------------------------- RPC

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rpc_is_refused(self):
        timer = self.mine.sla_timer_ids[:1]
        self.mine.action_close()
        question = self.mine.satisfaction_ids
        records = {
            "cpm.feedback": self.mine,
            "cpm.sla.timer": timer,
            "cpm.satisfaction": question,
            "cpm.feedback.category": self.env["cpm.feedback.category"].search(
                [], limit=1
            ),
            "cpm.feedback.team": self.team,
        }
        for user in (self.portal, self.stranger, self.env.ref("base.public_user")):
            for name, record in records.items():
                model = self.env(user=user)[name]
                calls = {
                    "read": ([record.ids], {"fields": ["id"]}),
                    "search": ([[]], {}),
                    "search_read": ([[]], {}),
                    "name_search": ([""], {}),
                    "formatted_read_group": ([[], [], ["__count"]], {}),
                    "web_search_read": ([[], {}], {}),
                    "create": ([{"name": "x"}], {}),
                    "write": ([record.ids, {"active": False}], {}),
                    "unlink": ([record.ids], {}),
                }
                if name == "cpm.feedback":
                    calls |= {
                        "message_post": ([record.ids], {"body": "x"}),
                        "action_close": ([record.ids], {}),
                        "get_portal_url": ([record.ids], {}),
                    }
                for method, (args, kwargs) in calls.items():
                    with self.subTest(user=user.login, model=name, method=method):
                        with self.assertRaises(AccessError):
                            call_kw(model, method, args, kwargs)

    def test_customers_cannot_follow_or_export(self):
        for user in (self.portal, self.stranger):
            mine = self.mine.with_user(user)
            before = self.mine.message_partner_ids
            self.assertFalse(mine.message_subscribe(user.partner_id.ids))
            self.assertEqual(self.mine.message_partner_ids, before)
            with self.assertRaises(UserError):
                mine.export_data(["name"])

    def test_messages_over_rpc_show_nothing_internal(self):
        for user in (self.portal, self.stranger):
            messages = self.env(user=user)["mail.message"].search(
                [("model", "=", "cpm.feedback")]
            )
            internal = messages.sudo().filtered(lambda m: "Internal note" in m.body)
            self.assertFalse(internal)
            if user == self.stranger:
                self.assertFalse(messages)
