"""Moments behind computed fields: what the clock alone decides in a domain.

A domain that names the day itself means something else every night, and then everybody
is looked at. A computed field hides it: "is overdue" is a search for a deadline before
now. Records change sides when that moment goes by, without being written.
"""

from datetime import datetime, time, timedelta

import pytz

from odoo.fields import Domain
from odoo.tools.date_utils import parse_date

# Computed fields behind computed fields
DEPTH = 5
# Weeks, months and time zones move by less between two nights than the nights do, and
# whoever is looked at in vain stays as he is
MARGIN = timedelta(days=8)


def moments(model, domain, path="", is_hidden=False, depth=DEPTH):
    """Yield ``(path, field, text)`` for every stored date that a computed field in
    ``domain`` compares with a text that is relative to the day it is read.

    :param path: dotted path that leads to ``model``, with its last dot
    :param is_hidden: whether ``domain`` is what a computed field stands for
    """
    for condition in domain.optimize(model).iter_conditions():
        name, value = condition.field_expr, condition.value
        field = model._fields.get(name)
        if field is None or not depth:
            continue
        if field.search:
            # As Odoo itself does, with all its ways to ask a search method
            meant = condition._optimize_field_search_method(model)
            yield from moments(model, meant, path, True, depth - 1)
        elif field.type == "many2one" and isinstance(value, Domain):
            further = model.env[field.comodel_name]
            yield from moments(further, value, f"{path}{name}.", is_hidden, depth - 1)
        elif is_hidden and field.store and field.type in ("date", "datetime"):
            if isinstance(value, str):
                yield f"{path}{name}", field, value


def window(env, field, text, since, now):
    """Return the two moments (naive UTC) between which a date has to lie to change
    sides from ``since`` to ``now``; rather too far apart than too near."""
    if text == "now" and field.type == "datetime":
        return since, now
    edge = parse_date(text, env)
    if not isinstance(edge, datetime):
        edge = datetime.combine(edge, time())
    if edge.tzinfo:
        edge = edge.astimezone(pytz.utc).replace(tzinfo=None)
    return edge - (now - since) - MARGIN, edge + MARGIN
