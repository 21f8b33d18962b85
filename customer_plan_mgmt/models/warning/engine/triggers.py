"""Which class finds what a trigger looks for."""

from . import events, figures

TRIGGERS = {
    "threshold": figures.Threshold,
    "drop": figures.Drop,
    "silence": figures.Silence,
    "overdue": figures.Overdue,
    "key_contact": events.KeyContact,
    "promise": events.Promise,
    "satisfaction": events.Satisfaction,
    "goal": events.Goal,
    "plan_ending": events.PlanEnding,
    "contract_ending": events.ContractEnding,
}
