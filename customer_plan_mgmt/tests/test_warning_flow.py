"""States of a warning: one table of moves, what each asks for, playbook, snooze."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import (
    RunUnderWay,
    ScoringRun,
)
from odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_flow import MOVES
from odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_raise import Owners

from .common_warning import TODAY, WarningCase


@freeze_time(TODAY)
class TestWarningFlow(WarningCase):
    def _at(self, state):
        vals = {"state": state, "rule_id": False}
        if state not in ("new", "working"):
            vals |= {"closed_on": TODAY, "outcome_note": "Over"}
        return self._make_warning(**vals).with_user(self.manager)

    def test_only_the_moves_of_the_table_are_allowed(self):
        for before, allowed in MOVES.items():
            for after in MOVES:
                if after in (before, "new"):
                    continue
                warning = self._at(before)
                with self.subTest(before=before, after=after):
                    if after == "working":
                        warning.state = after  # as a card that is drawn
                        self.assertEqual(warning.state, after)
                    elif after in allowed:
                        warning._close(after, "Done", self.reason)
                        self.assertEqual(warning.state, after)
                        self.assertEqual(warning.closed_on, TODAY)
                    else:
                        with self.assertRaises(UserError):
                            warning._close(after, "Done", self.reason)

    def test_cards_are_only_drawn_into_work(self):
        for state in ("saved", "lost", "dismissed"):
            with self.subTest(state), self.assertRaisesRegex(UserError, "buttons"):
                self._at("working").state = state
        with self.assertRaisesRegex(UserError, "buttons"):
            self._at("working").state = "new"

    def test_whoever_takes_up_what_nobody_owns_owns_it(self):
        mine = self._make_warning(user_id=False)
        owned = self._make_warning(rule_id=False, user_id=self.user_all.id)
        (mine | owned).with_user(self.manager).action_take_up()
        self.assertEqual(mine.user_id, self.manager)
        self.assertEqual(owned.user_id, self.user_all)
        self.assertEqual(set((mine | owned).mapped("state")), {"working"})

    def test_closing_asks_for_note_and_reason(self):
        warning = self._make_warning().with_user(self.user_own)
        for note in (False, "", "  "):
            with self.assertRaisesRegex(UserError, "Outcome"):
                warning._close("saved", note)
        with self.assertRaisesRegex(UserError, "Churn reason"):
            warning._close("lost", "Gone")
        self.assertEqual(warning.state, "new")

    def test_the_dialog_closes_many_at_once(self):
        warnings = self._make_warning() | self._make_warning(profile_id=self.other.id)
        action = warnings.with_user(self.manager).action_dismiss()
        wizard = self.env["cpm.warning.close"].with_user(self.manager)
        wizard = wizard.with_context(**action["context"]).create({"note": "Holiday"})
        wizard.action_confirm()
        self.assertEqual(set(warnings.mapped("state")), {"dismissed"})
        self.assertEqual(warnings.closed_by_id, self.manager)
        self.assertEqual(set(warnings.mapped("result")), {"pending"})

    def test_a_saved_customer_needs_no_other_warnings(self):
        warning, second = self._make_warning(), self._make_warning(rule_id=False)
        foreign = self._make_warning(profile_id=self.other.id)

        def wizard(action):
            model = self.env["cpm.warning.close"].with_user(self.user_own)
            return model.with_context(**action["context"]).create({"note": "Done"})

        false_alarm = wizard(warning.action_dismiss())
        self.assertEqual(false_alarm.other_ids, second)
        self.assertFalse(false_alarm.with_others)
        saved = wizard(warning.action_save())
        self.assertTrue(saved.with_others)
        saved.action_confirm()
        self.assertEqual((warning | second).mapped("state"), ["saved", "saved"])
        self.assertEqual(foreign.state, "new")

    def test_one_that_may_not_be_closed_stops_all(self):
        warnings = self._make_warning() | self._at("saved").with_env(self.env)
        with self.assertRaises(UserError):
            warnings.with_user(self.manager)._close("dismissed", "Nothing")
        self.assertEqual(warnings.mapped("state"), ["new", "saved"])

    def test_a_lost_customer_is_given_up_until_the_warning_is_reopened(self):
        warning = self._make_warning(reason_id=self.reason.id)
        action = warning.with_user(self.user_own).action_lose()
        wizard = self.env["cpm.warning.close"].with_user(self.user_own)
        wizard = wizard.with_context(**action["context"]).create({"note": "Gone"})
        self.assertEqual(wizard.churn_reason_id, self.reason)
        wizard.action_confirm()
        self.assertEqual(warning.churn_reason_id, self.reason)
        self.assertEqual(self.customer.given_up_on, TODAY)
        with self.assertRaises(AccessError):
            warning.with_user(self.user_own).action_reopen()
        warning.with_user(self.manager).action_reopen()
        self.assertFalse(self.customer.given_up_on)
        self.assertEqual(warning.state, "working")
        for name in ("closed_on", "closed_by_id", "outcome_note", "result"):
            self.assertFalse(warning[name], name)

    def test_reopening_respects_an_older_loss_and_a_newer_warning(self):
        older = self._make_warning(rule_id=False)
        self._close(older, "lost", day=self._day(-30))
        newer = self._make_warning()
        self._close(newer, "lost")
        self.assertEqual(self.customer.given_up_on, TODAY)
        another = self._make_warning()
        with self.assertRaisesRegex(UserError, "another warning"):
            newer.with_user(self.manager).action_reopen()
        self._close(another, "dismissed")
        newer.with_user(self.manager).action_reopen()
        self.assertEqual(self.customer.given_up_on, self._day(-30))

    def test_the_newest_decision_counts(self):
        for decisions, given_up in (
            (("lost", "saved"), False),
            (("saved", "lost"), TODAY),
            (("lost", "dismissed"), self._day(-3)),
        ):
            customer = self._make_customer()
            for state, day in zip(decisions, (self._day(-3), TODAY), strict=True):
                warning = self._make_warning(rule_id=False, profile_id=customer.id)
                self._close(warning, state, user=self.manager, day=day)
            with self.subTest(decisions):
                self.assertEqual(customer.given_up_on, given_up)
        saved = self.warnings.search(
            [("state", "=", "saved"), ("company_id", "=", self.company.id)],
            order="id",
            limit=1,
        )
        saved.with_user(self.manager).action_reopen()
        self.assertEqual(saved.profile_id.given_up_on, self._day(-3))

    def test_decisions_of_one_day_count_in_their_order(self):
        second, first = self._make_warning(), self._make_warning(rule_id=False)
        self._close(first, "lost", day=f"{TODAY} 08:00:00")
        self._close(second, "saved", day=f"{TODAY} 09:00:00")
        self.assertFalse(self.customer.given_up_on)

    def test_decisions_rescore_the_customer_at_once(self):
        stage = self.env["cpm.lifecycle.stage"]
        stage.search([]).active = False
        for number, (name, rule) in enumerate(
            (("Left", "[('given_up', '=', 1)]"), ("There", "[('given_up', '=', 0)]"))
        ):
            stage.create(
                {"name": name, "code": name.lower(), "rule": rule, "sequence": number}
            )
        warning = self._make_warning()
        self._close(warning, "lost")
        self.assertEqual(self.customer.lifecycle_stage_id.code, "left")
        warning.with_user(self.manager).action_reopen()
        self.assertEqual(self.customer.lifecycle_stage_id.code, "there")
        self._close(warning, "saved")
        self.assertEqual(self.customer.lifecycle_stage_id.code, "there")

    def test_decisions_do_not_wait_for_a_run(self):
        warning = self._make_warning()
        with patch.object(ScoringRun, "_lock", side_effect=RunUnderWay("Busy")):
            self._close(warning, "lost")
        self.assertEqual(self.customer.given_up_on, TODAY)

    def test_archived_warnings_come_back_when_reopened(self):
        warning = self._make_warning()
        self._close(warning, "lost")
        warning.with_user(self.manager).active = False
        warning.with_user(self.manager).action_reopen()
        self.assertTrue(warning.active)
        for context, vals in (({}, {"active": False}), ({"default_active": False}, {})):
            warnings = self.warnings.with_user(self.user_own).with_context(**context)
            with self.assertRaisesRegex(UserError, "In use"):
                warnings.create(
                    {"name": "Hidden", "profile_id": self.customer.id, **vals}
                )

    def test_closed_warnings_rest(self):
        warning = self._make_warning()
        self._close(warning, "saved")
        mine = warning.with_user(self.user_own)
        for vals in ({"severity": "3"}, {"user_id": self.user_all.id}, {"name": "x"}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "closed"):
                mine.write(vals)
        for deed in (
            mine.action_take_up,
            lambda: mine._snooze(self._day(3), "Later"),
            lambda: mine._close("lost", "Gone", self.reason),
        ):
            with self.assertRaises(UserError):
                deed()

    def test_open_warnings_are_not_put_away(self):
        warning = self._make_warning().with_user(self.user_own)
        with self.assertRaisesRegex(UserError, "close it"):
            warning.active = False
        self._close(warning, "dismissed")
        warning.active = False

    def test_facts_of_the_flow_are_not_typed_in(self):
        warning = self._make_warning().with_user(self.admin)
        for name in warning._cpm_protected - {"state"}:
            with self.subTest(name), self.assertRaises(AccessError):
                warning.write({name: False})

    def test_people_warn_too(self):
        warning = self.warnings.with_user(self.user_own).create(
            {"name": "Shrinking", "profile_id": self.customer.id, "note": "Says so"}
        )
        self.assertEqual(warning.user_id, self.user_own)
        self.assertEqual(warning.company_id, self.company)
        self.assertEqual((warning.state, warning.raised_on), ("new", TODAY))
        self.assertEqual(warning.fact_text, "Says so")

    def test_no_second_open_warning_of_a_rule(self):
        first = self._make_warning()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "one_open"),
            self.env.cr.savepoint(),
        ):
            self._make_warning()
        self._make_warning(rule_id=False)
        self._make_warning(rule_id=False)
        self._close(first, "saved")
        self._make_warning()

    def test_the_owner_is_an_employee_of_the_company(self):
        portal = self._make_portal_user(self.customer.partner_id)
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self._make_warning(user_id=portal.id)

    def test_the_owner_can_see_the_warning(self):
        warning = self._make_warning().with_user(self.user_own)
        with self.assertRaisesRegex(ValidationError, "no role in Customer Plans"):
            warning.user_id = self.employee
        leaver = self.user_all
        leaver.active = False
        with self.assertRaisesRegex(ValidationError, "no employee"):
            warning.user_id = leaver
        owners = Owners(self.rule, self.company)
        self.assertFalse(owners.is_usable(self.employee))
        self.assertTrue(owners.is_usable(self.user_own))

    def test_bad_deadlines_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Deadline"):
            self._make_warning(date_deadline="9999-01-01")

    def test_reasons_in_use_stay(self):
        warning = self._make_warning()
        self._close(warning, "lost")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.reason.unlink()

    def test_reasons_form_a_tree(self):
        part = self.env["cpm.churn.reason"].create(
            {"name": "Rival", "parent_id": self.reason.id}
        )
        self.assertEqual(part.display_name, "Too dear / Rival")
        with self.assertRaises(UserError):
            self.reason.parent_id = part

    # ---------------------------------------------------------------- Assign

    def _assign(self, warnings, **vals):
        wizard = self.env["cpm.warning.assign"].with_user(self.manager)
        wizard = wizard.with_context(**warnings.action_assign()["context"])
        wizard.create(vals).action_confirm()

    def test_many_are_assigned_at_once(self):
        warnings = self._make_warning(user_id=False) | self._make_warning(
            user_id=False, profile_id=self.other.id
        )
        self._assign(warnings, user_id=self.user_all.id, date_deadline=self._day(5))
        self.assertEqual(warnings.user_id, self.user_all)
        self.assertEqual(set(warnings.mapped("date_deadline")), {self._day(5)})

    def test_without_a_name_account_managers_get_theirs(self):
        warning = self._make_warning(user_id=False)
        self._assign(warning, user_id=False)
        self.assertEqual(warning.user_id, self.user_own)
        nobodys = self._make_warning(user_id=False, profile_id=self.other.id)
        with self.assertRaisesRegex(UserError, "Bright has no account manager"):
            self._assign(nobodys, user_id=False)

    # ---------------------------------------------------------------- Snooze

    def test_snoozed_warnings_leave_the_inbox(self):
        warning = self._make_warning(date_deadline=self._day(2))
        wizard = self.env["cpm.warning.snooze"].with_user(self.user_own)
        wizard = wizard.with_context(
            **warning.with_user(self.user_own).action_snooze()["context"]
        )
        wizard.create({"until": self._day(10), "reason": "Fair"}).action_confirm()
        self.assertTrue(warning.is_snoozed)
        self.assertEqual(warning.date_deadline, self._day(10))
        found = self.warnings.search([("profile_id", "=", self.customer.id)])
        self.assertEqual(found.filtered_domain([("is_snoozed", "=", True)]), warning)
        for snoozed in (True, False):
            found = self.warnings.search(
                [("profile_id", "=", self.customer.id), ("is_snoozed", "=", snoozed)]
            )
            self.assertEqual(bool(found), snoozed)
        warning.with_user(self.user_own).action_wake()
        self.assertFalse(warning.is_snoozed)

    def test_snoozing_asks_for_a_day_ahead_and_a_reason(self):
        warning = self._make_warning().with_user(self.user_own)
        for day in (False, TODAY, self._day(-1), self._day(367)):
            with self.subTest(day), self.assertRaisesRegex(UserError, "Rests until"):
                warning._snooze(day, "Later")
        with self.assertRaisesRegex(UserError, "Reason"):
            warning._snooze(self._day(1), " ")
        self.assertFalse(warning.snoozed_until)

    # -------------------------------------------------------------- Playbook

    def test_the_playbook_starts_once_when_somebody_takes_up(self):
        self.rule.playbook_id = self._make_playbook(
            ("Call", 1, "after_plan_date"), ("Judge", 2, "before_plan_date")
        )
        warning = self._make_warning(date_deadline=self._day(7))
        warning._after_raise()
        self.assertFalse(self._activities(warning))
        warning.with_user(self.manager).action_take_up()
        steps = self._activities(warning).sorted("id")
        self.assertEqual(steps.mapped("summary"), ["Call", "Judge"])
        self.assertEqual(steps.mapped("date_deadline"), [self._day(1), self._day(5)])
        self.assertEqual(steps.user_id, self.user_own)
        warning._start_playbook()
        self.assertEqual(self._activities(warning).sorted("id"), steps)

    def test_the_playbook_may_start_by_itself(self):
        self.rule.write(
            {
                "playbook_id": self._make_playbook(("Call", 0, "after_plan_date")).id,
                "playbook_starts": True,
            }
        )
        warning = self._make_warning()
        warning._after_raise()
        self.assertEqual(self._activities(warning).user_id, self.user_own)
        self.assertIn(self.user_own.partner_id, warning.message_partner_ids)
        warning.with_user(self.user_own).action_take_up()
        self.assertEqual(len(self._activities(warning)), 1)

    def test_steps_go_to_whom_the_playbook_names_or_the_owner(self):
        playbook = self._make_playbook(("Call", 0, "after_plan_date"))
        playbook.template_ids.write(
            {"responsible_type": "other", "responsible_id": self.user_all.id}
        )
        self.rule.playbook_id = playbook
        warning = self._make_warning()
        warning.action_take_up()
        self.assertEqual(self._activities(warning).user_id, self.user_all)
        self.user_all.active = False
        another = self._make_warning(profile_id=self.other.id)
        another.action_take_up()
        self.assertEqual(self._activities(another).user_id, self.user_own)

    def test_nobody_calls_the_customer_twice(self):
        playbook = self._make_playbook(("Call", 0, "after_plan_date"))
        self.rule.playbook_id = playbook
        another = self._make_rule(playbook_id=playbook.id)
        first, second = self._make_warning(), self._make_warning(rule_id=another.id)
        foreign = self._make_warning(profile_id=self.other.id)
        (first | second | foreign).action_take_up()
        self.assertEqual(len(self._activities(first | second)), 1)
        self.assertEqual(len(self._activities(foreign)), 1)
        third = self._make_warning(rule_id=self._make_rule(playbook_id=playbook.id).id)
        third.action_take_up()
        self.assertFalse(self._activities(third))
        self._close(first | second, "saved")
        third._start_playbook()
        self.assertEqual(len(self._activities(third)), 1)

    def test_reopened_warnings_get_their_steps_again(self):
        self.rule.playbook_id = self._make_playbook(("Call", 0, "after_plan_date"))
        warning = self._make_warning().with_user(self.manager)
        warning.action_take_up()
        self._close(warning, "saved", user=self.manager)
        self.assertFalse(self._activities(warning))
        self.assertIn("not done: Call", warning.message_ids[:5].mapped("body")[0])
        warning.action_reopen()
        self.assertEqual(self._activities(warning).summary, "Call")

    def test_a_playbook_is_started_by_hand(self):
        warning = self._make_warning().with_user(self.user_own)
        warning.action_take_up()
        with self.assertRaisesRegex(UserError, "no playbook"):
            warning.action_start_playbook()
        playbook = self._make_playbook(("Call", 0, "after_plan_date"))
        self.rule.playbook_id = playbook
        warning.action_start_playbook()
        warning.action_start_playbook()
        self.assertEqual(len(self._activities(warning)), 1)
        another = self._make_rule(playbook_id=playbook.id)
        second = self._make_warning(rule_id=another.id).with_user(self.user_own)
        with self.assertRaisesRegex(UserError, "under way"):
            second.action_start_playbook()
        self._close(warning, "saved")
        with self.assertRaisesRegex(UserError, "closed"):
            warning.action_start_playbook()

    def test_a_false_alarm_hands_the_playbook_on(self):
        playbook = self._make_playbook(("Call", 0, "after_plan_date"))
        self.rule.playbook_id = playbook
        first = self._make_warning()
        second, new = (
            self._make_warning(rule_id=self._make_rule(playbook_id=playbook.id).id)
            for _number in range(2)
        )
        (first | second).action_take_up()
        self.assertFalse(self._activities(second))
        self._close(first, "dismissed")
        self.assertEqual(self._activities(second).summary, "Call")
        self.assertFalse(self._activities(new))  # nobody has taken it up

    @mute_logger("odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_playbook")
    def test_a_playbook_of_another_model_is_told_and_loses_nothing(self):
        playbook = self._make_playbook(("Call", 0, "after_plan_date"))
        self.rule.playbook_id = playbook
        playbook.res_model = "res.partner"
        warning = self._make_warning()
        warning.with_user(self.user_own).action_take_up()
        self.assertEqual(warning.state, "working")
        told = self._activities(warning)
        self.assertIn("not made for warnings", told.note)
        self.assertIn(told.user_id, self.env["cpm.metric"]._failure_readers())

    def test_what_is_planned_by_itself_ends_with_the_warning(self):
        self.rule.playbook_id = self._make_playbook(("Call", 0, "after_plan_date"))
        warning = self._make_warning()
        warning.action_take_up()
        own = warning.activity_schedule(
            "mail.mail_activity_data_todo", automated=False, user_id=self.user_own.id
        )
        self._close(warning, "saved")
        self.assertEqual(self._activities(warning), own)

    def test_playbooks_of_many_warnings_cost_no_more_queries(self):
        playbook = self._make_playbook(*[("Call", 0, "after_plan_date")] * 3)
        self.rule.write({"playbook_id": playbook.id, "playbook_starts": True})

        def raised(count):
            customers = self._make_customers(count)
            warnings = self.warnings.create(
                [
                    {
                        "name": "W",
                        "profile_id": customer.id,
                        "company_id": self.company.id,
                        "rule_id": self.rule.id,
                        "user_id": self.user_own.id,
                    }
                    for customer in customers
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            warnings._after_raise()
            self.env.flush_all()
            self.assertEqual(len(self._activities(warnings)), 3 * count)
            return self.env.cr.sql_log_count - before

        raised(1)
        few, many = raised(1), raised(80)
        self.assertLessEqual(many, few + 10)

    # -------------------------------------------------------------- Win-back

    def test_a_winback_plan_is_made_once_and_linked(self):
        warning = self._make_warning()
        self._close(warning, "lost")
        mine = warning.with_user(self.user_own)
        action = mine.action_winback_plan()
        plan = warning.plan_id
        self.assertEqual(action["res_id"], plan.id)
        self.assertEqual(plan.profile_id, self.customer)
        self.assertEqual(plan.user_id, self.user_own)
        self.assertEqual(
            plan.template_id, self.env.ref("customer_plan_mgmt.plan_template_winback")
        )
        self.assertEqual(plan.with_user(self.user_own).warning_count, 1)
        found = self.warnings.search(plan.action_view_warnings()["domain"])
        self.assertEqual(found, warning)
        self.assertEqual(mine.action_winback_plan()["res_id"], plan.id)
        self.assertEqual(warning.plan_id, plan)

    def test_the_company_chooses_the_template(self):
        template = self.env["cpm.plan.template"].create({"name": "Ours"})
        self.company.cpm_winback_template_id = template
        warning = self._make_warning().with_user(self.user_own)
        warning.action_winback_plan()
        self.assertEqual(warning.plan_id.template_id, template)
        template.active = False
        another = self._make_warning(profile_id=self.other.id)
        with self.assertRaisesRegex(UserError, "Template of win-back plans"):
            another.with_user(self.manager).action_winback_plan()

    def test_the_dialog_of_a_loss_offers_the_plan(self):
        warning = self._make_warning().with_user(self.user_own)
        wizard = self.env["cpm.warning.close"].with_user(self.user_own)
        wizard = wizard.with_context(**warning.action_lose()["context"])
        action = wizard.create(
            {"note": "Gone", "churn_reason_id": self.reason.id, "with_plan": True}
        ).action_confirm()
        self.assertEqual(action["res_model"], "cpm.plan")
        self.assertEqual(action["res_id"], warning.plan_id.id)

    # ---------------------------------------------------------------- Screen

    def test_searches_know_the_day_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        warning = self._make_warning(date_deadline=TODAY)
        mine = [("id", "=", warning.id)]
        with freeze_time(f"{TODAY} 13:00:00"):  # tomorrow there
            self.env.invalidate_all()
            self.assertTrue(warning.is_overdue)
            self.assertTrue(self.warnings.search([*mine, ("is_overdue", "=", True)]))
            warning.sudo().snoozed_until = self._day(1)
            self.assertFalse(warning.is_snoozed)
            self.assertTrue(self.warnings.search([*mine, ("is_snoozed", "=", False)]))

    def test_age_deadline_and_colours(self):
        warning = self._make_warning(
            raised_on=self._day(-5), date_deadline=self._day(-1), severity="3"
        )
        self.assertEqual((warning.age_days, warning.severity_color), (5, 1))
        self.assertTrue(warning.is_overdue)
        found = [("id", "=", warning.id), ("is_overdue", "=", True)]
        self.assertTrue(self.warnings.search(found))
        warning._snooze(TODAY + timedelta(days=3), "Later")
        self.assertFalse(warning.is_overdue)
        self.assertFalse(self.warnings.search(found))
        self._close(warning, "saved", day=self._day(4))
        self.assertEqual(warning.age_days, 9)
        self.assertEqual(
            self.warnings.search([("id", "=", warning.id), ("is_open", "=", False)]),
            warning,
        )
