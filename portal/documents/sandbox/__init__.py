"""A server that plays the State's authority of signatures: it stamps times (RFC 3161), answers whether a certificate
was revoked (OCSP, RFC 6960) and publishes the list of those that were (CRL, RFC 5280). A process of its own:

    python -m portal.documents.sandbox --keys FOLDER [--port PORT] [--with-parent]

The folder is `portal.documents.authority`'s; what is answered is made by certomancer.
"""
