"""The plan on one page and the review, as they are printed."""

import io

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfReader

from .common import GROUP
from .common_plan_portal import SECRET, PlanPortalCommon

PLAN, REVIEW = (
    "customer_plan_mgmt.action_report_plan",
    "customer_plan_mgmt.action_report_plan_review",
)
LONG = {
    "en_US": "Raise the share of orders that arrive complete and on time in every warehouse ",
    "zh_CN": "提高华东、华南及海外市场核心门店的订单准时交付率与整单满足率并持续降低投诉数量",
}


class PlanReportCommon(PlanPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")

    def _html(self, report, records, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.user_own)
        html, _kind = reports._render_qweb_html(report, records.ids)
        return html.decode()

    @classmethod
    def _make_large_plan(cls, lang, goals=12, tasks=30, team=8):
        """Return a plan with names far longer than a line, in all phases."""
        text = LONG[lang] * 4
        users = [
            cls._make_user(
                f"cpm_{lang}_{number}", GROUP % "user", name=f"{number} {text}"
            )
            for number in range(team)
        ]
        plan = cls._make_plan(
            name=text,
            lang=lang,
            date_end="2100-12-31",
            goal_ids=[
                Command.create(
                    cls._goal_vals(
                        f"{number} {text}",
                        unit=text,
                        current_value=10**12,
                        date_end="2099-12-31",
                    )
                )
                for number in range(goals)
            ],
            member_ids=[Command.create({"user_id": user.id}) for user in users],
        )
        phases = ("needs", "design", "delivery", "evaluation", False)
        for number in range(tasks):
            cls._make_task(
                f"{number} {text}",
                plan,
                cpm_phase=phases[number % 5],
                date_deadline=f"2099-01-{number % 28 + 1:02}",
                user_ids=[Command.set(users[0].ids)],
            )
        return plan


@tagged("post_install", "-at_install")
class TestPlanReport(PlanReportCommon):
    """What is said on the pages."""

    def test_the_page_tells_the_whole_plan(self):
        self.env["cpm.plan.member"].create(
            {
                "plan_id": self.plan.id,
                "user_id": self.user_all.id,
                "role_id": self.env.ref("customer_plan_mgmt.plan_role_service").id,
            }
        )
        category = self.env.ref("customer_plan_mgmt.plan_cost_travel")
        self.env["cpm.plan.cost"].create(
            {
                "plan_id": self.plan.id,
                "category_id": category.id,
                "budget": 5000,
                "actual": 1234,
            }
        )
        self._make_task("Late one", date_deadline="2020-05-17 12:00:00")
        self._make_task("Given up", state="1_canceled")
        self._make_task("Finished one", state="1_done", cpm_phase="design")
        self.env["cpm.plan.review"].create(
            {"plan_id": self.plan.id, "date_due": "2099-03-04"}
        )
        page = self._html(PLAN, self.plan)
        for text in (
            "Grow together",
            self.plan.number,
            "Aurora",
            "In delivery",
            self.user_own.name,
            "5,000.00",
            "1,234.00",
            "03/04/2099",
            "Fewer returns",
            "310 pieces of 100 pieces",
            "30 %",
            "Late one",
            "05/17/2020",
            "o_late",
            "1 of 2 done",
            self.user_all.name,
            "Service",
        ):
            self.assertIn(text, page)
        self.assertNotIn("Given up", page)

    def test_an_empty_plan_says_so(self):
        plan = self._make_plan(stage="needs", is_shared=False, goal_ids=[])
        page = self._html(PLAN, plan)
        for text in ("No goals yet", "No tasks yet", "Only the owner"):
            self.assertIn(text, page)

    def test_a_plan_for_a_segment(self):
        segment = self.env["cpm.segment"].create(
            {"name": "Wholesale", "company_id": self.company.id}
        )
        plan = self._make_plan(
            is_shared=False, scope="segment", profile_id=False, segment_id=segment.id
        )
        self.assertIn("Wholesale", self._html(PLAN, plan))
        self.assertIn("Wholesale", self._html(REVIEW, self._make_review(plan)))

    def test_each_plan_in_its_own_language(self):
        other = self._make_plan(lang="zh_CN", date_end="2098-03-04")
        self.plan.date_end = "2098-03-04"
        review = self._make_review(other, next_date="2098-05-06")
        page = self._html(PLAN, self.plan | other)
        self.assertIn("03/04/2098", page)
        self.assertIn("2098/03/04", page)
        self.assertIn("2098/05/06", self._html(REVIEW, review))

    def test_more_than_a_page_holds_is_counted(self):
        plan = self._make_large_plan("en_US", goals=14, tasks=33, team=11)
        done = plan.task_ids[5]
        done.state = "1_done"
        values = plan._get_print_values()
        self.assertEqual(
            [values[name] for name in ("more_goals", "more_tasks", "more_team")],
            ["and 2 more", "and 3 more", "and 3 more"],
        )
        self.assertEqual(values["work"], "Work: 1 of 33 done")
        shown = [task["name"] for phase in values["phases"] for task in phase["tasks"]]
        self.assertEqual(len(shown), 30)
        self.assertNotIn(done.name, shown, "open work comes first")
        page = self._html(PLAN, plan)
        for text in ("and 2 more", "and 3 more", "Work: 1 of 33 done"):
            self.assertIn(text, page)

    def test_names_are_text(self):
        self.plan.name = "<script>alert(1)</script>"
        self.plan.goal_ids.name = "<img src=x>"
        page = self._html(PLAN, self.plan)
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("<img src=x>", page)

    def test_the_review_tells_facts_marks_and_decisions(self):
        self.plan.decision_facts = self.plan._collect_facts()[self.plan]
        self.plan.goal_ids.current_value = 250
        review = self.env["cpm.plan.review"].create(
            {
                "plan_id": self.plan.id,
                "date_due": fields.Date.today(),
                "minutes": f"<p>{SECRET}</p>",
                "decisions": "<p>Deliver on Mondays</p>",
                "outcome": "continue",
            }
        )
        review.effect = 70
        review.action_hold()
        page = self._html(REVIEW, review)
        for text in (
            "Grow together",
            "Fewer returns",
            "310 pieces",
            "250 pieces",
            "−60 pieces",
            "Mean progress of the goals by weight: 50",
            SECRET,  # the minutes: the page is for employees
            "Deliver on Mondays",
            "Continue",
        ):
            self.assertIn(text, page)
        self.assertRegex(page, r">\s*70\s*<")

    def test_a_planned_review_is_an_agenda(self):
        review = self.env["cpm.plan.review"].create(
            {"plan_id": self.plan.id, "date_due": "2099-03-04"}
        )
        page = self._html(REVIEW, review)
        self.assertIn("Due on", page)
        self.assertIn("03/04/2099", page)
        self.assertNotIn("Held on", page)

    def test_nobody_prints_what_they_may_not_read(self):
        other = self._make_user("cpm_other", GROUP % "user")
        review = self._make_review()
        for user in (other, self.employee, self.portal):
            for report, record in ((PLAN, self.plan), (REVIEW, review)):
                with self.subTest(user=user.login, report=report):
                    with self.assertRaises(AccessError):
                        self._html(report, record, user)

    def test_they_are_in_the_print_menus(self):
        for model, report in (("cpm.plan", PLAN), ("cpm.plan.review", REVIEW)):
            actions = self.env["ir.actions.actions"].with_user(self.user_own)
            found = actions.get_bindings(model).get("report", ())
            self.assertIn(self.env.ref(report).id, [action["id"] for action in found])


@tagged("post_install", "-at_install")
class TestPlanPaper(PlanReportCommon, HttpCase):
    """What comes out of the printer; needs wkhtmltopdf."""

    def setUp(self):
        super().setUp()
        self.reports = self.env["ir.actions.report"]
        state = self.reports.get_wkhtmltopdf_state()
        self.assertIn(state, ("ok", "workers"), "wkhtmltopdf is not installed")

    def _pages(self, report, record):
        """Return the texts of the printed pages; of Latin letters wkhtmltopdf keeps the
        shapes only."""
        reports = self.reports.with_context(force_report_rendering=True)
        pdf, kind = reports._render_qweb_pdf(report, record.ids)
        self.assertEqual(kind, "pdf")
        return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]

    def test_a_full_plan_is_one_page_in_every_layout(self):
        layouts = self.env["report.layout"].search([]).view_id
        self.assertTrue(layouts)
        plan = self._make_large_plan("zh_CN")
        for layout in layouts:
            self.company.external_report_layout_id = layout
            with self.subTest(layout=layout.key):
                [page] = self._pages(PLAN, plan)
                self.assertGreater(page.count(LONG["zh_CN"][:4]), 12 + 30)

    def test_american_paper_does_not_matter(self):
        self.company.paperformat_id = self.env.ref("base.paperformat_us")
        self.assertEqual(len(self._pages(PLAN, self._make_large_plan("en_US"))), 1)

    def test_more_than_fits_is_one_page_too(self):
        plan = self._make_large_plan("zh_CN", goals=25, tasks=70, team=15)
        self.assertEqual(len(self._pages(PLAN, plan)), 1)

    def test_the_review_is_printed(self):
        review = self._make_review(
            decisions="<p>提前交货</p>", minutes="<p>内部纪要</p>"
        )
        pages = "".join(self._pages(REVIEW, review))
        self.assertIn("提前交货", pages)
        self.assertIn("内部纪要", pages)
