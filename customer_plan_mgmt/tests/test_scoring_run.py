"""The scoring run: what it looks at, what it writes, what it remembers."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.customer_plan_mgmt.models.scoring.engine import difference, run
from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import RunUnderWay

from .common import DAY, CpmCommon

TABLES = (
    "cpm_profile",
    "cpm_score",
    "cpm_metric_value",
    "cpm_tier_change",
    "mail_message",
    "res_partner",
)


class TestScoringRun(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.last = cls._make_metric("last", "days_since_last")
        cls.revenue = cls._make_metric("revenue", "sum", period_days=90)
        cls.card = cls._make_scorecard(
            (cls.revenue, 1, {0: 0, 50: 50, 100: 100}),
            (cls.last, 1, {0: 100, 30: 50, 60: 0}),
        )
        cls.busy, cls.calm = cls._make_stages(
            ("busy", "[('last', '<=', 30)]"), ("calm", "[('last', '>', 30)]")
        )
        cls.customers = cls._make_customers(5)
        for number, customer in enumerate(cls.customers):
            cls._make_purchases(customer, (DAY - timedelta(days=number), 25 * number))

    def _places(self):
        """Return where every row lies; an update moves it."""
        self.env.flush_all()
        places = {}
        for table in TABLES:
            self.env.cr.execute(
                SQL("SELECT id, ctid::text FROM %s", SQL.identifier(table))
            )
            places[table] = dict(self.env.cr.fetchall())
        return places

    # ----------------------------------------------------------------- Unchanged

    def test_run_that_changes_nothing_updates_no_row(self):
        self._run()
        before = self._places()
        for full in (True, False):
            result = self._run(full=full)
            self.assertEqual(result.changed, 0)
            self.assertEqual(self._places(), before)

    def test_next_day_touches_only_whom_it_moves(self):
        self._run()
        self._forget_edits()
        before = self._places()
        result = self._run(DAY + timedelta(days=27), full=False)
        self.assertEqual((result.full, result.looked_at), (False, 2))
        after = self._places()
        moved = {
            key
            for key, place in after["cpm_profile"].items()
            if place != before["cpm_profile"].get(key)
        }
        # purchases 4 and 3 days before DAY are 31 and 30 days old now
        self.assertEqual(moved, set(self.customers[3:].ids))
        self.assertEqual(after["res_partner"], before["res_partner"])

    def test_dry_run_writes_nothing(self):
        before = self._places()
        result = self._run(DAY, dry_run=True)
        self.assertEqual(len(result.rows), 5)
        self.assertTrue(result.dry_run)
        self.assertEqual(self._places(), before)
        self.assertFalse(self.company.cpm_last_run_at)

    # ------------------------------------------------------------------- Result

    def test_result_tells_what_was_done(self):
        partner = self._make_partner()
        result = self._run()
        self.assertEqual(result.company_id, self.company.id)
        self.assertEqual(result.as_of, DAY)
        self.assertEqual(result.created, 1)
        self.assertEqual(result.looked_at, 6)
        self.assertEqual(result.changed, 6)
        self.assertTrue(result.full)
        self.assertFalse(result.dry_run)
        self.assertGreater(result.queries, 0)
        self.assertTrue(partner.exists())

    def test_company_remembers_the_run(self):
        begun = fields.Datetime.now()
        self._run()
        self.assertEqual(self.company.cpm_scored_on, DAY)
        self.assertEqual(self.company.cpm_last_full_on, DAY)
        self.assertGreaterEqual(self.company.cpm_last_run_at, begun)
        self.assertTrue(self.company.cpm_rule_signature)
        self._run(DAY + timedelta(days=1), full=False)
        self.assertEqual(self.company.cpm_scored_on, DAY + timedelta(days=1))
        self.assertEqual(self.company.cpm_last_full_on, DAY)

    def test_dates_may_come_as_text(self):
        results = self.env["cpm.scorecard"]._run(
            as_of="2024-06-28", companies=self.company
        )
        self.assertEqual(results[self.company.id].as_of, DAY)

    def test_companies_are_scored_one_by_one(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        other.cpm_customer_domain = f"[('company_id', '=', {other.id})]"
        theirs = self._make_customer(
            company_id=other.id, profile={"company_id": other.id}
        )
        results = self.env["cpm.scorecard"]._run(
            as_of=DAY, companies=self.company | other, dry_run=True
        )
        self.assertEqual(set(results), {self.company.id, other.id})
        self.assertNotIn(theirs.id, results[self.company.id].rows)

    # --------------------------------------------------------- Little configured

    def test_run_without_anything_configured(self):
        """Each kind of rule may be absent, alone and together with the others."""
        kinds = {
            "stages": self.busy | self.calm,
            "scorecards": self.card,
            "metrics": self.last | self.revenue,
            "tiers": self.env["cpm.tier"].search([]),
        }
        for label, records in kinds.items():
            with self.subTest(label):
                records.active = False
                for full in (True, False):
                    self.assertFalse(self._run(full=full).failed_metrics)
                self.assertEqual(len(self._ghost()), 5)
                records.active = True
        for records in kinds.values():
            records.active = False
        self._run()
        self.assertEqual(self._run(full=False).changed, 0)
        self.assertFalse(self.customers[0].value_level)

    def test_scores_end_with_the_last_scorecard(self):
        self._run()
        self.assertTrue(self.customers[0].value_level)
        tiers = self.customers.mapped("tier_id")
        self.card.active = False
        self._run()
        self.assertFalse(self.customers[0].value_level)
        self.assertEqual(self.customers.mapped("tier_id"), tiers, "no score, no move")

    def test_company_without_customers(self):
        other = self.env["res.company"].create({"name": "Empty"})
        other.cpm_customer_domain = "[('id', '=', False)]"
        for full in (True, False, None):
            result = self._run(company=other, full=full)
            self.assertEqual((result.looked_at, result.changed), (0, 0))
        self.assertEqual(self._run(company=other, dry_run=True).rows, {})

    # ------------------------------------------------------------ Full or partial

    def _next(self, days=1, **options):
        return self._run(DAY + timedelta(days=days), **options)

    def test_first_run_is_full(self):
        self.assertTrue(self._run(full=False).full)

    def test_nights_between_are_incremental(self):
        self.company.cpm_full_pass_days = 7
        self._run()
        for days in range(1, 7):
            self.assertFalse(self._next(days).full, days)
        self.assertTrue(self._next(7).full)
        self.assertFalse(self._next(8).full)

    def test_going_back_in_time_is_full(self):
        self._run()
        self.assertTrue(self._next(-1, full=False).full)

    def test_every_change_of_a_rule_asks_for_a_full_pass(self):
        line = self.card.line_ids[0]
        segment = self.env["cpm.segment"].create(
            {"name": "S", "domain": "[]", "company_id": self.company.id}
        )
        changes = {
            "weight": lambda: line.write({"weight": 3}),
            "points": lambda: line.band_ids[0].write({"points": 5}),
            "threshold": lambda: line.band_ids[0].write({"from_value": -5}),
            "new threshold": lambda: line.write(
                {"band_ids": [Command.create({"from_value": 999, "points": 9})]}
            ),
            "level": lambda: self.card.write({"high_from": 90}),
            "metric domain": lambda: self.revenue.write(
                {"domain": "[('amount', '>', 0)]"}
            ),
            "metric period": lambda: self.revenue.write({"period_days": 91}),
            "metric archived": lambda: self.revenue.write({"active": False}),
            "metric back": lambda: self.revenue.write({"active": True}),
            "tier threshold": lambda: self.tier_a.write({"promotion_threshold": 81}),
            "stay threshold": lambda: self.tier_a.write({"demotion_threshold": 71}),
            "minimum stay": lambda: self.tier_a.write({"minimum_stay_days": 5}),
            "tier archived": lambda: self.tier_b.write({"active": False}),
            "stage rule": lambda: self.busy.write({"rule": "[('last', '<=', 29)]"}),
            "stage order": lambda: self.busy.write({"sequence": 99}),
            "stage archived": lambda: self.calm.write({"active": False}),
            "approval": lambda: self.company.write({"cpm_demotion_approval": True}),
            "scorecard": lambda: self._make_scorecard((self.last, 1, {0: 1})),
            "scorecard archived": lambda: self.card.write({"active": False}),
            "segment": lambda: self.card.write(
                {"active": True, "segment_id": segment.id}
            ),
        }
        self._run()
        for days, (label, change) in enumerate(changes.items(), 1):
            with self.subTest(label):
                change()
                self.assertTrue(self._next(days, full=False).full)

    def test_rules_that_compare_customers_are_always_full(self):
        self._make_scorecard((self.revenue, 1, None), purpose="health")
        self._run()
        self.assertTrue(self._next(full=False).full)

    def test_rules_that_move_with_every_day_are_always_full(self):
        self._make_scorecard((self.last, 1, (0, 100)), purpose="health")
        self._run()
        self.assertTrue(self._next(full=False).full)

    def test_metric_whose_domain_moves_with_time_is_always_full(self):
        for domain in ("[('date', '>', '-10d')]", "[('date', '<=', 'today')]"):
            self.revenue.domain = domain
            self._run()
            with self.subTest(domain):
                self.assertTrue(self._next(full=False).full)

    def test_metric_over_records_without_date_of_change_is_always_full(self):
        self._make_metric(
            "judged",
            model_id=self.env["ir.model"]._get_id("cpm.score"),
            partner_field="profile_id.partner_id",
        )
        self._run()
        self.assertTrue(self._next(full=False).full)

    # -------------------------------------------------------------------- Notes

    def _fall_silent(self):
        """Let everybody move to another tier and stage."""
        self._run()
        self.env.flush_all()
        return self._next(100)

    def _notes(self):
        return self.customers.message_ids.filtered(lambda message: message.body)

    def test_notes_are_limited_but_the_history_is_not(self):
        self.company.cpm_note_limit = 2
        self._fall_silent()
        self.assertEqual(len(self._notes()), 2)
        moved = self.customers.tier_change_ids.filtered("from_tier_id")
        self.assertGreater(len(moved), 2)

    def test_no_notes_when_none_are_wanted(self):
        self.company.cpm_note_limit = 0
        self._fall_silent()
        self.assertFalse(self._notes())

    def test_notes_speak_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.tier_c.with_context(lang="fr_FR").name = "Bronze français"
        self.company.partner_id.lang = "fr_FR"
        self._fall_silent()
        self.assertTrue(
            any("Bronze français" in message.body for message in self._notes())
        )

    # ----------------------------------------------------------- Commits and cron

    def test_run_commits_after_every_batch_when_it_may(self):
        with (
            patch.object(run, "BATCH", 2),
            patch.object(difference, "BATCH", 2),
            patch.object(IrCron, "_commit_progress") as commit,
        ):
            result = self._run(commit=True)
        self.assertEqual(result.changed, 5)
        written = [call.args[0] for call in commit.call_args_list if call.args[0]]
        self.assertEqual(written, [2, 2, 1])

    def test_run_never_commits_otherwise(self):
        with patch.object(IrCron, "_commit_progress") as commit:
            self._run()
            self._run(DAY, dry_run=True, commit=True)
        commit.assert_not_called()

    def test_small_batches_come_to_the_same(self):
        expected = self._ghost()
        with patch.object(run, "BATCH", 2), patch.object(difference, "BATCH", 2):
            self._run()
        self.assertEqual(
            {c.id: (c.value_score, c.tier_id.id) for c in self.customers},
            {
                key: (row["value_score"], row["tier_id"])
                for key, row in expected.items()
            },
        )
        self.assertEqual(len(self.customers.score_ids), 5)


@tagged("post_install", "-at_install")
class TestScoringCron(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer()
        cls._give_score(cls.customer, 85)
        cls.cron = cls.env.ref("customer_plan_mgmt.ir_cron_cpm_scoring")

    def test_job_runs_daily_as_the_system(self):
        self.assertEqual(self.cron.interval_type, "days")
        self.assertEqual(self.cron.interval_number, 1)
        self.assertEqual(self.cron.user_id, self.env.ref("base.user_root"))

    def test_job_scores_every_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        today = fields.Date.context_today(self.customer)
        self.assertEqual(self.customer.value_score, 85)
        self.assertEqual(self.company.cpm_scored_on, today)
        self.assertEqual(other.cpm_scored_on, today)

    def test_job_scores_for_the_day_where_the_company_is(self):
        """At two in the morning in London it is evening of the day before in Boston."""
        self.company.partner_id.tz = "America/New_York"
        self.customer._set_tier(
            self.tier_c,
            origin="manual",
            reason="Until the last day",
            locked_until=date(2024, 6, 27),
        )
        for moment, day, tier in (
            ("2024-06-28 02:00:00", date(2024, 6, 27), self.tier_c),
            ("2024-06-28 05:00:00", date(2024, 6, 28), self.tier_a),
        ):
            with self.subTest(moment), freeze_time(moment):
                self.env["cpm.scorecard"]._run(companies=self.company)
                self.env.invalidate_all()
                self.assertEqual(self.company.cpm_scored_on, day)
                self.assertEqual(self.customer.tier_id, tier)

    def test_company_that_fails_does_not_hold_up_the_others(self):
        other = self.env["res.company"].create({"name": "Aaa first"})
        other.sequence = -1
        readers = self.env.ref("customer_plan_mgmt.group_cpm_admin").all_user_ids
        readers.company_ids -= other
        self.admin.company_ids |= other
        broken = "[('gone', '=', 1)]"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_company SET cpm_customer_domain = %s WHERE id = %s",
            [broken, other.id],
        )
        self.env.invalidate_all()
        logger = "odoo.addons.customer_plan_mgmt.models.scoring.cpm_scorecard"
        with (
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback"),
            self.assertLogs(logger, "ERROR"),
        ):
            # Failing for a week, the job would be switched off for everybody
            self.env["cpm.scorecard"]._cron_run()
            told = other.partner_id.activity_ids
            self.env["cpm.scorecard"]._cron_run()
        self.env.invalidate_all()
        self.assertEqual(self.customer.value_score, 85)
        self.assertEqual(other.partner_id.activity_ids, told, "told once")
        self.assertEqual(told.user_id, self.admin)
        self.assertIn("Aaa first", told.summary)
        self.assertIn("gone", told.note)

    def test_company_being_scored_by_somebody_else_is_not_left_for_tomorrow(self):
        busy = self.env["cpm.scorecard"]._run

        def score(scorecards, companies, **options):
            if companies == self.company:
                raise RunUnderWay("right now")
            return busy(companies=companies, **options)

        before = self.env["ir.cron.trigger"].search([])
        with (
            patch.object(type(self.env["cpm.scorecard"]), "_run", score),
            patch.object(IrCron, "_commit_progress"),
            patch.object(self.env.cr, "rollback"),
        ):
            self.env["cpm.scorecard"]._cron_run()
        trigger = self.env["ir.cron.trigger"].search([]) - before
        self.assertEqual(trigger.cron_id, self.cron)
        self.assertGreater(trigger.call_at, fields.Datetime.now())
        self.assertFalse(self.company.partner_id.activity_ids)
