"""Words the files of the plan room share."""

GROUP_MANAGER = "customer_plan_mgmt.group_cpm_manager"
STAGES = [
    ("needs", "Needs"),
    ("design", "Design"),
    ("review", "Internal review"),
    ("agreed", "Agreed"),
    ("delivery", "In delivery"),
    ("evaluation", "Evaluation"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
# Changes from here on are revisions
AGREED = ("agreed", "delivery", "evaluation")
OVER = ("closed", "cancelled")

STATUSES = [
    ("on_track", "On track"),
    ("at_risk", "At risk"),
    ("off_track", "Off track"),
]
