"""Plan and firm microdata made up to carry the published margins; every row says that it is synthetic.

The confidential files behind the published tables cannot be shared. These stand in for them, in a class or to
try a method: no row describes any real plan or firm, but what the sources print of all of them together comes
out the same.
"""

from shinrenkei.synthetic._firms import firms
from shinrenkei.synthetic._plans import plans
from shinrenkei.synthetic._published import compare_plans

__all__ = ["compare_plans", "firms", "plans"]
