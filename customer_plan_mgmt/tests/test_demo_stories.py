"""The example company: every demo customer stands where its story says."""

from datetime import time
from unittest import SkipTest

import pytz

from odoo.fields import Domain
from odoo.tests import TransactionCase, tagged

from ..models.feedback.effect import EFFECT, count_effect

# Customer: tier and lifecycle stage, None for none
STORIES = {
    "yunqi": ("strategic", "loyal"),  # growing
    "wutong": ("strategic", "loyal"),  # steady
    "jinxiu": ("strategic", "loyal"),  # promoted within the year
    "shangyuan": ("strategic", "active"),  # from ordinary to the top in a year
    "hengyuan": ("strategic", "loyal"),  # big but shrinking
    "shenruolan": ("strategic", "loyal"),  # by hand
    "mingde": ("key", "loyal"),
    "delacroix": ("key", "loyal"),  # pays in euros
    "kobayashi": ("key", "loyal"),  # pays in yen
    "xinghai": ("key", "at_risk"),  # falling silent
    "qinghe": ("key", "at_risk"),  # demotion waits for the manager
    "longteng": ("ordinary", "lost"),  # once key
    "hejiayi": ("ordinary", "lost"),  # bought once
    "yuanmengyao": ("ordinary", "lost"),  # stage by hand
    "chenxi": ("ordinary", "first_purchase"),
    "tangjiayi": ("ordinary", "active"),
    "boya": (None, "prospect"),
    "guwenbo": ("ordinary", "won_back"),
    "hargreaves": ("ordinary", "won_back"),
    "songmingzhe": ("key", "loyal"),  # won back and stayed
    "luoyiming": (None, None),  # refused scoring
}
# Case: stage
CASES = {
    "gowns": "new",
    "theatre": "new",
    "stranger": "new",
    "portal": "new",
    "giftcard": "answered",
    "ensemble": "in_progress",
    "lining": "in_progress",
    "sizes": "waiting",
    "silk": "in_progress",
    "photos": "in_progress",
    "late": "in_progress",
    "late_again": "cancelled",
    "zip": "in_progress",
    "spam": "cancelled",
    "question": "closed",
    "button": "closed",
    "praise": "closed",
    "wechat": "closed",
    "invoice": "closed",
    "sari": "solved",
    "dye": "closed",
    "hem": "closed",
    "hem_again": "closed",
}
# Plan: stage and freshness, False when it is over
PLANS = {
    "boya": ("needs", "fresh"),
    "mingde": ("design", "fresh"),
    "jinxiu": ("review", "fresh"),
    "delacroix": ("agreed", "fresh"),
    "yunqi": ("delivery", "fresh"),
    "hengyuan": ("delivery", "changed"),
    "xinghai": ("delivery", "stale"),
    "lanyue": ("delivery", "fresh"),  # with changes to approve
    "portal": ("delivery", "fresh"),  # accepted
    "overseas": ("delivery", "due"),  # a segment
    "wutong": ("evaluation", "fresh"),
    "shangyuan": ("closed", False),
    "songmingzhe": ("closed", False),
    "longteng": ("closed", False),
    "haitang": ("cancelled", False),
}
# Risk: stage and level, False before the assessment
RISKS = {
    "silence": ("control", "critical"),
    "budget": ("control", "critical"),
    "payer": ("monitor", "medium"),
    "director": ("assess", "critical"),  # a manager has to agree
    "rival": ("control", "medium"),
    "dye": ("monitor", "low"),
    "label": ("control", "low"),
    "children": ("closed", "high"),
    "currency": ("monitor", "medium"),
    "fitting": ("identify", False),
    "customs": ("identify", "medium"),
}
# Warning of the past year or by hand: state and measured result
WARNINGS = {
    "songmingzhe": ("saved", "returned"),  # with the win-back plan
    "longteng_saved": ("saved", "gone"),  # what was promised did not come
    "guwenbo": ("lost", "gone"),
    "wutong": ("dismissed", "returned"),
    "mingde": ("saved", "returned"),
    "tangjiayi": ("saved", "pending"),
    "shenruolan": ("new", False),
    "kobayashi": ("new", False),
}
# Warning of a rule: state
RAISED = {
    ("xinghai", "overdue"): "working",
    ("qinghe", "low_health"): "working",
    ("hengyuan", "goal_off_track"): "working",
    ("hengyuan", "overdue"): "new",  # snoozed
    ("longteng", "low_health"): "lost",
}
SHANGHAI = pytz.timezone("Asia/Shanghai")


