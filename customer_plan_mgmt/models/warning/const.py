"""Words the files of the warning room share."""

TRIGGERS = [
    ("threshold", "A figure crosses a limit"),
    ("drop", "A figure drops"),
    ("silence", "No contact for longer than the tier allows"),
    ("overdue", "Overdue against the own purchase rhythm"),
    ("key_contact", "A key contact is gone"),
    ("promise", "Promises were missed"),
    ("satisfaction", "A customer is dissatisfied"),
    ("goal", "A goal is off track"),
    ("plan_ending", "A customer plan ends"),
    ("contract_ending", "A contract ends"),
]
# The fields a trigger reads; the others mean nothing to it
TRIGGER_FIELDS = {
    "threshold": ("measure", "metric_id", "operator", "limit_value"),
    "drop": ("measure", "metric_id", "drop_kind", "drop_value", "within_days"),
    "silence": ("contact_metric_ids",),
    "overdue": ("metric_id", "factor"),
    "key_contact": ("event_count",),
    "promise": ("event_count", "within_days"),
    "satisfaction": ("limit_value", "within_days"),
    "goal": (),
    "plan_ending": ("within_days",),
    "contract_ending": ("within_days",),
}
# What a threshold or a drop looks at
MEASURES = [
    ("metric", "A metric"),
    ("value_score", "Value score"),
    ("health_score", "Health score"),
    ("loyalty_score", "Loyalty score"),
]
OPERATORS = [("below", "is below"), ("above", "is above")]
DROPS = [("points", "in its own unit"), ("percent", "in percent")]
# Sorted by their keys: the gravest is the highest
SEVERITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")]
STATES = [
    ("new", "New"),
    ("working", "In work"),
    ("saved", "Saved"),
    ("lost", "Lost customer"),
    ("dismissed", "False alarm"),
]
OPEN_STATES = ("new", "working")
OWNERS = [
    ("account_manager", "The account manager of the customer"),
    ("person", "A certain person"),
    ("manager", "Whoever warnings go to (settings)"),
]
RESULTS = [
    ("pending", "Not known yet"),
    ("returned", "Bought again"),
    ("gone", "Has not bought again"),
]

# Colours of the severities, of Odoo's palette: green, yellow, orange, red
SEVERITY_COLORS = {"0": 10, "1": 3, "2": 2, "3": 1}
LATE_ACTIVITY = "customer_plan_mgmt.mail_activity_warning_late"
BACK_ACTIVITY = "customer_plan_mgmt.mail_activity_warning_back"

GROUP_USER = "customer_plan_mgmt.group_cpm_user"
GROUP_MANAGER = "customer_plan_mgmt.group_cpm_manager"
GROUP_ADMIN = "customer_plan_mgmt.group_cpm_admin"
