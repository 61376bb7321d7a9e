"""Whether a root of ours stands above a certificate. Pure: nothing is fetched, nothing else is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

MAX_DEPTH = 4


def is_trusted(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], roots: bytes, *, at: datetime
) -> bool:
    """Whether a chain of certificates valid at `at` (aware) leads from `leaf` to one of the PEM `roots`.

    What the web asks of a server's certificate (a host name, an extended key usage) a seal does not have;
    that whoever signed a certificate was allowed to is asked of every link.
    """
    builder = PolicyBuilder().store(Store(x509.load_pem_x509_certificates(roots)))
    builder = builder.time(at).max_chain_depth(MAX_DEPTH)
    builder = builder.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        builder.build_client_verifier().verify(leaf, list(between))
    except (VerificationError, ValueError):
        return False
    return True
