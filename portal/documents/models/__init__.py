"""Papers, consents and what is shown of papers; who asked whom for a signature."""

from portal.documents.models.authorisations import (
    Authorisation,
    AuthorisationState,
    AuthorisedSignature,
)
from portal.documents.models.consents import (
    AccessKind,
    AccessLog,
    AccessLogQuerySet,
    Consent,
    ConsentKind,
    ConsentQuerySet,
    PaperCheck,
    new_receipt_number,
)
from portal.documents.models.papers import (
    CODE_ALPHABET,
    Document,
    DocumentKind,
    DocumentQuerySet,
    ForeignPaper,
    IssuedPaper,
    IssuedPaperQuerySet,
    PaperStatus,
    Renewal,
    new_check_code,
)
from portal.documents.models.shares import (
    Share,
    ShareQuerySet,
    Statement,
)

__all__ = [
    "CODE_ALPHABET",
    "AccessKind",
    "AccessLog",
    "AccessLogQuerySet",
    "Authorisation",
    "AuthorisationState",
    "AuthorisedSignature",
    "Consent",
    "ConsentKind",
    "ConsentQuerySet",
    "Document",
    "DocumentKind",
    "DocumentQuerySet",
    "ForeignPaper",
    "IssuedPaper",
    "IssuedPaperQuerySet",
    "PaperCheck",
    "PaperStatus",
    "Renewal",
    "Share",
    "ShareQuerySet",
    "Statement",
    "new_check_code",
    "new_receipt_number",
]
