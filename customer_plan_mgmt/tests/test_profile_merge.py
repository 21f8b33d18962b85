"""Merging contacts, harder cases: rows are counted, people left meanwhile, people of
firms come along, and a scoring is under way."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..models.scoring.engine.run import RunUnderWay
from .common import DAY, CpmCommon

HISTORY = (
    "cpm_tier_change",
    "cpm_score",
    "cpm_metric_value",
    "cpm_transaction",
    "mail_message",
    "mail_activity",
    "ir_attachment",
)


class TestProfileMerge(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.gone, cls.kept = cls._make_customers(2)
        cls.partner = cls.kept.partner_id

    def _merge(self, *partners, into):
        """Merge ``partners`` into ``into`` with Odoo's wizard."""
        everybody = into.browse(p.id for p in (*partners, into))
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": everybody.ids, "dst_partner_id": into.id}
        )
        wizard.action_merge()
        self.env.invalidate_all()

    def _profile_of(self, partner, company=None):
        return self.profiles.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )

    def _rows(self, table):
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT id FROM %s", SQL.identifier(table)))
        return {row[0] for row in self.env.cr.fetchall()}

    def test_not_one_row_of_history_is_lost(self):
        """Of everything a customer can have, counted in the database."""
        sizes = [self._make_manual_metric(f"size_{number}") for number in range(2)]
        for number, customer in enumerate((self.gone, self.kept)):
            self._give_value(customer, sizes[number], 5)
            self._make_purchases(customer, ("2024-06-01", 10), ("2024-06-02", 20))
            customer.message_post(body="Hello")
            customer.with_context(tracking_disable=False).note = "Something"
            for _index in range(2):
                activity = customer.activity_schedule(
                    "mail.mail_activity_data_todo", user_id=self.manager.id
                )
            activity.action_feedback(feedback="Done")
            self.env["ir.attachment"].create(
                {
                    "name": f"{number}.txt",
                    "raw": b"text",
                    "res_model": "cpm.profile",
                    "res_id": customer.id,
                }
            )
        for day, score in enumerate((10, 90, 45)):
            self._give_score(self.gone, score)
            self._give_score(self.kept, 100 - score)
            self._run(DAY.replace(day=day + 1))
        before = {table: self._rows(table) for table in HISTORY}
        mine = {
            table: [
                row for row in (self.gone | self.kept)[name].ids if row in before[table]
            ]
            for table, name in (
                ("cpm_tier_change", "tier_change_ids"),
                ("cpm_score", "score_ids"),
                ("cpm_metric_value", "metric_value_ids"),
            )
        }
        doubled = (self.gone | self.kept).metric_value_ids.filtered(
            lambda row: row.metric_id == self.points
        )
        self.assertEqual(len(doubled), 2)
        self._merge(self.gone.partner_id, into=self.partner)
        profile = self._profile_of(self.partner)
        for table, rows in before.items():
            lost = rows - self._rows(table)
            with self.subTest(table):
                # Of two values of one metric the newest stays
                self.assertEqual(len(lost), 1 if table == "cpm_metric_value" else 0)
        for table in ("cpm_tier_change", "cpm_score", "cpm_metric_value"):
            self.env.cr.execute(
                SQL(
                    "SELECT count(*) FROM %s WHERE id IN %s AND profile_id = %s",
                    SQL.identifier(table),
                    tuple(before[table] & self._rows(table)),
                    profile.id,
                )
            )
            theirs = len(mine[table]) - (table == "cpm_metric_value")
            with self.subTest(table, of="the profile"):
                self.assertEqual(self.env.cr.fetchone()[0], theirs)
        self.assertEqual(len(profile.transaction_ids), 4)
        activities = self.env["mail.activity"].with_context(active_test=False)
        found = activities.search(
            [("res_model", "=", "cpm.profile"), ("res_id", "=", profile.id)]
        )
        self.assertEqual(len(found), 4, "two open and two done")

    def test_people_of_a_merged_firm_bring_their_purchases(self):
        """Also when the firm had no profile: nobody asked the people."""
        firm = self._make_partner(is_company=True)
        person = self._make_partner(parent_id=firm.id)
        target = self._make_customer(is_company=True)
        purchase = self._make_purchases(person, ("2024-06-01", 10))
        self.assertFalse(purchase.profile_id)
        self._merge(firm, into=target.partner_id)
        self.assertEqual(person.commercial_partner_id, target.partner_id)
        self.assertEqual(purchase.partner_id, person)
        self.assertEqual(purchase.profile_id, target)

    def test_purchases_of_people_of_both_firms_end_in_one_profile(self):
        firms = [self._make_customer(is_company=True) for _number in range(2)]
        purchases = self.env["cpm.transaction"]
        for firm in firms:
            person = self._make_partner(parent_id=firm.partner_id.id)
            purchases |= self._make_purchases(person, ("2024-06-01", 10))
        kept = firms[1].partner_id
        self._merge(firms[0].partner_id, into=kept)
        profile = self._profile_of(kept)
        self.assertEqual(purchases.profile_id, profile)

    def test_an_account_manager_who_left_does_not_stop_the_merge(self):
        """Whoever lost the company or became a portal user."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        leaver = self._make_user("cpm_leaver", "customer_plan_mgmt.group_cpm_user")
        for field in ("manager_id", "assistant_ids"):
            for leaves in self.gone, self.kept:
                with self.subTest(field=field, kept=leaves == self.kept):
                    with self.env.cr.savepoint() as savepoint:
                        leaves[field] = leaver
                        leaver.write(
                            {
                                "company_ids": [Command.set(other.ids)],
                                "company_id": other.id,
                            }
                        )
                        self._merge(self.gone.partner_id, into=self.partner)
                        profile = self._profile_of(self.partner)
                        self.assertEqual(len(profile), 1)
                        savepoint.rollback()
                    self.env.invalidate_all()

    def test_a_salesperson_of_another_company_does_not_stop_the_merge(self):
        """The filter made the profiles, with the salesperson of the contact."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="cpm_stranger",
            groups="base.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.company.cpm_customer_domain = "[('ref', '=', 'merge')]"
        partners = self.env["res.partner"].create(
            [
                {"name": name, "ref": "merge", "user_id": stranger.id}
                for name in ("One", "Two")
            ]
        )
        self.profiles._sync_profiles(self.company)
        for partner in partners:
            profile = self._profile_of(partner)
            self.assertTrue(profile)
            self.assertFalse(profile.manager_id, "could not even see the customer")
        self._merge(partners[0], into=partners[1])
        self.assertEqual(len(self._profile_of(partners[1])), 1)

    def test_a_scoring_under_way_does_not_stop_the_merge(self):
        self._give_score(self.kept, 85)
        self._run()
        cards = self.env["cpm.scorecard"]
        triggers = self.env["ir.cron.trigger"].search_count([])
        with patch.object(
            type(cards), "_run_profiles", side_effect=RunUnderWay("being scored")
        ):
            self._merge(self.gone.partner_id, into=self.partner)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        profile = self._profile_of(self.partner)
        self._run(full=False)
        self.assertEqual(profile.value_score, 85, "the next run makes up for it")

    def test_merge_into_somebody_who_cannot_be_a_customer(self):
        """The history goes to where the contact went, and rests there."""
        self._assign_tier(self.gone, self.tier_a)
        changes = self.gone.tier_change_ids
        colleague = self.employee.partner_id
        self._merge(self.gone.partner_id, into=colleague)
        profile = self._profile_of(colleague)
        self.assertEqual(profile.tier_change_ids, changes)
        self.profiles._sync_profiles(self.company)
        self.env.invalidate_all()
        self.assertFalse(profile.active)

    def test_portal_customers_keep_their_account(self):
        user = self._make_portal_user(self.gone.partner_id)
        self._merge(self.gone.partner_id, into=self.partner)
        self.assertEqual(user.partner_id, self.partner)
        self.assertTrue(self._profile_of(self.partner).active)

    def test_open_wizards_do_not_stop_the_merge(self):
        wizards = [
            self.env["cpm.tier.assign"].create(
                {
                    "profile_ids": [Command.set((self.gone | self.kept).ids)],
                    "tier_id": self.tier_a.id,
                    "reason": "Both",
                }
            ),
            self.env["cpm.tier.simulation"].create({}),
        ]
        self.env["cpm.tier.simulation.move"].create(
            {"simulation_id": wizards[1].id, "profile_id": self.gone.id}
        )
        self._merge(self.gone.partner_id, into=self.partner)
        profile = self._profile_of(self.partner)
        self.assertEqual(wizards[0].profile_ids, profile)

    def test_proposals_of_both_can_still_be_decided(self):
        for customer, tier in ((self.gone, self.tier_a), (self.kept, self.tier_b)):
            self.env["cpm.tier.change"].create(
                customer._prepare_tier_change(
                    tier,
                    origin="manual",
                    reason="Grows",
                    effective=DAY,
                    state="proposed",
                )
            )
        self._merge(self.gone.partner_id, into=self.partner)
        profile = self._profile_of(self.partner)
        proposals = profile.tier_change_ids.filtered(lambda c: c.state == "proposed")
        self.assertEqual(len(proposals), 2)
        proposals[0].with_user(self.manager).action_apply()
        self.assertEqual(profile.tier_id, proposals[0].to_tier_id)

    def test_nothing_of_ours_is_touched_by_a_merge_of_strangers(self):
        strangers = [self._make_partner() for _number in range(2)]
        before = {table: self._rows(table) for table in ("cpm_profile", *HISTORY[:4])}
        self._merge(strangers[0], into=strangers[1])
        for table, rows in before.items():
            self.assertEqual(self._rows(table), rows)


