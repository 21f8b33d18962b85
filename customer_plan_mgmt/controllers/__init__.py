from . import feedback_portal
from . import feedback_portal_case
from . import feedback_public
from . import mail
from . import plan_portal
from . import plan_portal_page
