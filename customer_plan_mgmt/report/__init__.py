from . import cpm_purchase
from . import cpm_sla_analysis
from . import cpm_sla_backlog
from . import cpm_sla_report
from . import cpm_plan_effect
from . import cpm_risk_ageing
