"""PostgreSQL and Redis from wheels, for a laptop, a test run or a demo: real servers, no set-up.

    servers = ensure()          # starts what is not running, in about 2 s
    servers.database_url        # postgres://...
    stop()                      # leave; the last user's leaving ends the servers

Every process that called `ensure` counts as a user by holding a shared lock, so the servers also
end when their users are killed. A keeper process (keeper.py) is the servers' parent.
"""

from portal.running.embedded.errors import EmbeddedError
from portal.running.embedded.lease import Servers, attend, ensure, is_running, stop

__all__ = ["EmbeddedError", "Servers", "attend", "ensure", "is_running", "stop"]
