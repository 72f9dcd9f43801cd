"""Each error is one sentence, with a fix where there is one."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from depthdrop_cli.page.errors import status_and_sentence


def _answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:iam::123456789012:user/me"}}, "Query")


@pytest.mark.parametrize(
    "error",
    [
        NoCredentialsError(),
        UnauthorizedSSOTokenError(),
        CredentialRetrievalError(provider="sso", error_msg="arn"),
        TokenRetrievalError(provider="sso", error_msg="arn"),
        _answered("ExpiredToken"),
        _answered("ExpiredTokenException"),
        _answered("InvalidClientTokenId"),
        _answered("UnrecognizedClientException"),
    ],
)
def test_credentials_that_are_not_good_any_more_are_named(error: Exception) -> None:
    status, sentence = status_and_sentence(error)

    assert status == 502
    assert "Sign in again" in sentence
    assert "arn" not in sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (_answered("AccessDeniedException"), "AWS refused Query: AccessDeniedException."),
        (EndpointConnectionError(endpoint_url="https://example.org"), "AWS could not be reached."),
        (BotoCoreError(), "AWS could not be reached."),
    ],
)
def test_any_other_error_of_aws_is_shown_by_its_code(error: Exception, sentence: str) -> None:
    assert status_and_sentence(error) == (502, sentence)
