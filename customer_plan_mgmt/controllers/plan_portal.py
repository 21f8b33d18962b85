"""The customer's plans in the portal: the list."""

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from . import plan_values
from .feedback_portal import layout_values, seal

PAGE = 20
ORDERS = {
    "newest": "date_start desc, id desc",
    "ending": "date_end, id desc",
    "name": "name, id desc",
}


class PlanPortal(CustomerPortal):
    """There are no access rights for customers on plans: everything here is looked up
    in superuser mode under ``_customer_domain``, and shown as plain values."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "cpm_plan_count" in counters:
            plans = request.env["cpm.plan"].sudo()
            values["cpm_plan_count"] = plans.search_count(
                plans._customer_domain(request.env.user)
            )
        return values

    @http.route(
        ["/my/plans", "/my/plans/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_plans(self, page=1, sortby=None, **_kwargs):
        """List the plans shared with the customer."""
        _ = request.env._
        sortby = sortby if sortby in ORDERS else "newest"
        plans = request.env["cpm.plan"].sudo()
        domain = plans._customer_domain(request.env.user)
        total = plans.search_count(domain)
        pages = pager(
            url="/my/plans",
            total=total,
            page=page,
            step=PAGE,
            url_args={"sortby": sortby},
        )
        found = plans.search(
            domain, order=ORDERS[sortby], limit=PAGE, offset=pages["offset"]
        )
        sortings = {
            "newest": {"label": _("Newest")},
            "ending": {"label": _("End of the period")},
            "name": {"label": _("Name")},
        }
        contact = request.env.user.partner_id.sudo()
        values = {
            **self._prepare_portal_layout_values(),
            **layout_values(request.env, "cpm_plans"),
            "sortby": sortby,
            "default_url": "/my/plans",
            "searchbar_sortings": sortings if total else {},
            "pager": pages,
            "rows": [plan_values.list_values(plan, contact) for plan in found],
        }
        return seal(request.render("customer_plan_mgmt.plan_portal_list", values))
