"""The product's settings as in production, but webhooks may reach the receivers on this machine."""

from portal.settings import *  # noqa: F403 - everything, but for the line below

WEBHOOKS_MAY_REACH_LOOPBACK = True
