"""Why a promise need not be kept."""

from odoo import fields, models


class CpmExemptionReason(models.Model):
    """What managers choose from when they exempt a record from a promise."""

    _name = "cpm.exemption.reason"
    _description = "Reason for Exemption"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)

    _name_uniq = models.UniqueIndex("(name)", "There is a reason with this name.")
