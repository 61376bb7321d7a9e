"""What the environment's variables are read as."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environ


def test_the_address_of_a_token():
    address = "pkcs11:token=Con%20d%E1%BA%A5u?module-path=/usr/lib/softhsm/libsofthsm2.so"

    assert environ.token("") == {}
    assert environ.token(address) == {"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "Con dấu"}


@pytest.mark.parametrize(
    "address",
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "pkcs11:token=motcua",
        "pkcs11:token=motcua?module-path=/m.so&pin-value=1234",
    ],
)
def test_no_address_of_a_token(address):
    with pytest.raises(ImproperlyConfigured, match="SIGNING_KEYS_PIN"):
        environ.token(address)
