"""Words the files of the plan room share."""

GROUP_USER = "customer_plan_mgmt.group_cpm_user"
GROUP_ALL = "customer_plan_mgmt.group_cpm_user_all"
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

# Results of the methods of plans, written by nobody else
PROTECTED = frozenset(
    {
        "number",
        "partner_id",
        "next_review_on",
        "revision",
        "author_ids",
        "submitted_by_id",
        "submitted_at",
        "approved_by_id",
        "approved_at",
        "refusal_reason",
        "accepted_by_id",
        "accepted_at",
        "accepted_revision",
        "terms_revision",
        "last_decision_on",
        "step_on",
        "owner_reminded_for",
        "manager_reminded_for",
        "decision_facts",
        "facts_change",
        "benefit_baseline",
        "benefit_current",
        "benefit_is_measured",
        "benefit",
        "cost_benefit",
        "cost_to_serve_percent",
        "budget_total",
        "actual_total",
        "cost_difference",
        "closed_at",
        "closed_goals_reached",
        "closed_has_satisfaction",
        "closed_has_cost_benefit",
        "closed_progress",
        "closed_budget_percent",
        "closed_satisfaction",
        "closed_cost_benefit",
        "progress",
        "is_measured",
        "goal_status",
        "tier_id",
    }
)
# What people agree on; changes afterwards are revisions
REVISED = frozenset(
    {
        "name",
        "user_id",
        "date_start",
        "date_end",
        "currency_id",
        "positioning",
        "strengths",
        "weaknesses",
        "opportunities",
        "threats",
        "competitors",
        "benefit_metric_id",
        "review_interval_months",
    }
)

# Beyond any figure of a goal and still exact for the database
FIGURE_LIMIT = 1e15
