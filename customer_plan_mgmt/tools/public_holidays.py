"""Public holidays of a country from the library ``holidays``, without the ORM.

>>> [str(day.date) for day in look_up("CN", 2026, 2026) if day.is_working][:2]
['2026-01-04', '2026-02-14']
>>> next(iter(look_up("CN", 2026, 2026, language="zh_CN"))).name
'元旦'
"""

from dataclasses import dataclass
from datetime import date

import holidays


@dataclass(frozen=True, order=True)
class Day:
    """A public holiday, or a day worked to make up for one (``is_working``)."""

    date: date
    name: str
    is_working: bool = False


class UnknownCountryError(Exception):
    """The library does not know the country."""


class UnknownYearError(Exception):
    """The library knows the country, but only ``first`` to ``last``."""

    def __init__(self, first, last):
        super().__init__(first, last)
        self.first, self.last = first, last


def look_up(country, first, last, language=None, region=None):
    """Return the days of some years in order; make-up days have no name.

    :param country: ISO 3166 code
    :param first: first year
    :param last: last year, included
    :param language: of the names, like "zh_CN"; the library's nearest is taken
    :param region: ISO 3166-2 code of a part of the country, with or without the
        country's, ignored when the part has no holidays of its own
    :raise UnknownCountryError:
    :raise UnknownYearError:
    """
    try:
        known = holidays.country_holidays(country)
    except NotImplementedError as error:
        raise UnknownCountryError from error
    if first < known.start_year or last > known.end_year:
        raise UnknownYearError(known.start_year, known.end_year)
    years = range(first, last + 1)
    region = (region or "").removeprefix(f"{country}-")
    found = holidays.country_holidays(
        country,
        subdiv=region if region in known.subdivisions else None,
        years=years,
        expand=False,
        language=_nearest(language, known),
    )
    days = [Day(day, name) for day, name in found.items() if day.year in years]
    days += [
        Day(day, "", is_working=True)
        for day in getattr(found, "weekend_workdays", ())
        if day.year in years
    ]
    return sorted(days)


def makes_up(days):
    """Return the years of ``days`` in which some day is worked for another."""
    return {day.date.year for day in days if day.is_working}


def _nearest(language, known):
    """Return the library's language that comes nearest, None for its own choice."""
    supported = known.supported_languages or ()
    for wanted in (language, (language or "")[:2], "en_US", "en_GB"):
        for code in supported:
            if wanted and (code == wanted or code[:2] == wanted):
                return code
    return None
