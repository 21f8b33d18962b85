"""Every purchase of a customer, wherever it was recorded."""

from odoo import api, fields, models
from odoo.tools import SQL

# What a purchase has from a transaction as it stands there
TRANSACTION = (
    "partner_id",
    "company_id",
    "date",
    "reference",
    "source",
    "description",
    "amount",
    "currency_id",
    "quantity",
    "payment_method",
)


class CpmPurchase(models.Model):
    """Read-only union of the purchases the module knows about.

    Metrics and the history on the profile read this view, so that a customer who
    bought in an old system and in Odoo is one customer. Bridges add a branch by
    extending :meth:`_purchase_branches`.
    """

    _name = "cpm.purchase"
    _description = "Purchase History"
    _inherit = "cpm.guard.mixin"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference"]
    _depends = {"cpm.transaction": [*TRANSACTION]}

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(readonly=True)
    reference = fields.Char(readonly=True)
    source = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    amount = fields.Monetary(readonly=True, aggregator="sum")
    currency_id = fields.Many2one("res.currency", readonly=True)
    quantity = fields.Float(readonly=True)
    payment_method = fields.Char(
        string="Payment method",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("recorded", "Recorded"),
            ("draft", "Quotation"),
            ("confirmed", "Confirmed"),
            ("cancelled", "Cancelled"),
        ],
        readonly=True,
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", readonly=True
    )
    write_date = fields.Datetime(string="Last changed", readonly=True)

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            SQL("SELECT %s FROM %s", self._branch_columns(branch), branch["from"])
            for branch in self._purchase_branches()
        )

    # Columns of the view, in order, with the type every branch is cast to
    _COLUMNS = {
        "id": "bigint",
        "partner_id": "integer",
        "company_id": "integer",
        "date": "date",
        "reference": "varchar",
        "source": "varchar",
        "description": "varchar",
        "amount": "numeric",
        "currency_id": "integer",
        "quantity": "float8",
        "payment_method": "varchar",
        "state": "varchar",
        "res_model": "varchar",
        "res_id": "integer",
        "write_date": "timestamp",
    }

    @api.model
    def _branch_columns(self, branch):
        columns = {**dict.fromkeys(self._COLUMNS, SQL("NULL")), **branch["columns"]}
        return SQL(", ").join(
            SQL("(%s)::%s AS %s", columns[name], SQL(sql_type), SQL.identifier(name))
            for name, sql_type in self._COLUMNS.items()
        )

    @api.model
    def _purchase_branches(self):
        """Return one dict per source of purchases: ``columns`` maps names of the
        view to ``SQL``, ``from`` is the FROM clause.

        The ids of the branches must not collide: branch number n of m uses
        ``id * 10 + n``.
        """
        transaction = {
            name: SQL("t.%s", SQL.identifier(name))
            for name in (*TRANSACTION, "write_date")
        }
        return [
            {
                "columns": {
                    **transaction,
                    "id": SQL("t.id::bigint * 10"),
                    "state": SQL("'recorded'"),
                    "res_model": SQL("'cpm.transaction'"),
                    "res_id": SQL("t.id"),
                },
                "from": SQL("cpm_transaction t"),
            }
        ]

    def action_open_record(self):
        """Open the order or purchase behind the line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
