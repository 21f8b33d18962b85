from . import test_demo_orders
from . import test_sale_source
