"""Warnings raised by rules."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError

from .const import GROUP_MANAGER, GROUP_USER

# Nothing is tracked and nobody follows by itself: a night may raise many
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    @api.model
    def _raise_from_rule(self, rule, company, hits):
        """Raise warnings of ``rule``.

        :param rule: ``cpm.warning.rule``
        :param company: ``res.company`` of the customers
        :param hits: list of ``(profile id, facts of the customer)``
        :return: the warnings, in superuser mode
        :raise ValidationError: for a rule of another company
        """
        if rule.sudo().company_id not in (company, company[:0]):
            raise ValidationError(
                self.env._(
                    "%(rule)s is not a warning rule of %(company)s.",
                    rule=rule.sudo().name,
                    company=company.sudo().name,
                )
            )
        warnings = self.sudo().with_company(company).with_context(**QUIET)
        rule, today = rule.sudo(), company._cpm_today()
        profiles = self.env["cpm.profile"].sudo().browse(hit[0] for hit in hits)
        profiles.fetch(["manager_id"])
        owners = Owners(rule, company)
        base = {
            "rule_id": rule.id,
            "company_id": company.id,
            "severity": rule.severity,
            "reason_id": rule.reason_id.id,
            "raised_on": today,
            "date_deadline": today + timedelta(days=rule.deadline_days),
        }
        known = rule._known_facts()
        raised = warnings.create(
            [
                {
                    **base,
                    "name": owners.name_for(owners.of(profile)),
                    "user_id": owners.of(profile).id,
                    "profile_id": profile.id,
                    "facts": {**known, **found},
                }
                for profile, (_profile_id, found) in zip(profiles, hits, strict=True)
            ]
        )
        raised = raised.with_context(**dict.fromkeys(QUIET, False))
        raised._after_raise()
        return raised


class Owners:
    """Who gets the warnings of a rule, with fallbacks that somebody does.

    :param rule: ``cpm.warning.rule`` in superuser mode
    :param company: ``res.company``
    """

    def __init__(self, rule, company):
        self.rule = rule
        self.company = company
        self.language = company.partner_id.lang
        self._names = {}
        self._usable = {}
        self.fallback = self._find_fallback()

    def _find_fallback(self):
        """Return whoever warnings go to in the company, else its first manager."""
        person = self.company.sudo().cpm_warning_user_id
        if self.is_usable(person):
            return person
        managers = self.rule.env.ref(GROUP_MANAGER).all_user_ids
        managers -= self.rule.env.ref("base.user_root")
        return managers.sorted("id").filtered(self.is_usable)[:1]

    def is_usable(self, user):
        """Whether ``user`` works with Customer Plans in the company today."""
        if user not in self._usable:
            self._usable[user] = bool(
                user
                and user.active
                and not user.share
                and self.company in user.company_ids
                and user.has_group(GROUP_USER)
            )
        return self._usable[user]

    def of(self, profile):
        """Return the owner of the warning of ``profile``."""
        wanted = {
            "account_manager": profile.manager_id,
            "person": self.rule.user_id,
        }.get(self.rule.owner_rule, self.fallback)
        return wanted if self.is_usable(wanted) else self.fallback

    def name_for(self, user):
        """Return the subject in the language of the owner, else of the company."""
        lang = user.lang or self.language
        if lang not in self._names:
            self._names[lang] = self.rule.with_context(lang=lang).name
        return self._names[lang]