class TestColleaguesLeave(CpmCommon):
    def test_a_colleague_can_be_deleted_and_the_history_stays(self):
        """Whatever the person did to customers: nothing of ours holds the user."""
        self._make_direct_scores()
        leaver = self._make_user("cpm_leaver", "customer_plan_mgmt.group_cpm_manager")
        customer = self._make_customer(
            profile={"manager_id": leaver.id, "assistant_ids": leaver.ids}
        )
        mine = customer.with_user(leaver)
        mine.strategic_value = 50
        self.env["cpm.metric.value"].with_user(leaver).create(
            {"profile_id": customer.id, "metric_id": self.points.id, "value": 70}
        )
        self.env["cpm.tier.assign"].with_user(leaver).create(
            {
                "profile_ids": customer.ids,
                "tier_id": self.tier_a.id,
                "reason": "Agreed",
            }
        ).action_apply()
        proposal = self.env["cpm.tier.change"].create(
            mine._prepare_tier_change(
                self.tier_b,
                origin="manual",
                reason="Shrinks",
                effective=DAY,
                state="proposed",
            )
        )
        proposal.with_user(leaver).action_reject()
        partner = leaver.partner_id
        leaver.unlink()
        partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(customer.manager_id)
        self.assertFalse(customer.assistant_ids)
        self.assertEqual(
            (customer.strategic_value, customer.tier_id.id), (50, self.tier_a.id)
        )
        self.assertEqual(customer.metric_value_ids.value, 70)
        self.assertEqual(
            set(customer.tier_change_ids.mapped("state")), {"applied", "rejected"}
        )
        self.assertFalse(customer.tier_change_ids.user_id)
        self.assertFalse(customer.tier_change_ids.decided_by_id)
