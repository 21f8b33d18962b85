"""Purchase history that lives outside Odoo Sales."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_date

# Dates outside these years are typing mistakes and would break date arithmetic
FIRST_YEAR, LAST_YEAR = 1900, 2200
# Import templates besides the English one
TEMPLATES = {"zh_CN": "purchases.zh_CN.xlsx"}


class CpmTransaction(models.Model):
    """One purchase of one customer, imported from another system.

    ``(company, source, reference)`` identifies it, so that importing a file twice
    is refused instead of doubling the history. When a contact is deleted the
    purchase stays for statistics, without name and description.
    """

    _name = "cpm.transaction"
    _description = "Purchase Transaction"
    _inherit = "cpm.guard.mixin"
    _order = "date desc, id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference", "description"]
    _check_company_auto = True
    _cpm_fixed = frozenset({"company_id"})
    _cpm_protected = frozenset({"profile_id"})
    _cpm_ranges = {"amount": (-1e12, 1e12), "quantity": (-1e12, 1e12)}

    # Empty only after the contact was deleted; create() and write() insist on it
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        ondelete="set null",
        check_company=True,
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        compute="_compute_profile_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        string="Customer profile",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(required=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    reference = fields.Char(
        index="trigram",
        copy=False,
        help="Number of the purchase in its system. Without one, the same purchase "
        "imported again cannot be recognised.",
    )
    source = fields.Char(
        required=True,
        default="import",
        help="The system the purchase comes from. With the reference it identifies "
        "the purchase.",
    )
    description = fields.Char()
    quantity = fields.Float(digits="Product Unit")
    payment_method = fields.Char(
        string="Payment method",
    )

    _source_reference_uniq = models.Constraint(
        "UNIQUE(company_id, source, reference)",
        "A purchase with this source and reference exists already in the company.",
    )
    _amount_finite = models.Constraint(
        "CHECK(amount BETWEEN -1000000000000 AND 1000000000000)",
        "Purchase: the amount must be a number.",
    )
    _quantity_finite = models.Constraint(
        "CHECK(quantity BETWEEN -1000000000000 AND 1000000000000)",
        "Purchase: the quantity must be a number.",
    )
    _date_sane = models.Constraint(
        "CHECK(date BETWEEN '1900-01-01' AND '2200-12-31')",
        "Purchase: the date must lie between 1900 and 2200.",
    )
    _write_date_idx = models.Index("(company_id, write_date)")
    # Purchases that come into a period or fall out of it, and the order of lists
    _date_idx = models.Index("(company_id, date)")

    @api.depends("reference", "date", "partner_id")
    def _compute_display_name(self):
        for purchase in self:
            if not (purchase.reference or purchase.partner_id or purchase._origin):
                purchase.display_name = False  # the empty form says "New"
                continue
            purchase.display_name = purchase.reference or self.env._(
                "%(customer)s, %(date)s",
                customer=purchase.partner_id.name or self.env._("unknown"),
                date=format_date(self.env, purchase.date),
            )

    @api.depends("partner_id.commercial_partner_id", "company_id")
    def _compute_profile_id(self):
        customers = self.partner_id.commercial_partner_id
        profiles = {
            (profile.partner_id.id, profile.company_id.id): profile.id
            for profile in self.env["cpm.profile"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["partner_id", "company_id"],
            )
        }
        for transaction in self:
            transaction.profile_id = profiles.get(
                (
                    transaction.partner_id.commercial_partner_id.id,
                    transaction.company_id.id,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("partner_id"):
                raise ValidationError(
                    self.env._(
                        "Customer: the purchase %s names no customer.",
                        vals.get("reference") or "",
                    )
                )
            self._check_row(vals)
        return super().create(vals_list)

    def write(self, vals):
        if "partner_id" in vals and not vals["partner_id"] and not self.env.su:
            raise ValidationError(self.env._("Customer: a purchase needs a customer."))
        self._check_row(vals)
        if "partner_id" in vals:
            self.sudo().profile_id._touch()  # who loses a purchase is judged anew
        return super().write(vals)

    def unlink(self):
        self.sudo().profile_id._touch()
        return super().unlink()

    def _check_row(self, vals):
        """:raise ValidationError: naming the column, for a date nobody can mean or
        an empty source"""
        _ = self.env._
        if vals.get("date"):
            try:
                year = fields.Date.to_date(vals["date"]).year
            except ValueError:  # Odoo's import writes the year 1 as "1-01-01"
                year = 0
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise ValidationError(
                    _(
                        "Date: %(date)s is not between %(first)s and %(last)s.",
                        date=vals["date"],
                        first=FIRST_YEAR,
                        last=LAST_YEAR,
                    )
                )
        if "source" in vals and not (vals["source"] or "").strip():
            raise ValidationError(
                _("%s: a purchase cannot do without it.", self._cpm_label("source"))
            )

    @api.model
    def _link_profiles(self, company):
        """Connect purchases of ``company`` with profiles created after them."""
        self.flush_model(["partner_id", "company_id", "profile_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE cpm_transaction t
                SET profile_id = p.id
                FROM res_partner rp, cpm_profile p
                WHERE t.company_id = %(company)s
                  AND t.profile_id IS NULL
                  AND rp.id = t.partner_id
                  AND p.partner_id = rp.commercial_partner_id
                  AND p.company_id = t.company_id
                """,
                company=company.id,
            )
        )
        self.invalidate_model(["profile_id"])

    @api.model
    def load(self, fields, data):
        """Report every error of an import with its own line only.

        Odoo tries all lines at once, then one by one, and reports the first error
        a second time under the first line, which may be a good one.
        """
        result = super().load(fields, data)
        first, *others = result["messages"] or [{}]
        if any(
            first.get("message") == other.get("message")
            and first.get("rows") != other.get("rows")
            for other in others
        ):
            result["messages"] = others
        return result

    @api.model
    def get_import_templates(self):
        # Headings in the user's language; Odoo's import understands both
        name = TEMPLATES.get(self.env.lang, "purchases.xlsx")
        return [
            {
                "label": self.env._("Import template for purchases"),
                "template": f"/customer_plan_mgmt/static/xls/{name}",
            }
        ]
