"""What a browser asks for when it shows a list or a form."""

import re

from lxml import etree

LEVEL_FIELD = re.compile(r"'level_field': '(\w+)'")


def read_spec(env, model, view_type):
    """Return the specification of ``web_read`` the web client makes of a view.

    Like the client it asks for optional columns too, shown or not, and for no
    details of fields that are never visible.
    """
    view = env[model].get_view(view_type=view_type)
    return _spec(env, model, etree.fromstring(view["arch"]))


def without(spec, prefix):
    """Return ``spec`` without the fields whose name begins with ``prefix``."""
    return {name: value for name, value in spec.items() if not name.startswith(prefix)}


def _spec(env, model, arch):
    spec = {}
    for node in _own_fields(arch):
        field = env[model]._fields[node.get("name")]
        invisible = node.get("invisible") in ("1", "True") or (
            node.get("column_invisible") in ("1", "True")
        )
        spec.setdefault(field.name, {})
        for level in LEVEL_FIELD.findall(node.get("options") or ""):
            spec.setdefault(level, {})  # what our score widget needs besides
        if field.type == "many2one":
            spec[field.name] = {"fields": {} if invisible else {"display_name": {}}}
        elif field.type in ("one2many", "many2many") and not invisible:
            lines = _lines(env, field, node)
            if lines:
                spec[field.name] = {"fields": lines, "limit": 40}
    return spec


def _own_fields(arch):
    """Yield the fields of ``arch`` itself, not those of lists inside its fields."""
    for node in arch.iter("field"):
        if not any(parent.tag == "field" for parent in node.iterancestors()):
            yield node


def _lines(env, field, node):
    """Return the specification of the lines a one2many or many2many shows."""
    for child in node:
        if child.tag in ("list", "kanban"):
            inner = etree.fromstring(etree.tostring(child))
            return _spec(env, field.comodel_name, inner)
    if node.get("widget", "").startswith("many2many_"):
        return {"display_name": {}}
    return {}
