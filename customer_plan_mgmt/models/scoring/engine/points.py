"""From metric values to points, scores and levels, as SQL."""

from odoo.tools import SQL

PURPOSES = ("value", "health", "loyalty")


def literal(number):
    """Return ``number`` as a float8 constant."""
    return SQL("%s::float8", float(number))


class Values:
    """Turns raw metric columns into the values of a day.

    Raw values are stable from night to night: an event is kept as its day. The
    value of the day is worked out from it, here and nowhere else.

    :param raw: ``function(metric) -> SQL`` giving the raw value
    :param as_of: date
    :param absent: metrics without values in this run (archived ones)
    """

    def __init__(self, raw, as_of, absent=()):
        self._raw = raw
        self.as_of = as_of
        self._absent = absent

    def of(self, metric):
        """Return the value of ``metric`` as SQL, NULL when missing."""
        if metric in self._absent:
            return SQL("NULL::float8")
        if metric.source == "ratio":
            return SQL(
                "(%s / NULLIF(%s, 0))",
                self.of(metric.numerator_id),
                self.of(metric.denominator_id),
            )
        if metric._is_date_measure():
            return SQL(
                "((%s::date - DATE '1970-01-01')::float8 - %s)",
                self.as_of,
                self._raw(metric),
            )
        return self._raw(metric)


def line_points(line, values, card_column):
    """Return the points (0-100) of a scorecard line as SQL, NULL when missing.

    :param values: :class:`Values`
    :param card_column: column with the scorecard used for the customer; needed to
        compare only customers of the same scorecard
    """
    value = values.of(line.metric_id)
    if line.banding == "threshold":
        return threshold_points(line, value)
    if line.banding == "linear":
        low, high = line.low_value, line.high_value
        # GREATEST and LEAST skip NULL: a missing value must not become 0 points
        return SQL(
            """CASE WHEN %(value)s IS NOT NULL
                    THEN 100 * (LEAST(%(most)s, GREATEST(%(least)s, %(value)s)) - %(low)s)
                         / %(span)s
               END""",
            value=value,
            least=literal(min(low, high)),
            most=literal(max(low, high)),
            low=literal(low),
            span=literal(high - low),
        )
    # Share of the other customers doing strictly worse; ties share their points
    return SQL(
        """CASE WHEN %(value)s IS NOT NULL THEN round((100 * percent_rank() OVER (
               PARTITION BY %(card)s, (%(value)s IS NULL) ORDER BY %(value)s %(order)s
           ))::numeric)::float8 END""",
        value=value,
        card=card_column,
        order=SQL("ASC") if line.metric_id.higher_is_better else SQL("DESC"),
    )


def threshold_points(line, value):
    """Return the points of the highest threshold ``value`` has reached."""
    cases = [
        SQL(
            "WHEN %s >= %s THEN %s",
            value,
            literal(band.from_value),
            literal(band.points),
        )
        for band in line.band_ids.sorted("from_value", reverse=True)
    ]
    return SQL(
        "(CASE WHEN %s IS NULL THEN NULL %s ELSE 0::float8 END)",
        value,
        SQL(" ").join(cases),
    )


def point_column(line):
    """Return the name of the column with the points of ``line``."""
    return SQL.identifier(f"pt{line.id}")


def card_score(card):
    """Return the weighted mean of the points a customer has, rounded to cents.

    Weights of missing metrics are left out. Rounding happens before any comparison,
    so that 75 is 75 and not 74.99999999999999.
    """
    lines = card.line_ids.filtered("weight")
    top = SQL(" + ").join(
        SQL("COALESCE(%s * %s, 0)", point_column(line), literal(line.weight))
        for line in lines
    )
    return SQL(
        "round(((%s) / NULLIF(%s, 0))::numeric, 2)::float8", top, present_weight(card)
    )


def present_weight(card):
    """Return the sum of the weights whose metric has a value."""
    return SQL(
        "(%s)",
        SQL(" + ").join(
            SQL(
                "CASE WHEN %s IS NULL THEN 0 ELSE %s END",
                point_column(line),
                literal(line.weight),
            )
            for line in card.line_ids.filtered("weight")
        ),
    )


def by_card(cards, card_column, expression):
    """Return ``CASE card WHEN … THEN expression(card) … END``, NULL without cards."""
    if not cards:
        return SQL("NULL")
    return SQL(
        "CASE %s %s END",
        card_column,
        SQL(" ").join(
            SQL("WHEN %s THEN %s", card.id, expression(card)) for card in cards
        ),
    )


def level(card, score):
    """Return the level of ``score`` by the limits of ``card``."""
    return SQL(
        """CASE WHEN %(score)s >= %(high)s THEN 'high'
                WHEN %(score)s >= %(medium)s THEN 'medium'
                WHEN %(score)s IS NOT NULL THEN 'low' END""",
        score=score,
        high=literal(card.high_from),
        medium=literal(card.medium_from),
    )


def breakdown(card, values):
    """Return the breakdown of a score as ``jsonb`` (see ``cpm.score``).

    Six decimals, so that points times weights still add up to the score.
    """
    total = SQL("NULLIF(%s, 0)", present_weight(card))
    items = [
        SQL(
            """jsonb_build_object('metric', %(code)s::text, 'value', %(value)s,
                   'points', round(%(points)s::numeric, 6),
                   'weight', CASE WHEN %(points)s IS NULL THEN 0
                                  ELSE round((100 * %(weight)s / %(total)s)::numeric, 6) END)""",
            code=line.metric_id.code,
            value=values.of(line.metric_id),
            points=point_column(line),
            weight=literal(line.weight),
            total=total,
        )
        for line in card.line_ids.filtered("weight")
    ]
    return SQL("jsonb_build_array(%s)", SQL(", ").join(items))
