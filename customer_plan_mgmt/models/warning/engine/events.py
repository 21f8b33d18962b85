"""Triggers that look at what happened: contacts, promises, answers, plans, contracts."""

from datetime import timedelta

from odoo.tools import SQL

from ...plan.const import AGREED
from .trigger import Trigger


class KeyContact(Trigger):
    """A key contact is archived, belongs to another customer, refuses mails or cannot
    be reached by them. Without key contacts the customer itself is one.

    Contacts have no history: of a past day nothing is known.
    """

    knows_past = False

    def joins(self):
        return SQL(
            "JOIN (%s) gone ON gone.gone_profile_id = f.profile_id", self._gone()
        )

    def _gone(self):
        return SQL(
            """SELECT gone_profile_id,
                      jsonb_agg(jsonb_build_array(contact_id, why) ORDER BY contact_id)
                          AS contacts
               FROM (
                   SELECT watched.profile_id AS gone_profile_id, c.id AS contact_id,
                          CASE WHEN NOT c.active THEN 'archived'
                               WHEN c.commercial_partner_id != watched.partner_id
                               THEN 'moved'
                               WHEN b.id IS NOT NULL THEN 'refused'
                               WHEN c.message_bounce >= %(bounces)s THEN 'bounced'
                          END AS why
                   FROM (%(watched)s) watched
                   JOIN res_partner c ON c.id = watched.contact_id
                   LEFT JOIN mail_blacklist b
                     ON b.email = c.email_normalized AND b.active
               ) judged
               WHERE why IS NOT NULL GROUP BY gone_profile_id""",
            watched=self._watched(),
            bounces=self.rule.event_count,
        )

    def _watched(self):
        field = self.env["cpm.profile"]._fields["key_contact_ids"]
        return SQL(
            """SELECT p.id AS profile_id, p.partner_id,
                      COALESCE(k.%(contact)s, p.partner_id) AS contact_id
               FROM cpm_profile p
               LEFT JOIN %(relation)s k ON k.%(profile)s = p.id
               WHERE p.company_id = %(company)s AND p.active""",
            relation=SQL.identifier(field.relation),
            profile=SQL.identifier(field.column1),
            contact=SQL.identifier(field.column2),
            company=self.company.id,
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"contacts": SQL("contacts")}


class Promise(Trigger):
    """Promises whose deadline went by without being kept, in the last days. Exempt and
    cancelled ones do not count, whenever that was decided."""

    def joins(self):
        first, end = self.facts.moments(self.rule.within_days)
        return SQL(
            """JOIN (
                   SELECT profile_id AS promised_id, count(*) AS missed
                   FROM cpm_sla_timer
                   WHERE company_id = %(company)s
                     AND state NOT IN ('exempt', 'cancelled')
                     AND deadline >= %(first)s AND deadline < %(end)s
                     AND (is_missed OR done_at IS NULL OR done_at > deadline)
                   GROUP BY profile_id HAVING count(*) >= %(times)s
               ) promised ON promised.promised_id = f.profile_id""",
            company=self.company.id,
            first=first,
            end=end,
            times=self.rule.event_count,
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"count": SQL("missed")}


class Satisfaction(Trigger):
    """The customer, or a contact of the customer, answered with a bad mark lately."""

    def joins(self):
        first, end = self.facts.moments(self.rule.within_days)
        return SQL(
            """JOIN (
                   SELECT c.commercial_partner_id AS answered_id,
                          min(s.score) AS worst, count(*) AS answers
                   FROM cpm_satisfaction s JOIN res_partner c ON c.id = s.partner_id
                   WHERE s.company_id = %s AND s.score <= %s
                     AND s.answered_at >= %s AND s.answered_at < %s
                   GROUP BY 1
               ) answered ON answered.answered_id = f.partner_id""",
            self.company.id,
            self.rule.limit_value,
            first,
            end,
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"value": SQL("worst"), "count": SQL("answers")}


class Goal(Trigger):
    """A goal of a running plan of the customer is off track.

    The status of a goal has no history: of a past day nothing is known.
    """

    knows_past = False

    def joins(self):
        return SQL(
            """JOIN (
                   SELECT plan.profile_id AS missing_id,
                          jsonb_agg(goal.id ORDER BY goal.id) AS goals
                   FROM cpm_plan_goal goal JOIN cpm_plan plan ON plan.id = goal.plan_id
                   WHERE plan.company_id = %s AND plan.active AND plan.stage IN %s
                     AND goal.status = 'off_track'
                   GROUP BY 1
               ) missing ON missing.missing_id = f.profile_id""",
            self.company.id,
            AGREED,
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"goals": SQL("goals")}


class PlanEnding(Trigger):
    """A running plan of the customer ends, and no other plan goes on after it.

    Plans have no history: of a past day nothing is known.
    """

    knows_past = False

    def joins(self):
        return SQL(
            """JOIN (
                   SELECT DISTINCT ON (plan.profile_id) plan.profile_id AS planned_id,
                          plan.id AS plan_id, plan.date_end AS plan_end
                   FROM cpm_plan plan
                   WHERE plan.company_id = %(company)s AND plan.active
                     AND plan.stage IN %(running)s
                     AND plan.date_end BETWEEN %(today)s AND %(until)s
                     AND NOT EXISTS (
                         SELECT 1 FROM cpm_plan later
                         WHERE later.profile_id = plan.profile_id AND later.active
                           AND later.stage NOT IN ('closed', 'cancelled')
                           AND later.date_end > %(until)s)
                   ORDER BY plan.profile_id, plan.date_end DESC, plan.id
               ) planned ON planned.planned_id = f.profile_id""",
            company=self.company.id,
            running=AGREED,
            today=self.as_of,
            until=self.as_of + timedelta(days=self.rule.within_days),
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"plan": SQL("plan_id"), "date": SQL("plan_end")}


class ContractEnding(Trigger):
    """The contract noted on the profile ends.

    The date has no history: of a past day nothing is known.
    """

    knows_past = False

    def joins(self):
        return SQL(
            """JOIN (
                   SELECT id AS contract_id, contract_end FROM cpm_profile
                   WHERE company_id = %s AND contract_end BETWEEN %s AND %s
               ) contract ON contract.contract_id = f.profile_id""",
            self.company.id,
            self.as_of,
            self.as_of + timedelta(days=self.rule.within_days),
        )

    def condition(self):
        return SQL("TRUE")

    def found(self):
        return {"date": SQL("contract_end")}
