from . import test_profile_appearance
