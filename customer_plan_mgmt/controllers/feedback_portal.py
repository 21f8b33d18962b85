"""The customer's feedback in the portal: list and new feedback."""

from odoo import http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import get_lang

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from . import customer_input, feedback_values

PAGE = 20
ORDERS = {
    "newest": "received_at desc, id desc",
    "deadline": "sla_deadline, received_at desc, id desc",
    "subject": "name, id desc",
}
FILTERS = {
    "all": Domain.TRUE,
    "open": Domain("stage", "not in", feedback_values.CLOSED),
    "closed": Domain("stage", "in", feedback_values.CLOSED),
}


def seal(response, referrer="same-origin"):
    """Let nobody keep or index a page that is meant for one customer."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = referrer
    return response


def layout_values(env, page_name):
    """Return what the portal's layout needs to know of a page of ours."""
    lang = get_lang(env)
    data = {"lang": lang.code.replace("_", "-"), "dir": lang.direction}
    return {"page_name": page_name, "html_data": data}


class FeedbackPortal(CustomerPortal):
    """There are no access rights for customers on feedback: everything here is looked
    up in superuser mode under ``_customer_domain``, and shown as plain values."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "cpm_feedback_count" in counters:
            values["cpm_feedback_count"] = self._own().search_count(
                self._own_domain() & FILTERS["open"]
            )
        return values

    def _own(self):
        return request.env["cpm.feedback"].sudo()

    def _own_domain(self):
        return self._own()._customer_domain(request.env.user)

    @http.route(
        ["/my/feedback", "/my/feedback/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_feedback(
        self, page=1, sortby=None, filterby=None, search=None, **_kwargs
    ):
        """List the customer's feedback."""
        sortby = sortby if sortby in ORDERS else "newest"
        filterby = filterby if filterby in FILTERS else "all"
        search = customer_input.clean_line(search, customer_input.MAX_SEARCH)
        domain = self._own_domain() & FILTERS[filterby] & self._search_domain(search)
        args = {"sortby": sortby, "filterby": filterby, "search": search}
        total = self._own().search_count(domain)
        pages = pager(
            url="/my/feedback", total=total, page=page, step=PAGE, url_args=args
        )
        found = self._own().search(
            domain, order=ORDERS[sortby], limit=PAGE, offset=pages["offset"]
        )
        is_empty = not total and not search and filterby == "all"
        values = {
            **self._prepare_portal_layout_values(),
            **args,
            **layout_values(request.env, "cpm_feedback"),
            **({} if is_empty else self._searchbar_values()),
            "pager": pages,
            "rows": [feedback_values.list_values(item) for item in found],
            "is_empty": is_empty,
        }
        return seal(request.render("customer_plan_mgmt.feedback_portal_list", values))

    def _search_domain(self, search):
        if not search:
            return Domain.TRUE
        names = ("name", "number", "description")
        return Domain.OR(Domain(name, "ilike", search) for name in names)

    def _searchbar_values(self):
        _ = request.env._
        return {
            "default_url": "/my/feedback",
            "search_in": "all",
            "searchbar_sortings": {
                "newest": {"label": _("Newest")},
                "deadline": {"label": _("Next deadline")},
                "subject": {"label": _("Subject")},
            },
            "searchbar_filters": {
                "all": {"label": _("All")},
                "open": {"label": _("Open")},
                "closed": {"label": _("Closed")},
            },
            "searchbar_inputs": {
                "all": {"input": "all", "label": _("Search in subject and words")}
            },
        }

    # ------------------------------------------------------------ New feedback

    @http.route(
        "/my/feedback/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_feedback_new(self, **_kwargs):
        """Show the empty form."""
        return self._render_form({}, {})

    @http.route(
        "/my/feedback/new", type="http", auth="user", website=True, methods=["POST"]
    )
    def portal_feedback_create(self, **post):
        """Take the form; what is wrong is shown with everything that was typed."""
        typed = {
            "subject": customer_input.clean_line(
                post.get("subject"), customer_input.MAX_SUBJECT
            ),
            "type": post.get("type"),
            "category": post.get("category"),
            "words": customer_input.clean_text(
                post.get("words"), customer_input.MAX_WORDS
            ),
        }
        files, file_errors = customer_input.read_files(
            request.httprequest.files.getlist("files"), self._company()
        )
        errors = self._check_form(typed)
        if file_errors:
            errors["files"] = " ".join(file_errors)
        if errors:
            return self._render_form(typed, errors)
        feedback = self._create_feedback(typed, files)
        return request.redirect(f"/my/feedback/{feedback.id}?done=new")

    def _company(self):
        return request.env.user.company_id

    def _types(self):
        field = request.env["cpm.feedback"]._fields["type"]
        return dict(field._description_selection(request.env))

    def _categories(self):
        """Return ``{id as text: name}`` of what customers may choose."""
        categories = request.env["cpm.feedback.category"].sudo()
        found = categories.search(
            [
                ("is_public", "=", True),
                ("company_id", "in", [self._company().id, False]),
            ]
        )
        return {str(category.id): category.display_name for category in found}

    def _check_form(self, typed):
        _ = request.env._
        errors = {}
        if not typed["subject"]:
            errors["subject"] = _("Please say in a few words what it is about.")
        if not typed["words"]:
            errors["words"] = _("Please describe it in your own words.")
        if typed["type"] not in self._types():
            errors["type"] = _("Please choose one.")
        if typed["category"] and typed["category"] not in self._categories():
            errors["category"] = _("Please choose one of the list.")
        return errors

    def _render_form(self, typed, errors):
        values = {
            **self._prepare_portal_layout_values(),
            **layout_values(request.env, "cpm_feedback_new"),
            "typed": typed,
            "errors": errors,
            "types": self._types(),
            "categories": self._categories(),
            **upload_values(self._company()),
        }
        response = request.render("customer_plan_mgmt.feedback_portal_new", values)
        response.status_code = 422 if errors else 200
        return seal(response)

    def _create_feedback(self, typed, files):
        """Create feedback from these values only, whatever else was posted."""
        partner = request.env.user.partner_id
        customer = partner.commercial_partner_id
        feedback = (
            self._own()
            .with_company(self._company())
            .create(
                {
                    "name": typed["subject"],
                    "type": typed["type"],
                    "category_id": int(typed["category"] or 0) or False,
                    "description": typed["words"],
                    "channel": "portal",
                    "company_id": self._company().id,
                    "partner_id": customer.id,
                    "contact_id": partner.id if partner != customer else False,
                    "email_from": partner.email_formatted or False,
                }
            )
        )
        feedback._customer_posts(typed["words"], files, partner)
        feedback._acknowledge()
        return feedback


def upload_values(company):
    """Return what forms say about files."""
    endings = sorted(company._cpm_upload_endings())
    limit = company.sudo().cpm_upload_mb
    return {
        "may_upload": bool(limit and endings),
        "upload_mb": limit,
        "upload_endings": ", ".join(endings),
        "upload_accept": ",".join(f".{ending}" for ending in endings),
    }
