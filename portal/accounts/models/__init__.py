"""Rows about people: who they are, which team they belong to, what they may do."""

from portal.accounts.models.api_key import ApiKey, Scope
from portal.accounts.models.audit import AuditEntry
from portal.accounts.models.delivery import AccountMail, Delivery, MailServer, RefusedAddress
from portal.accounts.models.invitation import Invitation
from portal.accounts.models.sign_in import SignInEvent
from portal.accounts.models.team import Membership, Role, Team
from portal.accounts.models.user import User

__all__ = [
    "AccountMail",
    "ApiKey",
    "AuditEntry",
    "Delivery",
    "Invitation",
    "MailServer",
    "Membership",
    "RefusedAddress",
    "Role",
    "Scope",
    "SignInEvent",
    "Team",
    "User",
]
