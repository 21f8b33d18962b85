"""Counting the queries of what people open and do."""

import re
from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree

from odoo.sql_db import Cursor

from .common import CpmCommon

MANY = 80
# More than MANY: a full page makes Odoo ask how many there are in all
LIMIT = 100
# Statements that touch a table of ours; companies carry columns of ours as well,
# which come along with the others
OURS = re.compile(r"(FROM|JOIN|INTO|UPDATE)\s+\"?cpm_")


class PerformanceCase(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.stage = cls._make_stage("fresh", "[('value_score', '>=', 0)]")
        cls.customers = cls._make_customers(MANY)
        cls._give_score(cls.customers, 60)
        for customer in cls.customers:
            cls._make_purchases(customer, ("2024-06-01", 100))
        cls.customers.manager_id = cls.user_all
        cls._run()

    @contextmanager
    def _recorded(self):
        """Yield the list of the statements executed."""
        statements, execute = [], Cursor.execute

        def record(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", record):
            yield statements
            self.env.flush_all()

    def _statements(self, call):
        """Return the statements of ``call`` when the caches of models, views and
        rights are warm and those of records are empty."""
        for _number in range(2):
            with self.env.cr.savepoint() as savepoint, self._recorded() as statements:
                call()
                self.env.flush_all()
                done = list(statements)
                savepoint.rollback()
        return [
            text for text in done if not text.lstrip().upper().startswith("SAVEPOINT")
        ]

    def _count(self, call):
        return len(self._statements(call))

    def _spec(self, model, kind, view=False):
        """Return what the web client asks for when it opens the view."""
        env = self.env(user=self.user_all, context={})
        arch = env[model].get_view(view and env.ref(view).id, kind)["arch"]
        return self._spec_of(env, model, etree.fromstring(arch))

    def _spec_of(self, env, model, root):
        spec = {}
        for node in root.iter("field"):
            if any(above.tag == "field" for above in node.iterancestors()):
                continue  # belongs to a list inside this view
            if node.get("optional") == "hide":
                continue
            field = env[model]._fields[node.get("name")]
            entry = {}
            if field.type in ("one2many", "many2many"):
                lists = node.findall("list") or node.findall("kanban")
                inner = (
                    self._spec_of(env, field.comodel_name, self._alone(lists[0]))
                    if lists
                    else {"display_name": {}}
                )
                entry = {"fields": inner, "limit": LIMIT}
            elif field.type == "many2one":
                entry = {"fields": {"display_name": {}}}
            spec[field.name] = entry
        return spec

    def _alone(self, node):
        return etree.fromstring(etree.tostring(node))

    def _as_user(self, model):
        return self.env(user=self.user_all, context={})[model]
