"""Which promise applies, versions, and what the forms refuse."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_service import FRIDAY_EVENING, ServiceCase, at

HOUR = {"unit": "clock_hours"}


class TestServiceTargets(ServiceCase):
    def _chosen(self, **vals):
        """Return the hours promised for feedback with these values."""
        return self._timer(self._make_feedback(**vals)).budget / 3600

    def test_the_most_specific_promise_wins(self):
        self.customer._set_tier(self.tier_a, origin="manual", reason="Key")
        self._replace_standard(
            {"amount": 1, **HOUR},
            {"amount": 2, "feedback_type": "complaint", **HOUR},
            {"amount": 3, "feedback_type": "complaint", "priority": "3", **HOUR},
            {"amount": 4, "tier_id": self.tier_b.id, **HOUR},
            {"amount": 5, "channel": "portal", "complexity": "complex", **HOUR},
            {
                "amount": 6,
                "tier_id": self.tier_a.id,
                "channel": "portal",
                "complexity": "complex",
                **HOUR,
            },
        )
        for hours, vals in (
            (1, {}),
            (2, {"type": "complaint"}),
            (3, {"type": "complaint", "severity": "3"}),
            (6, {"channel": "portal", "complexity": "complex"}),
        ):
            with self.subTest(vals):
                self.assertEqual(self._chosen(**vals), hours)
        stranger = self._make_partner()
        vals = {"channel": "portal", "complexity": "complex", "partner_id": stranger.id}
        self.assertEqual(self._chosen(**vals), 5)

    def test_among_equals_the_first_wins(self):
        standard = self._make_standard(
            {"amount": 1, "channel": "phone", **HOUR},
            {"amount": 2, "priority": "1", **HOUR},
        )
        standard.target_ids[0].sequence = 9
        standard.action_approve()
        self.assertEqual(self._chosen(channel="phone", severity="1"), 2)

    def test_no_promise_no_timer(self):
        self._replace_standard({"amount": 1, "feedback_type": "complaint", **HOUR})
        feedback = self._make_feedback()
        self.assertFalse(feedback.sla_timer_ids)
        self.assertFalse(feedback.sla_deadline)
        self.assertFalse(feedback.sla_signal)

    def test_the_preview_shows_what_would_apply(self):
        preview = self.env["cpm.target.preview"].create(
            {
                "standard_id": self.standard.id,
                "complexity": "ordinary",
                "received_at": at(FRIDAY_EVENING),
                "company_id": self.company.id,
            }
        )
        for text in (
            "3 working days",
            "24 clock hours",
            "05/08/2024",
            "Nothing is promised",
        ):
            self.assertIn(text, preview.result)
        preview.feedback_type = "complaint"
        self.assertNotIn("Nothing is promised", preview.result)

    def test_the_preview_names_the_field_of_an_impossible_date(self):
        preview = self.env["cpm.target.preview"].create(
            {"standard_id": self.standard.id, "company_id": self.company.id}
        )
        for day in ("9999-12-31 23:59:59", "0001-01-01 00:00:00"):
            preview.received_at = day
            with self.subTest(day), self.assertRaisesRegex(UserError, "Received on"):
                preview.result  # noqa: B018
        preview.received_at = "9900-12-31 23:59:59"
        self.assertIn("9901", preview.result)

    def test_the_preview_of_another_company_is_closed(self):
        elsewhere = self._create_company(name="Elsewhere")
        foreign = self._make_standard({"amount": 1, **HOUR}, company_id=elsewhere.id)
        preview = self.env["cpm.target.preview"].with_user(self.user_own)
        with self.assertRaises(AccessError):
            preview.new({"standard_id": foreign.id}).result  # noqa: B018


class TestServiceVersions(ServiceCase):
    def test_an_approved_version_stays_as_it_is(self):
        standard = self.standard.with_user(self.admin)
        target = standard.target_ids[0]
        draft = self._make_standard({"amount": 1, **HOUR}).with_user(self.admin)
        step = self.env["cpm.service.escalation"].with_user(self.admin)
        deeds = {
            "name": lambda: standard.write({"name": "Other"}),
            "date": lambda: standard.write({"date_from": "2030-01-01"}),
            "line": lambda: standard.write({"target_ids": [Command.delete(target.id)]}),
            "new line": lambda: standard.write({"target_ids": [Command.create({})]}),
            "amount": lambda: target.write({"amount": 99}),
            "delete line": target.unlink,
            "create line": lambda: target.create({"standard_id": standard.id}),
            "smuggle line": lambda: draft.target_ids.write(
                {"standard_id": standard.id}
            ),
            "step": lambda: step.create({"target_id": target.id}),
            "delete": standard.unlink,
        }
        for name, deed in deeds.items():
            with self.subTest(name), self.assertRaises(UserError), self.cr.savepoint():
                deed()

    def test_results_of_the_approval_are_not_typed(self):
        draft = self._make_standard({"amount": 1, **HOUR})
        for role in (self.user_own, self.manager, self.admin):
            for vals in (
                {"state": "approved"},
                {"version": 7},
                {"approved_by_id": role.id},
                {"date_to": "2030-01-01"},
            ):
                with (
                    self.subTest(role=role.login, vals=vals),
                    self.assertRaises(UserError),
                ):
                    draft.with_user(role).write(vals)
        with self.assertRaises(AccessError):
            draft.with_user(self.admin).create({"name": "x", "state": "approved"})

    def test_only_managers_approve(self):
        draft = self._make_standard({"amount": 1, **HOUR})
        with self.assertRaises(UserError):
            draft.with_user(self.user_all).action_approve()
        draft.with_user(self.manager).action_approve()
        self.assertEqual(
            (draft.state, draft.approved_by_id), ("approved", self.manager)
        )

    def test_the_version_in_force_is_not_archived(self):
        with self.assertRaisesRegex(UserError, "in force"):
            self.standard.with_user(self.admin).action_archive()
        draft = self._make_standard({"amount": 1, **HOUR})
        draft.with_user(self.admin).action_archive()
        self.assertFalse(draft.active)

    def test_there_is_one_version_in_force(self):
        draft = self._make_standard({"amount": 1, **HOUR})
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            draft.state = "approved"
            draft.flush_recordset()

    def test_a_version_takes_over_from_the_one_before(self):
        with self._time("2024-05-03 12:00:00"):
            old = self._make_feedback("2024-05-03 12:00:00")
            action = self.standard.with_user(self.admin).action_new_version()
            draft = self.standard.browse(action["res_id"])
            self.assertEqual(len(draft.target_ids), 4)
            self.assertEqual((draft.version, draft.previous_id), (2, self.standard))
            draft.target_ids.filtered(
                lambda item: item.complexity == "ordinary"
            ).amount = 1
            draft.action_approve()
        self.assertEqual(self.standard.state, "superseded")
        self.assertEqual(str(self.standard.date_to), "2024-05-02")
        self.assertEqual(str(draft.date_from), "2024-05-03")
        new = self._make_feedback("2024-05-03 13:00:00")
        self.assertEqual(self._deadline(new), "2024-05-06 18:00:00")
        # What runs keeps its version, also when the case changes
        self.assertEqual(self._deadline(old), "2024-05-08 18:00:00")
        self._do("2024-05-06 13:00:00", old, "write", {"complexity": "complex"})
        self.assertEqual(self._timer(old).standard_id, self.standard)

    def test_a_new_version_speaks_all_languages_of_the_one_before(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        step = Command.create({"value": 80, "recipient": "manager"})
        old = self._make_standard(
            {"amount": 1, "step_ids": [step], **HOUR}, description="<p>At once</p>"
        )
        chinese = old.with_context(lang="zh_CN")
        chinese.name = "承诺"
        terms = {"zh_CN": {"At once": "立即"}}
        old.update_field_translations("description", terms)
        for reader in (old, chinese):
            action = reader.with_user(self.admin).action_new_version()
            draft = old.browse(action["res_id"])
            for lang, name, text in (
                ("en_US", "Promises", "At once"),
                ("zh_CN", "承诺", "立即"),
            ):
                with self.subTest(reader=reader.env.lang, lang=lang):
                    told = draft.with_context(lang=lang)
                    self.assertEqual(told.name, name)
                    self.assertIn(text, told.description)
            self.assertEqual(draft.target_ids.step_ids.value, 80)

    def test_a_version_may_begin_later(self):
        with self._time("2024-05-03 12:00:00"):
            self._replace_standard({"amount": 1, **HOUR}, date_from="2024-05-06")
        now = self._make_feedback("2024-05-05 23:00:00")
        later = self._make_feedback("2024-05-06 08:00:00")
        self.assertEqual(self._timer(now).standard_id, self.standard)
        self.assertEqual(self._deadline(later), "2024-05-06 09:00:00")

    def test_a_company_without_its_own_uses_the_common_standard(self):
        self.standard.active = False
        shared = self._make_standard({"amount": 5, **HOUR}, company_id=False)
        standards = self.env["cpm.service.standard"]
        shipped = standards.search(
            [("company_id", "=", False), ("state", "=", "approved")]
        )
        shipped.state = "superseded"
        shipped.flush_recordset()
        shared.state = "approved"
        feedback = self._make_feedback()
        self.assertEqual(self._timer(feedback).standard_id, shared)


class TestServiceBadInput(ServiceCase):
    def _refused(self, message, *targets, **vals):
        with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
            self._make_standard(*targets, **vals)

    @mute_logger("odoo.sql_db")
    def test_amounts(self):
        with self.assertRaises(CheckViolation) as caught, self.cr.savepoint():
            self._make_standard({"amount": 0})
        message = self.standard.target_ids._sql_error_to_message(caught.exception)
        self.assertIn("greater than 0", message)
        self._refused("Within", {"amount": -1})
        for number in (float("nan"), float("inf"), float("-inf"), 1e9):
            self._refused("Within", {"amount": number})
            self._refused("Warn at", {"warn_value": number})
        self._refused("counted whole", {"amount": 1.5, "unit": "working_days"})
        self._refused("percent", {"warn_value": 100})

    def test_identical_promises(self):
        self._refused("promised twice", {"channel": "phone"}, {"channel": "phone"})
        self._make_standard({"channel": "phone"}, {"channel": "email"})
        self._make_standard({"kind": "first_response"}, {"kind": "resolution"})

    def test_a_standard_without_promises_is_not_approved(self):
        with self.assertRaisesRegex(ValidationError, "promises nothing"):
            self._make_standard().action_approve()

    def test_escalation_steps_know_whom_to_tell(self):
        for recipient in ("user", "group"):
            step = Command.create({"recipient": recipient})
            self._refused("Escalation", {"step_ids": [step]})
        step = Command.create({"value": float("nan")})
        self._refused("At", {"step_ids": [step]})

    def test_promises_nobody_lives_to_see(self):
        """Seconds of 70 years do not fit into a timer: no case could be noted."""
        for unit in ("working_days", "calendar_days"):
            self._refused("too long", {"amount": 100000, "unit": unit})
        self._refused(
            "percent of the time", {"step_ids": [Command.create({"value": 1001})]}
        )
        self._replace_standard({"amount": 3650, "unit": "calendar_days"})
        self.assertTrue(self._make_feedback().sla_deadline)

    def test_an_end_before_the_beginning(self):
        standard = self._make_standard({"amount": 1, **HOUR})
        with self.assertRaisesRegex(ValidationError, "Valid to"):
            standard.sudo().date_to = "1999-01-01"

    def test_the_form_makes_a_standard(self):
        form = Form(self.env["cpm.service.standard"].with_user(self.admin))
        form.name = "By hand"
        with form.target_ids.new() as line:
            line.amount = 4
            line.unit = "working_hours"
        standard = form.save()
        self.assertEqual(standard.target_ids._get_time_text(), "4 working hours")
        standard.target_ids.amount = 1
        self.assertEqual(standard.target_ids._get_time_text(), "1 working hour")
