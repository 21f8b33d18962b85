"""Words that promises and the records they are made for have in common."""

# What a customer wants
TYPES = [
    ("enquiry", "Enquiry"),
    ("support", "Support"),
    ("after_sales", "After-sales"),
    ("complaint", "Complaint"),
    ("suggestion", "Suggestion"),
    ("praise", "Praise"),
]
# How the customer reached us
CHANNELS = [
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("portal", "Portal"),
    ("meeting", "Meeting"),
    ("chat", "Chat"),
    ("social", "Social media"),
    ("survey", "Survey"),
    ("letter", "Letter"),
]
COMPLEXITIES = [("ordinary", "Ordinary"), ("complex", "Complex")]
PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Critical")]
# What is promised
KINDS = [
    ("first_response", "First response"),
    ("next_update", "Next update"),
    ("resolution", "Resolution"),
]
UNITS = [
    ("minutes", "Minutes"),
    ("clock_hours", "Clock hours"),
    ("working_hours", "Working hours"),
    ("working_days", "Working days"),
    ("calendar_days", "Calendar days"),
]
#: Filters of a target: its field, and the key of the record's value in
#: ``cpm.sla.mixin._cpm_sla_fields`` ("tier" comes from the customer profile).
FILTERS = {
    "tier_id": "tier",
    "feedback_type": "type",
    "complexity": "complexity",
    "priority": "priority",
    "channel": "channel",
}
