"""The scoring run: plain classes that turn configuration into set-based SQL.

``metric_sql``  metrics → one aggregate per set of records
``points``      metric values → points → scores → levels
``classify``    scores → tier and lifecycle stage
``stage``       puts the three together for the customers in question
``dirty``       which customers an incremental night has to look at
``writer``      the difference → profile, values, history, notes
``run``         the order of all this, locking and failures
"""
