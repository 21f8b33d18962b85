"""Links in mails to customers."""

from odoo.http import request

from odoo.addons.portal.controllers.mail import MailController

# Pages that show our records to customers
PAGES = {"cpm.feedback": "/my/feedback/%d", "cpm.plan": "/my/plans/%d"}


class PortalMailController(MailController):
    @classmethod
    def _redirect_to_record(cls, model, res_id, access_token=None, **kwargs):
        """Customers with an account go to the portal page, which looks whether it is
        theirs; Odoo's own way ends at the portal's home, for want of access rights."""
        if model in PAGES and res_id and request.session.uid and request.env.user.share:
            query = {"access_token": access_token} if access_token else {}
            return request.redirect_query(PAGES[model] % int(res_id), query)
        return super()._redirect_to_record(
            model, res_id, access_token=access_token, **kwargs
        )
