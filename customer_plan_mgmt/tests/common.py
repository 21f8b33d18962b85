"""What every test of the module starts from: a company of its own, with its own
tiers, people in every role, and short ways to make customers and rules."""

import itertools
from datetime import date, timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.base.tests.common import BaseCommon

# The day most tests score for. It lies in the past, so a run writes only because
# :meth:`CpmCommon._run` says so
DAY = date(2024, 6, 28)
GROUP = "customer_plan_mgmt.group_cpm_%s"


@tagged("post_install", "-at_install")
class CpmCommon(BaseCommon):
    """A company whose customers, tiers and scores nothing else in the database can
    touch: shipped metrics, scorecards and stages are archived, its tiers are its
    own, and only contacts of the company are its customers."""

    @classmethod
    def setup_independent_company(cls, **kwargs):
        return cls._create_company(
            name="Northwind Fashion", currency_id=cls.env.ref("base.USD").id
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.USD").active = True
        cls._numbers = itertools.count(1)
        cls._archive_shipped()
        cls.company.partner_id.tz = "UTC"
        cls.company.cpm_customer_domain = f"[('company_id', '=', {cls.company.id})]"
        cls.tier_a, cls.tier_b, cls.tier_c = cls._make_tiers()
        cls.profiles = cls.env["cpm.profile"]
        cls.changes = cls.env["cpm.tier.change"]
        cls.scores = cls.env["cpm.score"]
        cls.user_own = cls._make_user("cpm_own", GROUP % "user")
        cls.user_all = cls._make_user("cpm_all", GROUP % "user_all")
        cls.manager = cls._make_user("cpm_manager", GROUP % "manager")
        cls.admin = cls._make_user("cpm_admin", GROUP % "admin")
        cls.employee = cls._make_user("cpm_employee", "base.group_user")

    @classmethod
    def _archive_shipped(cls):
        for model in (
            "cpm.scorecard",
            "cpm.lifecycle.stage",
            "cpm.segment",
            "cpm.warning.rule",
        ):
            cls.env[model].search([]).active = False
        ratios = cls.env["cpm.metric"].search([("source", "=", "ratio")])
        ratios.active = False
        cls.env["cpm.metric"].search([]).active = False
        for model in ("cpm.lifecycle.stage", "cpm.metric"):
            records = cls.env[model].with_context(active_test=False).search([])
            cls.env.flush_all()
            cls.env.cr.execute(
                SQL(
                    "UPDATE %s SET code = 'shipped_' || code WHERE id IN %s",
                    SQL.identifier(records._table),
                    tuple(records.ids) or (0,),
                )
            )
            records.invalidate_recordset()

    # ------------------------------------------------------------- Factories

    @classmethod
    def _make_user(cls, login, groups, **vals):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            **{"company_id": cls.company.id, "tz": "UTC", **vals},
        )

    @classmethod
    def _make_portal_user(cls, partner, login="cpm_portal"):
        return cls._make_user(login, "base.group_portal", partner_id=partner.id)

    @classmethod
    def _make_tiers(cls, company=None):
        """Return three tiers with points 80/70, 50/40 and 0/0, without minimum stay."""
        company = company or cls.company
        return cls.env["cpm.tier"].create(
            [
                {
                    "name": name,
                    "sequence": sequence,
                    "company_id": company.id,
                    "promotion_threshold": promotion,
                    "demotion_threshold": demotion,
                }
                for sequence, (name, promotion, demotion) in enumerate(
                    [("Gold", 80, 70), ("Silver", 50, 40), ("Bronze", 0, 0)], 1
                )
            ]
        )

    @classmethod
    def _make_partner(cls, name=None, **vals):
        vals.setdefault("company_id", cls.company.id)
        return cls.env["res.partner"].create(
            {"name": name or f"Customer {next(cls._numbers)}", **vals}
        )

    @classmethod
    def _make_customer(cls, name=None, *, partner=None, profile=None, **vals):
        """Return the profile of a new contact made of ``vals``."""
        partner = partner or cls._make_partner(name, **vals)
        return cls.env["cpm.profile"].create(
            {"partner_id": partner.id, "company_id": cls.company.id, **(profile or {})}
        )

    @classmethod
    def _make_customers(cls, count):
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {next(cls._numbers)}",
                    "company_id": cls.company.id,
                }
                for _index in range(count)
            ]
        )
        return cls.env["cpm.profile"].create(
            [{"partner_id": partner.id} for partner in partners]
        )

    @classmethod
    def _make_purchases(cls, customer, *rows, **vals):
        """Record purchases of ``customer`` (profile or contact).

        :param rows: ``(day, amount)`` each
        """
        partner = customer.partner_id if customer._name == "cpm.profile" else customer
        return cls.env["cpm.transaction"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "currency_id": cls.company.currency_id.id,
                    "date": day,
                    "amount": amount,
                    "reference": f"T{next(cls._numbers)}",
                    "source": "test",
                    **vals,
                }
                for day, amount in rows
            ]
        )

    @classmethod
    def _make_metric(cls, code, measure="count", **vals):
        """Return a metric over the purchases, in the company's currency."""
        if measure in ("sum", "average", "minimum", "maximum", "growth"):
            vals.setdefault("measure_field", "amount")
        return cls.env["cpm.metric"].create(
            {
                "name": code.replace("_", " ").capitalize(),
                "code": code,
                "measure": measure,
                "model_id": cls.env["ir.model"]._get_id("cpm.transaction"),
                "partner_field": "partner_id",
                "date_field": "date",
                **vals,
            }
        )

    @classmethod
    def _make_manual_metric(cls, code, **vals):
        return cls.env["cpm.metric"].create(
            {"name": code.capitalize(), "code": code, "source": "manual", **vals}
        )

    @classmethod
    def _make_scorecard(cls, *lines, purpose="value", **vals):
        """Return a scorecard of the company.

        :param lines: ``(metric, weight, banding)``, the banding being a dict of
            thresholds ``{from: points}``, a tuple ``(low, high)`` or None for a
            comparison with the other customers
        """
        commands = []
        for sequence, (metric, weight, banding) in enumerate(lines, 1):
            line = {"metric_id": metric.id, "weight": weight, "sequence": sequence}
            if isinstance(banding, dict):
                line["banding"] = "threshold"
                line["band_ids"] = [
                    Command.create({"from_value": value, "points": points})
                    for value, points in banding.items()
                ]
            elif banding:
                line["banding"] = "linear"
                line["low_value"], line["high_value"] = banding
            else:
                line["banding"] = "percentile"
            commands.append(Command.create(line))
        return cls.env["cpm.scorecard"].create(
            {
                "name": f"Test {purpose}",
                "purpose": purpose,
                "company_id": cls.company.id,
                "line_ids": commands,
                **vals,
            }
        )

    @classmethod
    def _make_direct_scores(cls, purpose="value"):
        """Let the value score be whatever :meth:`_give_score` says."""
        cls.points = cls._make_manual_metric("points")
        cls.direct_card = cls._make_scorecard(
            (cls.points, 1, (0, 100)), purpose=purpose
        )
        return cls.direct_card

    @classmethod
    def _give_score(cls, customers, score):
        cls._give_value(customers, cls.points, score)

    @classmethod
    def _give_value(cls, customers, metric, number, day=DAY - timedelta(days=3650)):
        """Enter the value of a manual metric, known since ``day``."""
        for customer in customers:
            value = cls.env["cpm.metric.value"].search(
                [("profile_id", "=", customer.id), ("metric_id", "=", metric.id)]
            )
            if value:
                value.write({"number": number, "date": day})
            else:
                value.create(
                    {
                        "profile_id": customer.id,
                        "metric_id": metric.id,
                        "number": number,
                        "date": day,
                    }
                )

    @classmethod
    def _make_stage(cls, code, rule, sequence=10, **vals):
        return cls.env["cpm.lifecycle.stage"].create(
            {
                "name": code.capitalize(),
                "code": code,
                "rule": rule,
                "sequence": sequence,
                **vals,
            }
        )

    @classmethod
    def _make_stages(cls, *rules):
        """Return the stages of ``(code, rule)``; the rules may name each other."""
        stages = cls.env["cpm.lifecycle.stage"]
        for sequence, (code, _rule) in enumerate(rules, 1):
            stages |= cls._make_stage(code, False, sequence)
        for stage, (_code, rule) in zip(stages, rules, strict=True):
            stage.rule = rule
        return stages

    # ------------------------------------------------------------------- Run

    @classmethod
    def _forget_edits(cls, moment=DAY - timedelta(days=3650)):
        """Let everything look as if nobody had touched it since ``moment``, so that
        an incremental night finds only what time, or the test, has moved."""
        cls.env.flush_all()
        for table in (
            "cpm_profile",
            "cpm_tier_change",
            "cpm_transaction",
            "res_partner",
        ):
            cls.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s WHERE company_id = %s",
                    SQL.identifier(table),
                    moment,
                    cls.company.id,
                )
            )
        cls.env.invalidate_all()

    @classmethod
    def _run(cls, as_of=DAY, *, company=None, dry_run=False, **options):
        """Score the company as of ``as_of`` and return the ``RunResult``."""
        company = company or cls.company
        results = cls.env["cpm.scorecard"]._run(
            as_of=as_of, companies=company, dry_run=dry_run, **options
        )
        cls.env.invalidate_all()
        return results[company.id]

    @classmethod
    def _ghost(cls, as_of=DAY, **options):
        """Return what a full run would store, ``{profile id: row}``."""
        return cls._run(as_of, dry_run=True, **options).rows

    @classmethod
    def _assign_tier(cls, customer, tier, since=DAY, **vals):
        """Put ``customer`` into ``tier`` by rule, as if a run had done so."""
        customer._set_tier(tier, origin="rule", reason="Test", effective=since, **vals)
