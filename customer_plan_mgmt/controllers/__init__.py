from . import feedback_portal
from . import feedback_portal_case
from . import feedback_public
from . import mail
