"""A customer who wants more than the page of the own plan."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_plan_portal import SECRET, PlanHttpCommon

ACTIONS = {"accept": {}, "comment": {"message": "Forged"}}


@tagged("post_install", "-at_install")
class TestPlanPortalSecurity(PlanHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._make_file()
        cls.hidden = cls._make_file(f"{SECRET}.pdf")
        cls.plan.public_document_ids = cls.file
        cls.task = cls._make_task(cpm_training_result=SECRET)
        cls.review = cls._make_review()

    def _assert_missing(self, plan_id):
        """No route tells that there is such a plan, and none does anything."""
        page = self._get("/my/feedback/new")
        path = f"/my/plans/{plan_id}"
        answers = [
            self._get(path),
            self._get(f"{path}/preview"),
            self._get(f"{path}/file/{self.file.id}"),
        ] + [self._post(f"{path}/{name}", data, page) for name, data in ACTIONS.items()]
        for answer in answers:
            self.assertEqual(answer.status_code, 404, answer.url)
            self.assertIn("We cannot find this page", answer.text)
            self.assertNotIn("Grow together", answer.text)

    # ----------------------------------------------------------------- Foreign

    def test_foreign_ids_look_like_no_ids(self):
        self._login(self.stranger)
        before = self._plan_state()
        for plan_id in (self.plan.id, 0, 999999999, 2**31, 2**70):
            with self.subTest(plan_id):
                self._assert_missing(plan_id)
        self.assertEqual(self._plan_state(), before)
        self.assertNotIn("Grow together", self._get("/my/plans").text)

    def test_what_is_not_shared_is_not_there(self):
        other = self._create_company(name="Other")
        self.aurora.company_id = self.ann.company_id = False
        profile = self.env["cpm.profile"].create(
            {"partner_id": self.aurora.id, "company_id": other.id}
        )
        self.env.user.company_ids |= other
        there = self._make_user("cpm_there", "base.group_user", company_id=other.id)
        hidden = {
            "not shared": self._make_plan(is_shared=False),
            "in design": self._make_plan(stage="design"),
            "in review": self._make_plan(stage="review"),
            "given up": self._make_plan(stage="cancelled"),
            "archived": self._make_plan(active=False),
            "of another company": self._make_plan(
                company_id=other.id, profile_id=profile.id, user_id=there.id
            ),
        }
        self._login(self.portal)
        for case, plan in hidden.items():
            with self.subTest(case):
                before = self._plan_state(plan)
                self._assert_missing(plan.id)
                self.assertEqual(self._plan_state(plan), before)
        self.assertEqual(self._get("/my/plans").text.count("list-group-item-action"), 1)

    def test_it_ends_with_the_sharing_and_with_the_membership(self):
        member = self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "partner_id": self.olga.id}
        )
        self._login(self.outsider)
        self.assertEqual(self._get(self._path()).status_code, 200)
        member.unlink()
        self._assert_missing(self.plan.id)
        self._login(self.portal)
        self.assertEqual(self._get(self._path()).status_code, 200)
        self.plan.is_shared = False
        self._assert_missing(self.plan.id)

    def test_it_follows_a_merge_of_contacts(self):
        double = self._make_partner("Aurora Ltd", is_company=True)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.aurora | double).ids, double
        )
        self.env.invalidate_all()
        self._login(self.portal)
        self.assertEqual(self._get(self._path()).status_code, 200)
        self.assertEqual(self.plan.partner_id, double)

    def test_employees_have_no_back_door(self):
        self._login(self.manager)
        before = self._plan_state()
        self.assertEqual(self._get(self._path()).status_code, 404)
        for action, data in ACTIONS.items():
            self.assertEqual(self._send(action, data).status_code, 404)
        self.assertEqual(self._plan_state(), before)

    def test_visitors_must_log_in(self):
        before = self._plan_state()
        for end in ("", "/preview", f"/file/{self.file.id}"):
            self.assertIn("/web/login", self._get(self._path(end)).url)
        page = self._get("/web/login")
        for action, data in ACTIONS.items():
            self.assertIn("/web/login", self._send(action, data, page=page).url)
        self.assertEqual(self._plan_state(), before)

    # ---------------------------------------------------------------- Changing

    def test_looking_changes_nothing(self):
        self._login(self.portal)
        before = self._plan_state()
        for query in ("", "?done=accepted", "?message=x&done=%3Cscript%3E&error=y"):
            page = self._get(self._path(query))
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("<script>y", page.text)
        self._get("/my/plans")
        self._get(self._path(f"/file/{self.file.id}"))
        for action, data in ACTIONS.items():
            response = self._get(self._path(f"/{action}"), params=data)
            self.assertIn(response.status_code, (404, 405))
        self.assertEqual(self._plan_state(), before)

    def test_changes_need_the_token_of_the_session(self):
        self._login(self.portal)
        before = self._plan_state()
        for action, data in ACTIONS.items():
            for forged in ({}, {"csrf_token": "x"}, {"csrf_token": "a" * 40 + "o1"}):
                response = self._forge(
                    self._path(f"/{action}"), {"x": "1", **data, **forged}
                )
                self.assertEqual(response.status_code, 400)
        self.assertEqual(self._plan_state(), before)

    def test_forged_fields_are_ignored(self):
        self._login(self.portal)
        forged = {
            "stage": "closed",
            "accepted_by_id": str(self.bright.id),
            "contact": str(self.bright.id),
            "author_id": str(self.bright.id),
            "partner_ids": str(self.bright.id),
            "outgoing_email_to": "victim@example.com",
            "attachment_ids": str(self.hidden.id),
            "is_internal": "1",
            "subtype_xmlid": "mail.mt_note",
            "context": "{'default_stage': 'closed'}",
        }
        self._send("comment", {"message": "Hello", **forged})
        message = self.plan.message_ids[0]
        self.assertEqual(message.author_id, self.ann)
        self.assertFalse(message.is_internal)
        self.assertFalse(message.attachment_ids)
        self.assertNotIn(self.bright, message.notified_partner_ids)
        self.assertFalse(message.outgoing_email_to)
        self._send("accept", forged)
        self.env.invalidate_all()
        self.assertEqual(self.plan.accepted_by_id, self.ann)
        self.assertEqual(self.plan.stage, "delivery")

    def test_a_file_in_place_of_the_text(self):
        self._login(self.portal)
        response = self._post(
            self._path("/comment"),
            {},
            self._get(self._path()),
            [("message", ("a", b"x"))],
        )
        self.assertEqual(response.status_code, 422)

    # ------------------------------------------------------------------- Files

    def test_only_files_marked_as_public(self):
        self.plan.with_user(self.user_own).message_post(
            body="Note", subtype_xmlid="mail.mt_note", attachments=[("n.pdf", b"%PDF-")]
        )
        note = self.plan.message_ids[0].attachment_ids
        self._login(self.portal)
        for file_id in (self.hidden.id, note.id, 0, 999999999, 2**70):
            response = self._get(self._path(f"/file/{file_id}"))
            self.assertEqual(response.status_code, 404, file_id)
        self.assertEqual(
            self._get(self._path(f"/file/{self.file.id}")).status_code, 200
        )
        # The file of another record now, whatever the list says
        self.file.res_id = self._make_plan(is_shared=False).id
        self.assertEqual(
            self._get(self._path(f"/file/{self.file.id}")).status_code, 404
        )
        self.assertNotIn("schedule.pdf", self._get(self._path()).text)

    def test_odoos_own_route_gives_nothing(self):
        for user in (self.portal, self.stranger):
            self._login(user)
            for file in self.file | self.hidden:
                response = self._get(f"/web/content/{file.id}")
                self.assertEqual(response.status_code, 404)

    # --------------------------------------------------------------------- RPC

    def _rpc(self, model, method, *args, user=None, **kwargs):
        env = self.env(user=user or self.portal, context={})
        env.invalidate_all()
        return call_kw(env[model], method, list(args), kwargs)

    def _room(self):
        """Return every model of the room that has a table or a view."""
        return [
            name
            for name, model in self.env.registry.items()
            if name.startswith("cpm.plan") and not model._abstract
        ]

    def test_no_model_of_the_room_is_open(self):
        names = self._room()
        for expected in (
            "cpm.plan",
            "cpm.plan.goal",
            "cpm.plan.cost",
            "cpm.plan.effect",
        ):
            self.assertIn(expected, names)
        public = self.env.ref("base.public_user")
        for user in (self.portal, public):
            for name in names:
                ids = self.env[name].sudo().search([], limit=1).ids or [1]
                calls = [
                    ("search_read", [], ["id"]),
                    ("web_search_read", [], {"id": {}}),
                    ("search_count", []),
                    ("formatted_read_group", [], [], ["__count"]),
                    ("name_search", ""),
                    ("create", {}),
                    ("write", ids, {}),
                    ("read", ids, ["id"]),
                    ("unlink", ids),
                ]
                for method, *args in calls:
                    with (
                        self.subTest(user=user.login, model=name, method=method),
                        mute_logger("odoo.models"),
                        self.assertRaises(AccessError),
                    ):
                        self._rpc(name, method, *args, user=user)

    def test_no_button_of_the_plan_answers(self):
        before = self._plan_state()
        names = [
            name
            for name in dir(type(self.plan))
            if name.startswith("action_") and callable(getattr(self.plan, name))
        ]
        self.assertIn("action_portal_preview", names)
        for name in names:
            with (
                self.subTest(name),
                mute_logger("odoo.models"),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                self._rpc("cpm.plan", name, self.plan.ids)
        self.assertEqual(self._plan_state(), before)

    def test_nobody_writes_past_the_page(self):
        before = self._plan_state()
        calls = {
            "message_post": {"body": "x", "outgoing_email_to": "victim@example.com"},
            "message_subscribe": {"partner_ids": self.bright.ids},
            "message_notify": {"partner_ids": self.bright.ids, "body": "x"},
            "activity_schedule": {"summary": "x"},
        }
        for method, kwargs in calls.items():
            with (
                self.subTest(method),
                mute_logger("odoo.models"),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                self._rpc("cpm.plan", method, self.plan.ids, **kwargs)
        for method in ("_customer_accepts", "_customer_comments", "_find_for_customer"):
            with self.subTest(method), self.assertRaises(AccessError):
                get_public_method(self.plan, method)
        self.assertEqual(self._plan_state(), before)

    def test_no_token_opens_the_conversation(self):
        self._login(self.portal)
        self._send("comment", {"message": "Hello"})
        for user in (self.stranger, self.portal):
            self._login(user)
            before = self._plan_state()
            for secrets in ({}, {"token": "x"}, {"hash": "x", "pid": self.ann.id}):
                params = {
                    "thread_model": "cpm.plan",
                    "thread_id": self.plan.id,
                    "post_data": {"body": "x", "message_type": "comment"},
                    **secrets,
                }
                with self.subTest(secrets), mute_logger("odoo.http"):
                    with self.assertRaises(Exception) as caught:
                        self.make_jsonrpc_request("/mail/message/post", params)
                    self.assertIn("NotFound", str(caught.exception))
            self.assertEqual(self._plan_state(), before)

    def test_tasks_and_contacts_tell_nothing(self):
        for model, record, names in (
            ("project.task", self.task, ["cpm_plan_id", "cpm_training_result"]),
            ("res.partner", self.aurora, ["cpm_plan_count"]),
        ):
            for name in names:
                with self.subTest(name), mute_logger("odoo.models"):
                    with self.assertRaises(AccessError):
                        self._rpc(model, "read", record.ids, [name])
        self.task.message_subscribe(self.ann.ids)
        found = self._rpc("project.task", "search", [("id", "=", self.task.id)])
        self.assertFalse(found, "followers from outside do not get into the project")

    def test_messages_of_the_plan_are_not_read_around_it(self):
        self._write_to_customer("Only on the page")
        messages = self.plan.message_ids
        found = self._rpc("mail.message", "search", [("id", "in", messages.ids)])
        self.assertFalse(set(found) - set(messages.filtered("author_id").ids))
        texts = self._rpc("mail.message", "search_read", [("body", "ilike", SECRET)])
        self.assertFalse(texts)

    def test_accepting_needs_the_customer(self):
        for contact in (self.bright, self.olga):
            with self.assertRaises(UserError):
                self.plan._customer_accepts(contact)
        self.assertFalse(self.plan.accepted_at)

    def test_nobody_marks_the_plan_as_accepted_by_hand(self):
        with self.assertRaises(AccessError):
            self.plan.with_user(self.manager).write({"accepted_at": "2024-01-01"})
        with self.assertRaises(AccessError):
            self.plans.with_user(self.manager).create(
                {
                    "name": "x",
                    "profile_id": self.profile.id,
                    "company_id": self.company.id,
                    "accepted_by_id": self.ann.id,
                    "goal_ids": [Command.create(self._goal_vals())],
                }
            )
