"""Customers and purchases by the million, straight into the tables.

Everything is written by set-based SQL with the values the ORM would have written,
so that forms, lists and the scoring run see ordinary records. The same size gives
the same data: the random numbers are seeded.

* customers: three in ten are companies; to every tenth customer belongs one more
  contact, who buys for the company (the scoring run must add those up);
* purchases: 5 per customer on average, very unevenly (many have none to two, a few
  have hundreds), spread over 730 days, stored in the order of their dates;
* all of it was last written long ago, so that nothing looks touched.
"""

from contextlib import contextmanager
from datetime import timedelta

PER_CUSTOMER = 5
DAYS = 730
TABLES = ("res_partner", "cpm_profile", "cpm_transaction")
LONG_AGO = "now() AT TIME ZONE 'UTC' - interval '400 days'"


def fill(database, customers, as_of):
    """Fill the empty ``database``; purchases end on ``as_of``."""
    with database.env() as env:
        cr = env.cr
        values = {
            "customers": customers,
            "purchases": PER_CUSTOMER * customers,
            "first": as_of - timedelta(days=DAYS - 1),
            "days": DAYS,
            "company": env.company.id,
            "currency": env.company.currency_id.id,
            "user": env.ref("base.user_admin").id,
        }
        cr.execute("SELECT setseed(0.5)")
        cr.execute("SELECT max(id) FROM res_partner")
        values["base"] = cr.fetchone()[0]
        with bulk_load(cr, "res_partner"):
            cr.execute(CUSTOMERS, values)
            cr.execute(CONTACTS, values)
            cr.execute(
                "SELECT setval('res_partner_id_seq', (SELECT max(id) FROM res_partner))"
            )
        with bulk_load(cr, "cpm_profile"):
            cr.execute(PROFILES, values)
        with bulk_load(cr, "cpm_transaction"):
            cr.execute(PURCHASES, values)
        for table in TABLES:
            # Vacuumed between the cases; not in the middle of a measured one
            cr.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    database.vacuum(*TABLES)


@contextmanager
def bulk_load(cr, table):
    """Take the indexes and foreign keys of ``table`` away while it is filled."""
    cr.execute(
        """SELECT format('DROP INDEX %%I', c.relname), pg_get_indexdef(c.oid)
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           WHERE i.indrelid = %(table)s::regclass
             AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)
           UNION ALL
           SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', %(table)s, conname),
                  format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %(table)s, conname,
                         pg_get_constraintdef(oid))
           FROM pg_constraint
           WHERE conrelid = %(table)s::regclass AND contype = 'f'""",
        {"table": table},
    )
    statements = cr.fetchall()
    for remove, _restore in statements:
        cr.execute(remove)
    yield
    for _remove, restore in statements:
        cr.execute(restore)


CUSTOMERS = f"""
    INSERT INTO res_partner (
        id, name, complete_name, ref, commercial_partner_id, is_company,
        commercial_company_name, type, active, partner_share, color, lang,
        create_uid, write_uid, create_date, write_date
    )
    SELECT %(base)s + n, 'Customer ' || n, 'Customer ' || n, 'B' || n, %(base)s + n,
           n %% 10 IN (1, 4, 7), CASE WHEN n %% 10 IN (1, 4, 7) THEN 'Customer ' || n END,
           'contact', TRUE, TRUE, 0, 'en_US',
           %(user)s, %(user)s, {LONG_AGO}, {LONG_AGO}
    FROM generate_series(1, %(customers)s) n
"""

CONTACTS = f"""
    INSERT INTO res_partner (
        id, name, complete_name, parent_id, commercial_partner_id, is_company,
        commercial_company_name, type, active, partner_share, color, lang,
        create_uid, write_uid, create_date, write_date
    )
    SELECT %(base)s + %(customers)s + n, 'Buyer ' || n,
           'Customer ' || n * 10 - 9 || ', Buyer ' || n, %(base)s + n * 10 - 9,
           %(base)s + n * 10 - 9, FALSE, 'Customer ' || n * 10 - 9,
           'contact', TRUE, TRUE, 0, 'en_US',
           %(user)s, %(user)s, {LONG_AGO}, {LONG_AGO}
    FROM generate_series(1, %(customers)s / 10) n
"""

PROFILES = f"""
    INSERT INTO cpm_profile (
        partner_id, company_id, active, create_uid, write_uid, create_date, write_date
    )
    SELECT %(base)s + n, %(company)s, TRUE, %(user)s, %(user)s, {LONG_AGO}, {LONG_AGO}
    FROM generate_series(1, %(customers)s) n
"""

# The square of a random number falls into the lower numbers more often; the prime
# spreads the big customers over the table. Half of what a company with a contact
# buys is bought by the contact.
PURCHASES = f"""
    INSERT INTO cpm_transaction (
        partner_id, profile_id, company_id, date, amount, currency_id, reference,
        source, create_uid, write_uid, create_date, write_date
    )
    SELECT CASE WHEN customer %% 10 = 1 AND n %% 2 = 0
                THEN %(base)s + %(customers)s + (customer + 9) / 10
                ELSE %(base)s + customer END,
           p.id, %(company)s, %(first)s + (n * %(days)s / %(purchases)s)::integer,
           round((5 * exp(4 * size))::numeric, 2), %(currency)s, 'B' || n, 'bench',
           %(user)s, %(user)s, {LONG_AGO}, {LONG_AGO}
    FROM (
        SELECT n::bigint AS n, random() AS size,
               1 + (floor(power(random(), 2) * %(customers)s)::bigint * 7919
                    %% %(customers)s)::integer AS customer
        FROM generate_series(1, %(purchases)s) n
    ) drawn
    JOIN cpm_profile p ON p.partner_id = %(base)s + customer
                      AND p.company_id = %(company)s
    ORDER BY n
"""
