"""One message about many warnings."""

from markupsafe import Markup

from odoo import fields, models

# How many warnings a message names
NAMED = 10


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    told_on = fields.Date(readonly=True, copy=False)  # the owner, of a new warning

    def _tell_of_new(self):
        """Send every owner one message about what was raised since the last day. Nobody
        is told of a warning of one's own making."""
        for owner, warnings in self.grouped("user_id").items():
            foreign = warnings.filtered(lambda w, owner=owner: w.create_uid != owner)
            if owner.active and foreign:
                foreign._notify_in_one(
                    owner, lambda env, count: env._("New warnings: %s", count)
                )
        for company, warnings in self.grouped("company_id").items():
            warnings.write({"told_on": company._cpm_today()})

    def _notify_in_one(self, user, subject):
        """Send ``user`` one message that lists these warnings, the gravest first.

        :param subject: function of the environment of the reader and the number of
            warnings, for the text
        """
        warnings = self.with_context(lang=user.lang).sorted(
            lambda warning: warning.severity, reverse=True
        )
        levels = dict(self._fields["severity"]._description_selection(warnings.env))
        item = Markup("<li>%s: %s</li>")
        items = [
            item
            % (
                levels[warning.severity],
                warning._get_html_link(title=warning.display_name),
            )
            for warning in warnings[:NAMED]
        ]
        if len(warnings) > NAMED:
            items.append(Markup("<li>…</li>"))
        text = subject(warnings.env, len(warnings))
        warnings[:1].message_notify(
            partner_ids=user.partner_id.ids,
            subject=text,
            body=Markup("<p>%s</p><ul>%s</ul>") % (text, Markup().join(items)),
        )
