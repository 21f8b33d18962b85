from . import cpm_risk_scale
from . import cpm_risk_level
from . import cpm_risk_category
from . import cpm_risk  # fields, then what it does, file by file
from . import cpm_risk_subject
from . import cpm_risk_score
from . import cpm_risk_accept
from . import cpm_risk_flow
from . import cpm_risk_check
from . import cpm_risk_cron
from . import cpm_risk_control
from . import cpm_risk_assessment
from . import cpm_profile
from . import cpm_plan
from . import cpm_plan_review
from . import mail_activity
