"""Tells the chatter of customers what the run decided."""

from odoo.tools import SQL


class Notes:
    """Short notes in the language of the company, at most ``left`` of them.

    :param env: superuser environment
    :param company: ``res.company`` whose language is used
    """

    def __init__(self, env, company):
        self.env = env
        self.left = company.cpm_note_limit
        lang = company.partner_id.lang
        self.lang_env = env["cpm.profile"].with_context(lang=lang).env
        self._names = {}

    def tell(self, batch):
        """Tell the chatter of customers whose tier or stage moved or is proposed to;
        the first classification is no news."""
        if self.left <= 0:
            return
        self.env.cr.execute(
            SQL(
                """
                SELECT c.profile_id, c.old_tier_id, c.tier_id, c.proposal_id,
                       c.old_stage_id, c.lifecycle_stage_id, c.value_score,
                       c.proposal_id IS DISTINCT FROM c.old_proposal_id
                FROM cpm_run_change c
                WHERE %s AND (
                    (c.old_tier_id IS NOT NULL
                     AND c.tier_id IS DISTINCT FROM c.old_tier_id)
                    OR (c.old_stage_id IS NOT NULL
                        AND c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id)
                    OR (c.proposal_id IS NOT NULL
                        AND c.proposal_id IS DISTINCT FROM c.old_proposal_id))
                ORDER BY c.seq LIMIT %s
                """,
                batch,
                self.left,
            )
        )
        rows = self.env.cr.fetchall()
        bodies = {row[0]: self._note(*row[1:]) for row in rows}
        if bodies:
            self.left -= len(bodies)
            self.env["cpm.profile"].browse(bodies)._message_log_batch(bodies=bodies)

    def _note(self, old_tier, tier, proposal, old_stage, stage, score, is_new_proposal):
        _ = self.lang_env._
        none = _("none")
        tiers, stages = (
            self._names_of("cpm.tier"),
            self._names_of("cpm.lifecycle.stage"),
        )
        parts = []
        if proposal and is_new_proposal:
            parts.append(
                _(
                    "Proposed tier: %(before)s → %(after)s (value score %(score)s).",
                    before=tiers.get(old_tier, none),
                    after=tiers.get(proposal, none),
                    score=f"{score:.2f}",
                )
            )
        elif old_tier and tier != old_tier:
            parts.append(
                _(
                    "Tier by rule: %(before)s → %(after)s (value score %(score)s).",
                    before=tiers.get(old_tier, none),
                    after=tiers.get(tier, none),
                    score=f"{score:.2f}" if score is not None else none,
                )
            )
        if old_stage and stage != old_stage:
            parts.append(
                _(
                    "Lifecycle stage by rule: %(before)s → %(after)s.",
                    before=stages.get(old_stage, none),
                    after=stages.get(stage, none),
                )
            )
        return " ".join(parts)

    def _names_of(self, model):
        """Return ``{id: name}``; a commit empties the cache of the records."""
        if model not in self._names:
            records = (
                self.lang_env[model]
                .with_context(active_test=False)
                .search_fetch([], ["name"])
            )
            self._names[model] = {record.id: record.name for record in records}
        return self._names[model]
