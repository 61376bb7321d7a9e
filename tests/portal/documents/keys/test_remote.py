"""The certificates of keys at a provider."""

import pytest

from portal.documents import keys


@pytest.mark.parametrize("kind", ["down", "rubbish", "lost"])
def test_a_certificate_that_cannot_be_had(signer, kind):
    key_id = signer.enrol("cred-1", "Hoàng Minh Ví Dụ")
    signer.fault("credentials/info", kind)

    with pytest.raises(keys.KeyUnavailable) as away:
        keys.certificate(key_id)
    assert away.value.passes
    assert keys.certificate(key_id)
    assert signer.times("credentials/info") == 2
    assert keys.certificate(key_id)  # from memory
    assert signer.times("credentials/info") == 2


def test_a_key_that_the_provider_does_not_know(signer):
    with pytest.raises(keys.KeyUnavailable, match="invalid_request"):
        keys.certificate("remote:unknown")
