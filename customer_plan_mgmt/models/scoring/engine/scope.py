"""Who a run looks at."""

import zlib

from odoo.tools import SQL

from .dirty import DirtySet


class Scope:
    """Chooses between everybody, some chosen customers and those that were touched.

    * ``full``: whether the run covers the whole company
    * ``partial``: whether only the customers in the temporary table
      ``cpm_run_scope`` are computed
    * ``only``: condition on the computed rows that may be written, None for all
    * ``signature``: see :func:`rule_signature`

    :param stage: :class:`Stage`
    :param profiles: ``cpm.profile`` records to score, None for the company
    :param full: see ``cpm.scorecard._run``
    """

    def __init__(self, stage, profiles=None, full=None):
        self.stage = stage
        self.company = stage.company
        self.cr = stage.env.cr
        self.partial, self.only = False, None
        drop_tables(self.cr)
        self.signature = rule_signature(stage)
        self.full = profiles is None and self._wants_full(full)
        if profiles is not None:
            self._choose(profiles)
        elif not self.full:
            company = self.company
            dirty = DirtySet(stage, company.cpm_scored_on, company.cpm_last_run_at)
            self._fill(list(dirty.statements()))

    def _choose(self, profiles):
        chosen = tuple(profiles.ids) or (0,)
        if self.stage.uses_base:
            # Comparing with the others needs the others; write only the chosen
            self.only = SQL("profile_id IN %s", chosen)
        else:
            self._fill([SQL("SELECT id FROM cpm_profile WHERE id IN %s", chosen)])

    def _wants_full(self, full):
        company, as_of = self.company, self.stage.as_of
        if (
            full
            or not company.cpm_last_full_on
            or not company.cpm_scored_on
            or not company.cpm_last_run_at
            or as_of < company.cpm_scored_on
            or company.cpm_rule_signature != self.signature
            or not DirtySet.is_possible(self.stage)
        ):
            return True
        age = (as_of - company.cpm_last_full_on).days
        return full is None and age >= company.cpm_full_pass_days

    def _fill(self, statements):
        """Put the profiles selected by ``statements`` and their contacts into the
        temporary tables the stage joins."""
        self.partial = True
        self.cr.execute(
            SQL(
                """CREATE TEMP TABLE cpm_run_scope AS
                   SELECT id AS profile_id FROM (%s) ids""",
                SQL(" UNION ").join(SQL("(%s)", statement) for statement in statements),
            )
        )
        self._size = self.cr.rowcount
        # Before it is joined: without knowing how few they are, the database would
        # read all profiles and all contacts
        self.cr.execute(SQL("ANALYZE cpm_run_scope"))
        self.cr.execute(
            SQL(
                """CREATE TEMP TABLE cpm_run_contact AS
                   SELECT rp.id AS contact_id, p.partner_id
                   FROM cpm_run_scope s
                   JOIN cpm_profile p ON p.id = s.profile_id
                   JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id"""
            )
        )
        self.cr.execute(SQL("ANALYZE cpm_run_contact"))

    def count(self):
        """Return how many customers are looked at."""
        if self.partial:
            return self._size
        self.cr.execute(
            SQL(
                """SELECT count(*) FROM (
                       SELECT id AS profile_id FROM cpm_profile
                       WHERE company_id = %s AND active AND score_excluded IS NOT TRUE
                   ) everybody WHERE %s""",
                self.company.id,
                self.only or SQL("TRUE"),
            )
        )
        return self.cr.fetchone()[0]


def drop_tables(cr):
    """Remove the temporary tables of a run."""
    cr.execute(
        SQL(
            """DROP TABLE IF EXISTS
               pg_temp.cpm_run_change, pg_temp.cpm_run_scope, pg_temp.cpm_run_contact"""
        )
    )


def rule_signature(stage):
    """Return a text that changes whenever a rule does that may move a customer."""
    parts = []
    for records, names in (
        (
            stage.metrics,
            "code source model_name partner_field date_field measure measure_field "
            "currency_field domain period_days higher_is_better numerator_id "
            "denominator_id",
        ),
        (stage.cards, "purpose segment_id tier_id high_from medium_from"),
        (stage.cards.segment_id, "domain"),
        (
            stage.cards.line_ids,
            "scorecard_id metric_id weight banding low_value high_value",
        ),
        (stage.cards.line_ids.band_ids, "line_id from_value points"),
        (
            stage.tiers.tiers,
            "basis promotion_threshold demotion_threshold promotion_top_percent "
            "demotion_top_percent minimum_stay_days",
        ),
        (stage.lifecycle_stages, "code sequence rule"),
    ):
        for record in records:
            parts.append(
                (record._name, record.id, *(str(record[n]) for n in names.split()))
            )
    parts.append((stage.proposes, stage.sets_tiers))
    return f"{zlib.crc32(repr(parts).encode()):08x}"
