# Part of customer_plan_mgmt. See LICENSE file for full copyright and licence (AGPL-3).
{
    "name": "Customer Plans - Sales",
    "version": "19.0.1.0.0",
    "summary": "Sales orders as purchase history and metrics of customer plans",
    "category": "Sales/CRM",
    "author": "Customer Plan Management contributors",
    "website": "https://github.com/customer-plan-mgmt/customer_plan_mgmt",
    "license": "AGPL-3",
    "depends": ["customer_plan_mgmt", "sale"],
    "data": [
        "data/scoring_metric_data.xml",
        "views/profile_cpm_profile_views.xml",
    ],
    "demo": ["demo/profile_demo_sale_orders.xml"],
    "auto_install": True,
}
