"""Plans that shall win a customer back."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

TEMPLATE = "customer_plan_mgmt.plan_template_winback"


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    def action_winback_plan(self):
        """Open the win-back plan of the warning; make it from the template of the
        company when there is none yet.

        :raise UserError: when there is no template
        """
        self.ensure_one()
        if not self.plan_id:
            self._make_winback_plan()
        return self.plan_id.get_formview_action()

    def _make_winback_plan(self):
        self.check_access("write")
        # The dialog presets “warnings”, which plans have as well
        template = self._winback_template()
        template = template.with_env(
            template.env(context=clean_context(self.env.context))
        )
        owner = self.user_id or self.profile_id.manager_id or self.env.user
        plan = template.with_company(self.company_id)._create_plans(
            self.profile_id, user=owner.filtered("active") or self.env.user
        )
        # Somebody else who does the same at this moment has to wait and finds this one
        self.sudo().plan_id = plan
        link = self._get_html_link(title=self.display_name)
        plan._message_log(body=self.env._("Made because of the warning %s.", link))
        link = plan._get_html_link()
        self._message_log(body=self.env._("Win-back plan: %s", link))

    def _winback_template(self):
        company = self.company_id.sudo()
        template = company.cpm_winback_template_id or self.env.ref(
            TEMPLATE, raise_if_not_found=False
        )
        template = (template or self.env["cpm.plan.template"]).filtered("active")
        if not template:
            raise UserError(
                self.env._(
                    "Template of win-back plans: there is none in use. An administrator "
                    "can choose one in the settings of Customer Plans."
                )
            )
        return template.with_env(self.env)
