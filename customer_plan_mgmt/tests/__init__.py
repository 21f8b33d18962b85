from . import test_profile_appearance
from . import test_profile_partner_fields
from . import test_profile_portal
from . import test_profile_protection
from . import test_profile_tier
from . import test_profile_tier_hand
from . import test_scoring_tier
from . import test_scoring_tier_proposal