@tagged("post_install", "-at_install")
class TestDemoStories(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref("customer_plan_mgmt.demo_customer_yunqi", False):
            raise SkipTest("This database has no demo data")

    def _profile(self, key):
        partner = self.env.ref(f"customer_plan_mgmt.demo_customer_{key}")
        return self.env["cpm.profile"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.env.ref("base.main_company").id),
            ]
        )

    def test_everything_was_loaded(self):
        self.assertFalse(
            self.env["ir.demo_failure"].search(
                [("module_id.name", "=like", "customer_plan_mgmt%")]
            )
        )

    def test_risks_stand_where_their_story_says(self):
        for key, (stage, level) in RISKS.items():
            risk = self.env.ref(f"customer_plan_mgmt.demo_risk_{key}")
            with self.subTest(risk=key):
                self.assertEqual(risk.stage, stage)
                self.assertEqual(
                    risk.residual_level_id,
                    level
                    and self.env.ref(f"customer_plan_mgmt.risk_level_{level}")
                    or risk.residual_level_id.browse(),
                )
        director = self.env.ref("customer_plan_mgmt.demo_risk_director")
        self.assertTrue(director.is_acceptance_pending)
        customer = director.profile_id
        self.assertEqual(customer.health_score, 35)
        self.assertGreater(customer.health_uncapped, 80)

    def test_warnings_stand_where_their_story_says(self):
        for key, (state, result) in WARNINGS.items():
            warning = self.env.ref(f"customer_plan_mgmt.demo_warning_{key}")
            with self.subTest(warning=key):
                self.assertEqual((warning.state, warning.result), (state, result))
        for (key, code), state in RAISED.items():
            warning = self._profile(key).warning_ids.filtered(
                lambda warning, code=code: warning.rule_id.code == code
            )
            with self.subTest(customer=key, rule=code):
                self.assertIn(state, warning.mapped("state"))
                self.assertTrue(all(warning.mapped("fact_text")))
        silent = self._profile("xinghai")
        self.assertEqual(silent.warning_severity, "3")
        self.assertTrue(silent.warning_ids.activity_ids)
        self.assertTrue(self._profile("longteng").given_up_on)

    def test_measured_results_are_what_the_records_say(self):
        for key, (_state, result) in WARNINGS.items():
            if result not in ("returned", "gone"):
                continue
            warning = self.env.ref(f"customer_plan_mgmt.demo_warning_{key}")
            warning.sudo().write({"result": "pending", "result_on": False})
            self.env["cpm.warning"]._measure_results(warning.company_id)
            with self.subTest(warning=key):
                self.assertEqual(warning.result, result)

    def test_customers_stand_where_their_story_says(self):
        for key, (tier, stage) in STORIES.items():
            with self.subTest(customer=key):
                profile = self._profile(key)
                self.assertEqual(len(profile), 1)
                self.assertEqual(
                    (
                        profile.tier_id.code or None,
                        profile.lifecycle_stage_id.code or None,
                    ),
                    (tier, stage),
                )

    def test_demotion_waits_and_promotions_happened(self):
        changes = self._profile("qinghe").tier_change_ids
        waiting = changes.filtered(lambda change: change.state == "proposed")
        self.assertEqual(
            (waiting.from_tier_id.code, waiting.to_tier_id.code, waiting.origin),
            ("key", "ordinary", "rule"),
        )
        moves = self._profile("shangyuan").tier_change_ids.sorted("id")
        self.assertEqual(
            moves.mapped("to_tier_id.code"), ["ordinary", "key", "strategic"]
        )

    def test_tier_by_hand_has_author_reason_and_end(self):
        profile = self._profile("shenruolan")
        change = profile.tier_change_ids.sorted("id")[-1:]
        self.assertEqual(profile.tier_origin, "manual")
        self.assertEqual(change.user_id.login, "huali_manager")
        self.assertTrue(change.reason)
        self.assertEqual(profile.tier_locked_until, change.expiry_date)
        self.assertGreater(change.expiry_date, change.effective_date)

    def test_who_refused_scoring_has_purchases_but_no_score(self):
        profile = self._profile("luoyiming")
        self.assertTrue(profile.score_excluded)
        self.assertTrue(profile.purchase_ids)
        self.assertFalse(profile.score_ids)
        self.assertFalse(profile.value_level)

    def test_alarm_segment_finds_the_customers_in_trouble(self):
        segment = self.env.ref("customer_plan_mgmt.demo_segment_call_today")
        found = self.env["cpm.profile"].search(segment._get_profile_domain())
        # The last one because of a critical risk, which caps its health
        troubled = ("xinghai", "hengyuan", "shangyuan")
        self.assertEqual(
            found, self.env["cpm.profile"].union(*map(self._profile, troubled))
        )

    def test_people_see_what_their_role_allows(self):
        count = {
            login: self.env["cpm.profile"]
            .with_user(self.env.ref(f"customer_plan_mgmt.demo_user_{login}"))
            .search_count([])
            for login in ("sales", "desk", "manager", "admin")
        }
        self.assertEqual(count["desk"], count["manager"])
        self.assertEqual(count["desk"], count["admin"])
        self.assertLess(0, count["sales"])
        self.assertLess(count["sales"], count["desk"])

    # -------------------------------------------------------- The service desk

    def _case(self, key):
        return self.env.ref(f"customer_plan_mgmt.demo_feedback_{key}")

    def _timer(self, key, kind):
        return self.env["cpm.sla.timer"].search(
            Domain("res_model", "=", "cpm.feedback")
            & Domain("res_id", "=", self._case(key).id)
            & Domain("kind", "=", kind)
            & Domain("state", "!=", "cancelled"),
            order="round",
            limit=1,
        )

    def _local(self, moment):
        """Return weekday (Monday is 0) and time where the desk is."""
        local = pytz.utc.localize(moment).astimezone(SHANGHAI)
        return local.weekday(), local.time()

    def test_cases_stand_in_every_stage_and_type(self):
        for key, stage in CASES.items():
            with self.subTest(case=key):
                self.assertEqual(self._case(key).stage, stage)
        cases = self.env["cpm.feedback"].browse(self._case(key).id for key in CASES)
        for name in ("stage", "type"):
            labels = {key for key, _label in cases._fields[name].selection}
            with self.subTest(field=name):
                self.assertEqual(set(cases.mapped(name)), labels)

    def test_promises_of_the_seed(self):
        """F1, F2, F3: received on Friday at 17:30."""
        friday = 4, time(17, 30)
        for key, kind, deadline, days in (
            ("question", "first_response", (5, time(17, 30)), 1),
            ("button", "resolution", (2, time(18)), 5),
            ("ensemble", "resolution", (4, time(17, 30)), 7),
        ):
            timer = self._timer(key, kind)
            with self.subTest(case=key):
                self.assertEqual(self._local(timer.start), friday)
                self.assertEqual(self._local(timer.deadline), deadline)
                self.assertEqual((timer.deadline - timer.start).days, days)
        self.assertEqual(self._timer("question", "first_response").state, "met")
        self.assertEqual(self._timer("button", "resolution").state, "met")

    def test_clocks_with_a_story(self):
        self.assertEqual(self._timer("sizes", "resolution").state, "paused")
        self.assertEqual(self._case("silk").sla_signal, "paused")
        self.assertTrue(self._case("silk").sla_pause_reason)
        late = self._timer("late", "first_response")
        self.assertTrue(late.is_missed and late.done_at)
        self.assertTrue(self._case("late").sla_is_overdue)
        exempt = self._timer("photos", "resolution")
        self.assertEqual(exempt.state, "exempt")
        self.assertEqual(exempt.exempt_user_id.login, "huali_manager")

    def test_cases_with_a_story(self):
        self.assertEqual(self._case("late_again").duplicate_of, self._case("late"))
        self.assertEqual(self._case("zip").reopen_count, 1)
        self.assertTrue(self._case("invoice").has_unread_reply)
        self.assertFalse(self._case("stranger").partner_id)
        dye = self._case("dye")
        self.assertTrue(dye.root_cause_id and dye.corrective_action and dye.solution)
        self.assertEqual(dye.corrective_state, "effective")
        self.assertEqual(dye.compensation_amount, 180)
        hem = self._case("hem")
        self.assertEqual(hem.corrective_state, "recurred")
        for case in dye | hem:
            shown = {name: case[name] for name in EFFECT}
            self.assertEqual(shown, count_effect(case, 90)[case.id], case.name)
        self.assertEqual(self._case("wechat").csat, "2")

    def test_example_writes_to_nobody(self):
        names = [self._case(key).display_name for key in CASES]
        self.assertFalse(
            self.env["mail.mail"].search([("subject", "in", names)]),
        )

    def test_health_hears_the_customers(self):
        company = self.env.ref("base.main_company")
        values = self.env["cpm.metric.value"].search(
            [
                ("profile_id.company_id", "=", company.id),
                ("metric_id.code", "in", ["csat_90d", "answered_in_time_90d"]),
            ]
        )
        self.assertTrue(values)

    # ------------------------------------------------------------------- Plans

    def _plan(self, key):
        return self.env.ref(f"customer_plan_mgmt.demo_plan_{key}")

    def _plans(self):
        return self.env["cpm.plan"].browse(self._plan(key).id for key in PLANS)

    def test_plans_stand_in_every_stage(self):
        for key, (stage, freshness) in PLANS.items():
            plan = self._plan(key)
            with self.subTest(plan=key):
                self.assertEqual((plan.stage, plan.freshness), (stage, freshness))
        plans = self._plans()
        for name in ("stage", "freshness"):
            labels = {key for key, _label in plans._fields[name].selection}
            with self.subTest(field=name):
                self.assertEqual(set(plans.mapped(name)) - {False}, labels)
        self.assertEqual(set(plans.mapped("scope")), {"customer", "segment"})

    def test_figures_of_plans_hang_together(self):
        for plan in self._plans():
            with self.subTest(plan=plan.name):
                self.assertTrue(plan.number and plan.need_ids and plan.goal_ids)
                self.assertEqual(
                    plan.budget_total, sum(plan.cost_ids.mapped("plan_budget"))
                )
                self.assertTrue(all(plan.need_ids.mapped("words")))
                for goal in plan.goal_ids:
                    self.assertTrue(goal.is_measured, goal.name)
                    last = goal.value_ids.sorted("date")[-1:]
                    self.assertEqual(last.value, goal.current_value, goal.name)
                if plan.stage in ("delivery", "evaluation", "closed"):
                    self.assertTrue(
                        all(len(goal.value_ids) > 1 for goal in plan.goal_ids)
                    )
                    self.assertTrue(plan.task_ids and plan.approved_by_id)
                    self.assertNotEqual(plan.approved_by_id, plan.user_id)
                    self.assertLess(plan.submitted_at, plan.approved_at)

    def test_plan_of_the_pillar_shows_everything(self):
        plan = self._plan("yunqi")
        self.assertEqual(
            set(plan.task_ids.mapped("cpm_training_form")) - {False},
            {"on_site", "online", "manual"},
        )
        self.assertEqual(
            set(plan.member_ids.mapped("responsibility")),
            {"responsible", "accountable", "consulted", "informed"},
        )
        self.assertTrue(plan.member_ids.partner_id)
        held = plan.review_ids.filtered(lambda review: review.state == "held")
        self.assertEqual(len(held), 2)
        self.assertTrue(all(held.mapped("decisions")) and all(held.mapped("facts")))
        self.assertIn("planned", plan.review_ids.mapped("state"))
        self.assertGreater(plan.benefit, plan.actual_total)

    def test_plans_with_a_story(self):
        lanyue = self._plan("lanyue")
        self.assertEqual(lanyue.open_revision_id.state, "open")
        self.assertEqual(lanyue.open_revision_id.user_ids.login, "huali_sales")
        self.assertIn("huali_manager", lanyue.activity_ids.user_id.mapped("login"))
        jinxiu = self._plan("jinxiu")
        self.assertEqual(jinxiu.submitted_by_id.login, "huali_sales")
        self.assertIn("huali_manager", jinxiu.activity_ids.user_id.mapped("login"))
        portal = self._plan("portal")
        self.assertTrue(portal.is_shared and portal.accepted_at)
        user = portal.partner_id.user_ids
        self.assertEqual(
            self.env["cpm.plan"].search(self.env["cpm.plan"]._customer_domain(user)),
            portal,
        )
        self.assertEqual(len(portal._customer_messages()), 2)
        self.assertLess(len(portal._customer_tasks()), len(portal.task_ids))

    def test_closed_plans_tell_which_templates_work(self):
        closed = self._plans().filtered(lambda plan: plan.stage == "closed")
        self.assertTrue(all(closed.mapped("lessons")))
        by_template = dict(
            self.env["cpm.plan.effect"]._read_group(
                [("plan_id", "in", closed.ids)], ["template_id"], ["__count"]
            )
        )
        self.assertEqual(sorted(by_template.values()), [1, 2])
        reached = {key: self._plan(key).closed_goals_reached for key in PLANS}
        self.assertEqual(
            (reached["shangyuan"], reached["songmingzhe"], reached["longteng"]),
            (3, 2, 0),
        )

    def test_plans_write_to_nobody(self):
        self.assertFalse(
            self.env["mail.mail"].search(
                [
                    ("model", "in", ["cpm.plan", "cpm.plan.review", "project.task"]),
                    ("author_id.user_ids.login", "=like", "huali%"),
                ]
            )
        )
