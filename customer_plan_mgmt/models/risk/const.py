"""Words the files of the risk room share."""

STAGES = [
    ("identify", "Identified"),
    ("assess", "Assessment"),
    ("control", "Control"),
    ("monitor", "Monitoring"),
    ("closed", "Closed"),
]
RESPONSES = [
    ("avoid", "Avoid"),
    ("reduce", "Reduce"),
    ("transfer", "Transfer"),
    ("accept", "Accept"),
]
# Before and after the control measures
KINDS = [("inherent", "Inherent"), ("residual", "Residual")]

GROUP_MANAGER = "customer_plan_mgmt.group_cpm_manager"
CHECK_ACTIVITY = "customer_plan_mgmt.mail_activity_risk_check"
ACCEPT_ACTIVITY = "customer_plan_mgmt.mail_activity_risk_accept"
CONTROL_ACTIVITY = "customer_plan_mgmt.mail_activity_risk_control"
