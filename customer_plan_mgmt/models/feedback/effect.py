"""Did a corrective action help? Complaints before and after it, in one statement."""

from odoo.tools import SQL

# What is counted, as ``{field prefix: which other complaints}``. What is judged comes
# first: the same trouble, and the same trouble of the same customer.
COUNTED = {
    "recurrence": SQL("is_similar"),
    "recurrence_own": SQL("is_similar AND same_customer"),
    "recurrence_customer": SQL("same_customer"),
    "recurrence_category": SQL("same_category"),
    "recurrence_cause": SQL("same_cause"),
}
JUDGED = ("recurrence", "recurrence_own")
SIDES = ("before", "after")
EFFECT = [f"{prefix}_{side}" for prefix in COUNTED for side in SIDES]
# What the statement reads
READ = [
    "active",
    "category_id",
    "closed_at",
    "company_id",
    "corrective_done_at",
    "partner_id",
    "received_at",
    "root_cause_id",
    "stage",
    "type",
]


def count_effect(feedback, days):
    """Return the complaints before and after what was done, for all of ``feedback``.

    Both sides are ``days`` long and meet where the complaint was closed or, when that
    was later, its corrective action was done. Other complaints of the same company
    count that were not cancelled:

    * *same customer*, *same category*, *same root cause*: as it says; what is empty
      is the same as nothing
    * *similar*: the same root cause, where a complaint nobody has analysed yet counts
      by its category; without a root cause the same category; without both the same
      customer

    :param feedback: closed complaints
    :param int days: length of each side
    :return: ``{id: {field: number}}`` with the fields of ``EFFECT``
    """
    if not feedback:
        return {}
    feedback.flush_model(READ)
    columns = [
        SQL("count(*) FILTER (WHERE %s AND %s)", condition, SQL(f"is_{side}"))
        for condition in COUNTED.values()
        for side in SIDES
    ]
    rows = feedback.env.execute_query(
        SQL(
            """SELECT judged.id, %(columns)s
               FROM (
                   SELECT id, company_id, partner_id, category_id, root_cause_id,
                          GREATEST(closed_at, corrective_done_at) AS done_at
                   FROM cpm_feedback WHERE id IN %(ids)s
               ) judged
               LEFT JOIN LATERAL (
                   SELECT other.received_at <= judged.done_at AS is_before,
                          other.received_at > judged.done_at AS is_after,
                          other.partner_id = judged.partner_id AS same_customer,
                          other.category_id = judged.category_id AS same_category,
                          other.root_cause_id = judged.root_cause_id AS same_cause,
                          CASE
                              WHEN judged.root_cause_id IS NULL
                                   AND judged.category_id IS NULL
                              THEN other.partner_id = judged.partner_id
                              WHEN judged.root_cause_id IS NULL
                                   OR other.root_cause_id IS NULL
                              THEN other.category_id = judged.category_id
                              ELSE other.root_cause_id = judged.root_cause_id
                          END AS is_similar
                   FROM cpm_feedback other
                   WHERE other.company_id = judged.company_id
                     AND other.id != judged.id
                     AND other.active
                     AND other.type = 'complaint' AND other.stage != 'cancelled'
                     AND other.received_at > judged.done_at - %(span)s * interval '1 day'
                     AND other.received_at <= judged.done_at + %(span)s * interval '1 day'
                     AND (other.partner_id = judged.partner_id
                          OR other.category_id = judged.category_id
                          OR other.root_cause_id = judged.root_cause_id)
               ) alike ON TRUE
               GROUP BY judged.id""",
            columns=SQL(", ").join(columns),
            ids=tuple(feedback.ids),
            span=days,
        )
    )
    return {row[0]: dict(zip(EFFECT, row[1:], strict=True)) for row in rows}


def came_back(counts, percent):
    """Return whether the trouble came back: complaints came after what was done, and
    they are at least ``percent`` % of those before. Similar complaints of everybody
    are judged, and those of the customer alone: what was cured for the others but not
    for the customer was not cured.

    :param counts: a value of :func:`count_effect`
    :param int percent: 100: not fewer than before; 0: any at all
    """
    return any(
        counts[f"{prefix}_after"]
        and counts[f"{prefix}_after"] * 100 >= counts[f"{prefix}_before"] * percent
        for prefix in JUDGED
    )
