"""Records in a tree, shown with their path."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CpmTreeMixin(models.AbstractModel):
    """Names of a tree. Models add ``parent_id`` and ``child_ids`` to themselves and
    ``_parent_store``."""

    _name = "cpm.tree.mixin"
    _description = "Record in a Tree"
    _rec_names_search = ["complete_name"]
    _order = "complete_name, id"

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Full name",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
    )
    active = fields.Boolean(string="In use", default=True)
    parent_path = fields.Char(index=True)

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for record in self:
            parent = record.parent_id.complete_name
            record.complete_name = (
                f"{parent} / {record.name}" if parent else record.name
            )

    @api.depends("name", "parent_id")
    @api.depends_context("lang", "hierarchical_naming")
    def _compute_display_name(self):
        for record in self:
            names, item = [], record
            while item:
                names.append(item.name or "")
                item = item.parent_id
            record.display_name = " / ".join(reversed(names))

    @api.constrains("parent_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("Parent: a record cannot be above and below another one.")
            )
